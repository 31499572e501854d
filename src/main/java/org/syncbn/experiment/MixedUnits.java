package org.syncbn.experiment;

import java.util.List;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.sums.Moments;
import org.syncbn.sums.TableSums;
import org.syncbn.tensor.CounterRandom;

/** A table of drivers in the units that people use: years, kilometres, money, shares. */
final class MixedUnits {

  private static final Schema SCHEMA =
      new Schema(
          List.of(6),
          List.of("age", "kilometres", "income", "children", "kelvin", "interest"),
          List.of("no", "yes"));

  private static final double EPS = 1e-5; // of jobs/normalize

  private MixedUnits() {}

  /** A row's features and label are a function of the seed and its number. */
  static LabRows draw(long seed, int training, int test) {
    return new LabRows(
        SCHEMA, rows(seed, 0, training), rows(seed, training, test), LabRows.Dealing.HASHED);
  }

  private static Block rows(long seed, int from, int count) {
    int columns = SCHEMA.rowSize();
    float[] features = new float[count * columns];
    float[] labels = new float[count];
    for (int row = 0; row < count; row++) {
      CounterRandom random = CounterRandom.of(seed).fork("mixed units").fork(from + row);
      double[] z = new double[columns];
      for (int i = 0; i < columns; i++) {
        z[i] = random.gaussian(2 * i);
      }
      int at = row * columns;
      features[at] = (float) (45 + 15 * z[0]);
      features[at + 1] = (float) (90_000 + 40_000 * z[1]);
      features[at + 2] = (float) (40_000 * StrictMath.exp(0.5 * z[2]));
      features[at + 3] = (float) Math.max(0, Math.round(1.5 + 1.2 * z[3]));
      features[at + 4] = (float) (288 + 8 * z[4]);
      features[at + 5] = (float) (0.03 + 0.01 * z[5]);
      double score =
          z[0] * z[1] + z[2] - 0.7 * z[3] + (z[4] > 0 ? 1 : -1) * z[5] + 0.3 * random.gaussian(100);
      labels[row] = score > 0 ? 1 : 0;
    }
    return Block.ofFloats(count, features, labels, new float[0]);
  }

  /**
   * The rows as {@code jobs/normalize} makes them, by the exact statistics of the training rows.
   */
  static LabRows standardized(LabRows rows) {
    List<Moments> moments = moments(rows.training());
    return new LabRows(
        rows.schema(),
        standardized(rows.training(), moments),
        standardized(rows.test(), moments),
        rows.dealing());
  }

  /** The statistics of each feature of the training rows. */
  static List<Moments> moments(Block rows) {
    TableSums sums = new TableSums(rows.features());
    double[] values = new double[rows.rows() * rows.features()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.feature(i / rows.features(), i % rows.features());
    }
    sums.addRows(values, rows.rows());
    return sums.moments();
  }

  private static Block standardized(Block rows, List<Moments> moments) {
    int columns = rows.features();
    float[] features = new float[rows.rows() * columns];
    float[] labels = new float[rows.rows()];
    for (int row = 0; row < rows.rows(); row++) {
      labels[row] = rows.label(row, 0);
      for (int i = 0; i < columns; i++) {
        Moments of = moments.get(i);
        features[row * columns + i] =
            (float) ((rows.feature(row, i) - of.mean()) / Math.sqrt(of.populationVariance() + EPS));
      }
    }
    return Block.ofFloats(rows.rows(), features, labels, new float[0]);
  }
}
