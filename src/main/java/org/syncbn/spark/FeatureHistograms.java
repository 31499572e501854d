package org.syncbn.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Moments;

/**
 * Counts the values of features in bins of equal width between their extremes, in one pass.
 *
 * <p>The bin of a value is a function of the value and the exact extremes alone, and counts are
 * whole numbers; so the result is the same for any order of rows, however they are cut. Values that
 * are not finite, and nulls, are left out.
 */
public final class FeatureHistograms {

  /** How many bins a feature has. */
  public static final int BINS = 20;

  private FeatureHistograms() {}

  /**
   * The counts of each feature, {@link #BINS} each; all in the first bin where a feature is
   * constant.
   *
   * @param moments of the same rows, whose extremes bound the bins
   * @throws DataException if the data cannot be read
   */
  public static List<List<Long>> count(
      Dataset<Row> data, Features features, List<Moments> moments) {
    try {
      Dataset<Row> query =
          ClassicDataset.of(data.select(RowRoles.NONE.select(data, features.columns())));
      long[] counts = new Task(features.columns(), moments).over(query, "histograms of features");
      List<List<Long>> histograms = new ArrayList<>();
      for (int first = 0; first < counts.length; first += BINS) {
        histograms.add(Arrays.stream(counts, first, first + BINS).boxed().toList());
      }
      return histograms;
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  /** The bin of a value between two finite ends; halves, since their difference may overflow. */
  static int bin(double value, double low, double high) {
    double share = (value / 2 - low / 2) / (high / 2 - low / 2); // NaN where there is one value
    return (int) Math.min(BINS - 1.0, Math.max(0, Math.floor(share * BINS)));
  }

  /** What a task counts. */
  private static final class Task implements RowCounts {

    private static final long serialVersionUID = 1L;

    private final ArrayList<FeatureColumn> columns;
    private final double[] low;
    private final double[] high;

    Task(List<FeatureColumn> columns, List<Moments> moments) {
      this.columns = new ArrayList<>(columns);
      low = moments.stream().mapToDouble(Moments::min).toArray();
      high = moments.stream().mapToDouble(Moments::max).toArray();
    }

    /** The counts // [features, BINS]. */
    @Override
    public long[] count(Iterator<InternalRow> rows) {
      long[] counts = new long[Math.multiplyExact(low.length, BINS)];
      FeatureReader reader =
          FeatureReader.into(
              new FeatureSink() {
                @Override
                public void add(int feature, double value) {
                  if (Double.isFinite(value)) {
                    counts[feature * BINS + bin(value, low[feature], high[feature])]++;
                  }
                }

                @Override
                public void addNull(int feature) {
                  // A null is in no bin.
                }
              },
              columns);
      rows.forEachRemaining(reader::add);
      return counts;
    }
  }
}
