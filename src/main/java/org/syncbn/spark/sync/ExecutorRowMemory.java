package org.syncbn.spark.sync;

import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.syncbn.data.RowMemory;

/**
 * How much of its heap a JVM gives to the rows of shards: what Spark keeps for cached blocks
 * whatever its computations need, which is {@code spark.memory.fraction} times {@code
 * spark.memory.storageFraction} of the heap less 300 MiB. More rows go to files in Spark's local
 * folders, which are mapped into memory.
 */
final class ExecutorRowMemory {

  /** Spark's own; see {@code UnifiedMemoryManager}. */
  private static final long RESERVED = 300L << 20;

  /** The memory for rows of this JVM; it outlives a Spark context. */
  private static final ConcurrentHashMap<Long, RowMemory> OF_THIS_JVM = new ConcurrentHashMap<>();

  private ExecutorRowMemory() {}

  /** The most bytes of rows in a heap. */
  static long heapBytes(SparkConf conf, long heap) {
    double share =
        conf.getDouble("spark.memory.fraction", 0.6)
            * conf.getDouble("spark.memory.storageFraction", 0.5);
    return (long) (share * Math.max(0, heap - RESERVED));
  }

  /** Where the tasks of this executor keep their rows. */
  static RowMemory ofThisExecutor() {
    return OF_THIS_JVM.computeIfAbsent(
        heapBytes(SparkEnv.get().conf(), Runtime.getRuntime().maxMemory()),
        bytes ->
            new RowMemory(
                bytes,
                () ->
                    SparkEnv.get()
                        .blockManager()
                        .diskBlockManager()
                        .createTempLocalBlock()
                        ._2
                        .toPath()));
  }
}
