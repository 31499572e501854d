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
import org.syncbn.train.TrainingOptions.StatisticsScope;

/**
 * Rejects, before the first step, a batch size that would leave a batch norm a single value per
 * channel and so end the run in the middle of an epoch.
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
          && options.trainingSource() == StatisticsSource.BATCH
          && options.smallBatchPolicy() == SmallBatchPolicy.ERROR) {
        new RowsForVariance(plan, options.virtualBatchRows())
            .check(batchNorms.get(i).name(), batchSize);
      }
    }
  }

  private void check(String layer, int batchSize) {
    if (fewest(plan.scope(), batchSize) > 1) {
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
      case GLOBAL -> ghostRows == 0 ? "a mini-batch" : "a ghost batch";
      case SHARD -> "a shard's part of a mini-batch";
    };
  }

  private Stream<String> remedies(int batchSize) {
    Stream<String> larger =
        LongStream.rangeClosed(batchSize + 1L, plan.rows())
            .filter(size -> fewest(plan.scope(), size) > 1)
            .limit(1)
            .mapToObj("training.batchSize to %d"::formatted);
    return switch (plan.scope()) {
      case GLOBAL -> larger;
      case SHARD ->
          Stream.concat(
              larger,
              fewest(StatisticsScope.GLOBAL, batchSize) > 1
                  ? Stream.of(
                      "shards to less than " + plan.shards(), "training.batchNormSync to true")
                  : Stream.empty());
    };
  }

  /** The fewest rows that a variance is taken over, if mini-batches have up to {@code size}. */
  private long fewest(StatisticsScope scope, long size) {
    long all = plan.rows();
    long batches = (all + size - 1) / size;
    return switch (scope) {
      case GLOBAL -> Math.min(lastGhost(all / batches), lastGhost((all + batches - 1) / batches));
      case SHARD ->
          Arrays.stream(plan.rowsOfShards())
              .filter(rows -> rows > 0)
              .mapToLong(rows -> Math.max(1, rows / batches))
              .min()
              .orElseThrow();
    };
  }

  /** The rows of a mini-batch in its last ghost batch, which is the smallest. */
  private long lastGhost(long rows) {
    return ghostRows == 0 ? rows : (rows - 1) % ghostRows + 1;
  }
}
