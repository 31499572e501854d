package org.syncbn.spark.sync;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.syncbn.data.EqualRows;
import org.syncbn.data.ShardData;
import org.syncbn.tensor.Gemm;
import scala.Tuple2;

/**
 * The number of rows of each shard at the start of the run, a checksum of their values, and the
 * matrix kernels of the executors that hold them.
 */
final class ShardSizes implements Serializable {

  private static final long serialVersionUID = 1;

  private final long[] training;
  private final long[] validation;
  private final long[] checksums;
  private final int[] trainingCopies;
  private final int[] validationCopies;
  private final transient Set<String> matrixProducts = new TreeSet<>();

  private ShardSizes(int shards) {
    training = new long[shards];
    validation = new long[shards];
    checksums = new long[shards];
    trainingCopies = new int[shards];
    validationCopies = new int[shards];
  }

  /** Partitions and counts the rows: the first job over them. */
  static ShardSizes count(JavaRDD<Tuple2<Integer, ShardData>> rows, int shards) {
    ShardSizes sizes = new ShardSizes(shards);
    List<Tuple2<long[], String>> counts =
        rows.map(shard -> new Tuple2<>(count(shard), Gemm.description())).collect();
    for (Tuple2<long[], String> shard : counts) {
      long[] count = shard._1;
      sizes.training[(int) count[0]] = count[1];
      sizes.validation[(int) count[0]] = count[2];
      sizes.checksums[(int) count[0]] = count[3];
      sizes.trainingCopies[(int) count[0]] = (int) count[4];
      sizes.validationCopies[(int) count[0]] = (int) count[5];
      sizes.matrixProducts.add(shard._2);
    }
    return sizes;
  }

  private static long[] count(Tuple2<Integer, ShardData> shard) {
    ShardData data = shard._2;
    return new long[] {
      shard._1,
      data.training().rows(),
      data.validation().rows(),
      data.checksum(),
      EqualRows.mostCopies(data.training()),
      EqualRows.mostCopies(data.validation())
    };
  }

  long[] training() {
    return training.clone();
  }

  long[] validation() {
    return validation.clone();
  }

  /** How rows that are equal to very many others are spread over the shards, if there are such. */
  Optional<EqualRows> equalRows() {
    EqualRows equal =
        new EqualRows(
            training.length, Arrays.stream(training).sum(), Arrays.stream(validation).sum());
    return IntStream.range(0, training.length)
            .anyMatch(shard -> equal.areMany(trainingCopies[shard], validationCopies[shard]))
        ? Optional.of(equal)
        : Optional.empty();
  }

  /** The sum of all shards' checksums. */
  long checksum() {
    return Arrays.stream(checksums).sum();
  }

  /** {@link Gemm#description} of each executor that held shards; known on the driver alone. */
  Set<String> matrixProducts() {
    return Collections.unmodifiableSet(matrixProducts);
  }

  /**
   * Checks a shard that may have been partitioned again.
   *
   * @throws EngineException if it has other rows than when the run began
   */
  void check(int shard, ShardData data) {
    check(shard, (long) data.training().rows() + data.validation().rows(), data.checksum());
  }

  /**
   * Checks all shards after they were partitioned again.
   *
   * @throws EngineException if one has other rows than when the run began
   */
  void checkSame(ShardSizes begun) {
    for (int shard = 0; shard < checksums.length; shard++) {
      begun.check(shard, training[shard] + validation[shard], checksums[shard]);
    }
  }

  private void check(int shard, long now, long checksum) {
    long before = training[shard] + validation[shard];
    if (before != now) {
      throw new EngineException(
          "shard %d has %d rows now and had %d when the run began: the input has changed; start again"
              .formatted(shard, now, before));
    }
    if (checksum != checksums[shard]) {
      throw new EngineException(
          "shard %d has rows of other values than when the run began: the input has changed; start again"
              .formatted(shard));
    }
  }

  /** The rows of a task's shards in the shards' order, checked. */
  List<ShardData> inOrder(ShardRange range, Iterator<Tuple2<Integer, ShardData>> rows) {
    ShardData[] data = new ShardData[range.end() - range.first()];
    rows.forEachRemaining(
        shard -> {
          check(shard._1, shard._2);
          data[shard._1 - range.first()] = shard._2;
        });
    return List.of(data);
  }
}
