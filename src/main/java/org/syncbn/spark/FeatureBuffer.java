package org.syncbn.spark;

import org.syncbn.sums.TableSums;

/**
 * Gathers single values by feature, and hands them to the exact sums in runs.
 *
 * <p>Not thread-safe.
 */
final class FeatureBuffer implements FeatureSink {

  /** Number of doubles held at most: half a MiB, or 16 for each feature. */
  private static final int CAPACITY = 1 << 16;

  private final TableSums sums;
  private final int run; // values of one feature held at most
  private final double[] values; // [features, run]
  private final int[] filled; // [features]
  private final long[] nulls; // [features]

  FeatureBuffer(TableSums sums) {
    int features = sums.columns();
    this.sums = sums;
    run = Math.max(16, Math.min(4096, CAPACITY / Math.max(1, features)));
    values = new double[Math.multiplyExact(run, features)];
    filled = new int[features];
    nulls = new long[features];
  }

  @Override
  public void add(int feature, double value) {
    if (filled[feature] == run) {
      flush(feature);
    }
    values[feature * run + filled[feature]++] = value;
  }

  @Override
  public void addNull(int feature) {
    nulls[feature]++;
  }

  void flush() {
    for (int feature = 0; feature < filled.length; feature++) {
      flush(feature);
    }
  }

  private void flush(int feature) {
    int from = feature * run;
    sums.column(feature).add(values, from, from + filled[feature]);
    sums.column(feature).addNulls(nulls[feature]);
    filled[feature] = 0;
    nulls[feature] = 0;
  }
}
