package org.syncbn.spark.sync;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.syncbn.data.Block;
import org.syncbn.data.ClassLabels;
import org.syncbn.data.EqualRows;
import org.syncbn.data.RowMemory;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.ShardData;
import org.syncbn.spark.internals.PlacedRdd;
import org.syncbn.spark.internals.ShuffleRanges;
import org.syncbn.train.StepPlan;
import org.syncbn.train.Work;
import scala.Tuple2;

/**
 * The rows of a run as S logical shards, held by the executors: T partitions of contiguous shards,
 * in memory as far as {@link ExecutorRowMemory} has it and else in files, rebuilt from the input
 * when an executor is lost.
 *
 * <p>S is a setting of the run and determines the result; T is how many tasks work at once and
 * affects only the time.
 */
public final class ShardedRows implements AutoCloseable {

  private final JavaRDD<Tuple2<Integer, KeptShard>> shards;
  private final ShardPartitioner partitioner;
  private final ShardPlaces places;
  private final List<Broadcast<JavaSerialized<ShardData>>> sent; // shards that the driver has
  private final ShardSizes sizes;

  private ShardedRows(
      JavaRDD<Tuple2<Integer, KeptShard>> parts,
      ShardPartitioner partitioner,
      List<Broadcast<JavaSerialized<ShardData>>> sent) {
    this.partitioner = partitioner;
    this.sent = sent;
    this.places = new ShardPlaces(parts.context(), partitioner.numPartitions());
    this.shards =
        PlacedRdd.of(parts, places)
            .setName("shards of training rows")
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      this.sizes = ShardSizes.count(rdd(), partitioner.shards());
    } catch (Throwable e) { // Spark throws checked exceptions without saying so
      close();
      throw e;
    }
    sent.forEach(Broadcast::unpersist); // executors hold the shards themselves now
  }

  /**
   * Sends shards that the driver has to the executors. The driver keeps them until this is closed,
   * for executors that replace others. Executors have them all in the heap, beside the share that
   * {@link ExecutorRowMemory} gives out.
   *
   * @param data one element per shard
   * @param tasks how many tasks hold them, from 1 to the number of shards
   */
  public static ShardedRows of(JavaSparkContext spark, List<ShardData> data, int tasks) {
    ShardPartitioner partitioner = new ShardPartitioner(data.size(), tasks);
    // The messages that start tasks have a greatest size; broadcasts do not.
    List<Broadcast<JavaSerialized<ShardData>>> sent =
        new ArrayList<>(
            data.stream().map(shard -> spark.broadcast(new JavaSerialized<>(shard))).toList());
    return new ShardedRows(
        spark
            .parallelize(IntStream.range(0, tasks).boxed().toList(), tasks)
            .flatMap(
                task ->
                    IntStream.range(
                            partitioner.shards(task).first(), partitioner.shards(task).end())
                        .mapToObj(
                            shard ->
                                new Tuple2<>(shard, new KeptShard(sent.get(shard).value().value())))
                        .iterator()),
        partitioner,
        sent);
  }

  /**
   * Hash-partitions rows into shards by their content. They move once, through a shuffle, and the
   * same rows make the same shards in whatever order, files and partitions they come.
   *
   * @param training pieces of the rows
   * @param rowPartitioner how
   * @param tasks how many tasks hold the shards, from 1 to their number
   */
  public static ShardedRows partition(
      JavaRDD<Block> training, RowPartitioner rowPartitioner, int tasks) {
    return partitionPieces(training.map(ShardData::ofTraining), rowPartitioner, tasks);
  }

  /**
   * Partitions training rows, and a separate validation set.
   *
   * @param training pieces of the rows that weights are fitted to
   * @param validation pieces of the rows that are held out
   * @param rowPartitioner how; its fraction is not used
   * @param tasks how many tasks hold the shards, from 1 to their number
   */
  public static ShardedRows partition(
      JavaRDD<Block> training,
      JavaRDD<Block> validation,
      RowPartitioner rowPartitioner,
      int tasks) {
    return partitionPieces(
        training.map(ShardData::ofTraining).union(validation.map(ShardData::ofValidation)),
        new RowPartitioner(rowPartitioner.shards(), rowPartitioner.seed(), 0),
        tasks);
  }

  /**
   * Partitions rows some of which are held out already.
   *
   * @param pieces of all rows
   * @param rowPartitioner how; of the training rows it may hold out more only where the pieces hold
   *     out none
   * @param tasks how many tasks hold the shards, from 1 to their number
   */
  public static ShardedRows partitionPieces(
      JavaRDD<ShardData> pieces, RowPartitioner rowPartitioner, int tasks) {
    ShardPartitioner partitioner = new ShardPartitioner(rowPartitioner.shards(), tasks);
    JavaPairRDD<Integer, JavaSerialized<ShardData>> byShard =
        pieces.flatMapToPair(piece -> byShard(rowPartitioner.split(piece)));
    ShardedRows assembled = assembled(byShard, partitioner, rowPartitioner::assemblePieces);
    Optional<EqualRows> many = assembled.sizes.equalRows();
    return many.isEmpty() ? assembled : assembled.spread(rowPartitioner, many.get());
  }

  /** Moves rows that are equal to very many others once more. */
  private ShardedRows spread(RowPartitioner rowPartitioner, EqualRows equal) {
    try (this) {
      return assembled(
          rdd().flatMapToPair(shard -> byShard(equal.spread(shard._1, shard._2))),
          partitioner,
          rowPartitioner::assembleParts);
    }
  }

  /** Makes a shard of its pieces. */
  @FunctionalInterface
  private interface Assembly extends Serializable {
    ShardData of(List<ShardData> pieces, RowMemory memory);
  }

  private static ShardedRows assembled(
      JavaPairRDD<Integer, JavaSerialized<ShardData>> byShard,
      ShardPartitioner partitioner,
      Assembly assembly) {
    // A partition for each shard, so that the pieces of one are in the heap at a time.
    JavaPairRDD<Integer, JavaSerialized<ShardData>> shuffled =
        byShard.partitionBy(new ShardPartitioner(partitioner.shards(), partitioner.shards()));
    return new ShardedRows(
        ShuffleRanges.of(shuffled, partitioner.starts())
            .map(shard -> new Tuple2<>(shard._1, assemble(assembly, shard._2))),
        partitioner,
        List.of());
  }

  private static KeptShard assemble(Assembly assembly, Iterator<JavaSerialized<ShardData>> pieces) {
    List<ShardData> ofShard = new ArrayList<>();
    pieces.forEachRemaining(piece -> ofShard.add(piece.value()));
    return new KeptShard(assembly.of(ofShard, ExecutorRowMemory.ofThisExecutor()));
  }

  private static Iterator<Tuple2<Integer, JavaSerialized<ShardData>>> byShard(
      List<ShardData> pieces) {
    return IntStream.range(0, pieces.size())
        .filter(shard -> !pieces.get(shard).isEmpty())
        .mapToObj(shard -> new Tuple2<>(shard, new JavaSerialized<>(pieces.get(shard))))
        .iterator();
  }

  /** Into how many shards a mini-batch is cut. */
  public int shards() {
    return partitioner.shards();
  }

  /** How many tasks hold the shards. */
  public int tasks() {
    return partitioner.numPartitions();
  }

  /** The rows of each shard that weights are fitted to. */
  public long[] trainingRows() {
    return sizes.training();
  }

  /** The rows of each shard that are held out. */
  public long[] validationRows() {
    return sizes.validation();
  }

  /** The sum of all shards' {@link ShardData#checksum checksums}. */
  public long checksum() {
    return sizes.checksum();
  }

  /** The labels of a part of the rows. */
  public ClassLabels labels(Work.Part part, int classes) {
    return rdd()
        .map(shard -> ClassLabels.of(part.rows(shard._2), classes))
        .reduce(ClassLabels::merge);
  }

  /** A part of the rows, a block for each shard. */
  public JavaRDD<Block> blocks(Work.Part part) {
    return rdd().map(shard -> part.rows(shard._2));
  }

  /**
   * The same rows in fewer tasks, for a cluster that has become smaller. Those here are read from
   * the input again should they be needed, each time until {@link #persist}.
   *
   * @throws EngineException in a sentence, if the input has changed
   */
  ShardedRows inTasks(int fewer) {
    ShardPartitioner inFewer = new ShardPartitioner(shards(), fewer);
    ShardedRows moved =
        new ShardedRows(
            shards
                .mapToPair(shard -> shard)
                .partitionBy(inFewer)
                .mapPartitions(ofTask -> ofTask, true),
            inFewer,
            List.of());
    try {
      moved.sizes.checkSame(sizes);
    } catch (EngineException e) {
      moved.close();
      throw e;
    }
    shards.unpersist();
    return moved;
  }

  /** Keeps the rows again from their next use on, once {@link #inTasks} let them go. */
  void persist() {
    shards.persist(StorageLevel.MEMORY_AND_DISK());
  }

  /** Partitions again, by Spark's own means, what lost executors held. */
  void restore() {
    places.choose();
    shards.count();
  }

  /** All shards in this JVM, by their index. */
  public List<ShardData> collect() {
    List<Tuple2<Integer, KeptShard>> numbered = shards.collect();
    numbered.forEach(shard -> sizes.check(shard._1, shard._2.data()));
    return numbered.stream().map(shard -> shard._2.data()).toList();
  }

  /** Frees the memory and disk of the executors. */
  @Override
  public void close() {
    shards.unpersist();
    sent.forEach(Broadcast::destroy);
  }

  void checkShards(StepPlan plan) {
    if (plan.shards() != shards()) {
      throw new IllegalArgumentException(
          "a run of " + plan.shards() + " shards cannot use rows partitioned into " + shards());
    }
  }

  JavaRDD<Tuple2<Integer, ShardData>> rdd() {
    return shards.map(shard -> new Tuple2<>(shard._1, shard._2.data()));
  }

  ShardPartitioner partitioner() {
    return partitioner;
  }

  ShardSizes sizes() {
    return sizes;
  }

  JavaSparkContext spark() {
    return JavaSparkContext.fromSparkContext(shards.context());
  }
}
