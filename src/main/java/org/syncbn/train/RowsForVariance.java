package org.syncbn.train;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.SmallBatchPolicy;
import org.syncbn.norm.StatisticsSource;

/**
 * Checks, before the first step, that the batch size never leaves a batch norm a single value per
 * channel, which would end the run in the middle of an epoch.
 */
final class RowsForVariance {

  private final TrainingPlan plan;
  private final int ghostRows;

  private RowsForVariance(TrainingPlan plan, int ghostRows) {
    this.plan = plan;
    this.ghostRows = ghostRows;
  }

  /**
   * Checks each batch norm that takes its statistics from the mini-batch and has no other way.
   *
   * @throws IllegalArgumentException in a sentence that names the layer and what would do
   */
  static void check(TrainingPlan plan, int batchSize) {
    List<BatchNorm> batchNorms = plan.network().batchNorms();
    List<Integer> valuesPerRow = plan.network().valuesPerRow();
    for (int i = 0; i < batchNorms.size(); i++) {
      BatchNormOptions options = batchNorms.get(i).options();
      if (valuesPerRow.get(i) == 1
          && options.statistics().trainingSource() == StatisticsSource.BATCH
          && options.statistics().smallBatchPolicy() == SmallBatchPolicy.ERROR) {
        new RowsForVariance(plan, options.statistics().virtualBatchRows())
            .check(batchNorms.get(i).name(), batchSize);
      }
    }
  }

  private void check(String layer, int batchSize) {
    if (fewest(batchSize) > 1) {
      return;
    }
    throw new IllegalArgumentException(
        "training.batchSize = %d of %d training rows makes %s of a single row, which has no variance for layer %s; set %ssmallBatchPolicy of that layer to running, skip or batch"
            .formatted(
                batchSize,
                plan.rows(),
                part(),
                layer,
                remedies(batchSize).map(remedy -> remedy + ", or ").collect(Collectors.joining())));
  }

  private String part() {
    return switch (plan.scope()) {
      case GLOBAL ->
          isGrouped()
              ? "a group's part of a mini-batch"
              : ghostRows == 0 ? "a mini-batch" : "a ghost batch";
      case SHARD -> "a shard's part of a mini-batch";
    };
  }

  private Stream<String> remedies(int batchSize) {
    Stream<String> larger =
        LongStream.rangeClosed(batchSize + 1L, plan.rows())
            .filter(size -> fewest(size) > 1)
            .limit(1)
            .mapToObj("training.batchSize to %d"::formatted);
    return switch (plan.scope()) {
      case GLOBAL ->
          isGrouped()
              ? Stream.concat(larger, Stream.of("training.batchNormGroupSize to 0"))
              : larger;
      case SHARD ->
          Stream.concat(
              larger,
              fewestOfAll(batchSize) > 1
                  ? Stream.of(
                      "shards to less than " + plan.shards(), "training.batchNormSync to true")
                  : Stream.empty());
    };
  }

  private boolean isGrouped() {
    return plan.groupSize() < plan.shards();
  }

  /** The fewest rows that a variance is taken over, if mini-batches have up to {@code size}. */
  private long fewest(long size) {
    return switch (plan.scope()) {
      case GLOBAL -> isGrouped() ? fewestOfGroups(size, plan.groupSize()) : fewestOfAll(size);
      case SHARD -> fewestOfGroups(size, 1);
    };
  }

  private long fewestOfAll(long size) {
    long batches = (plan.rows() + size - 1) / size;
    return Math.min(
        lastGhost(plan.rows() / batches), lastGhost((plan.rows() + batches - 1) / batches));
  }

  /** Each shard's rows in a mini-batch differ by one, so a group surely has these. */
  private long fewestOfGroups(long size, int groupSize) {
    long batches = (plan.rows() + size - 1) / size;
    int[] rows = plan.rowsOfShards();
    long fewest = Long.MAX_VALUE;
    for (int first = 0; first < rows.length; first += groupSize) {
      int[] group = Arrays.copyOfRange(rows, first, Math.min(first + groupSize, rows.length));
      if (Arrays.stream(group).anyMatch(count -> count > 0)) {
        long surely = Arrays.stream(group).mapToLong(count -> count / batches).sum();
        fewest = Math.min(fewest, Math.max(1, surely));
      }
    }
    return fewest;
  }

  /** The rows of a mini-batch in its last ghost batch, which is the smallest. */
  private long lastGhost(long rows) {
    return ghostRows == 0 ? rows : (rows - 1) % ghostRows + 1;
  }
}
