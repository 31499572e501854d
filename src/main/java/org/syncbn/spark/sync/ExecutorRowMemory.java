package org.syncbn.spark.sync;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
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
                bytes, () -> names(SparkEnv.get().blockManager().diskBlockManager().localDirs())));
  }

  /**
   * A new name in each of Spark's local folders, beginning with any of them. Spark's own names
   * determine a folder each, and making one fails where the folder does.
   */
  static List<Path> names(File[] folders) {
    List<Path> names =
        Arrays.asList(
            Stream.of(folders)
                .map(folder -> folder.toPath().resolve("rows-" + UUID.randomUUID()))
                .toArray(Path[]::new));
    Collections.rotate(names, ThreadLocalRandom.current().nextInt(names.size()));
    return names;
  }
}
