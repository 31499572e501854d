package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * What is measured beside the loss. {@link Measures} holds what rows add up to. Implementations are
 * immutable.
 */
public sealed interface Metric extends Serializable
    permits Metric.OfRows, Metric.OfClasses, Metric.OfScores, ClassMetric {

  /** The name in reports. */
  String label();

  /** Whether lower values are better, as of errors. */
  default boolean lowerIsBetter() {
    return false;
  }

  /** Rejects a loss whose outputs it does not measure. */
  void check(Loss loss, int outputs);

  /**
   * The metrics where none are named: the share of right classes and of two classes the area under
   * the ROC curve, or errors of numbers.
   *
   * <p>Of more classes no area is among them: it sends a number for each distinct score of each
   * class to the driver.
   */
  static List<Metric> usual(Loss loss, int outputs) {
    if (loss.isOfClasses()) {
      return ClassMetric.areTwo(loss, outputs)
          ? List.of(new ClassMetric.Accuracy(), new ClassMetric.RocAuc(Average.AUTO))
          : List.of(new ClassMetric.Accuracy());
    }
    return loss.targetSize(outputs) == outputs
        ? List.of(
            new NumberMetric.RootMeanSquaredError(),
            new NumberMetric.MeanAbsoluteError(),
            new NumberMetric.R2())
        : List.of();
  }

  /** Whether the metric is a difference of targets, in their unit, rather than a pure number. */
  default boolean hasUnitOfTarget() {
    return false;
  }

  /** The metrics of a step's mini-batch, which travel with its gradients: few sums. */
  static List<Metric> ofSteps(Loss loss, int outputs) {
    return usual(loss, outputs).stream()
        .filter(metric -> metric instanceof OfRows && !(metric instanceof NumberMetric.R2))
        .toList();
  }

  /** A function of few sums over rows, so shards' sums add up. */
  sealed interface OfRows extends Metric
      permits ClassMetric.Accuracy, ClassMetric.TopK, ClassMetric.LogLoss, NumberMetric {

    /** How many sums there are for a network with so many outputs. */
    default int sums(int outputs) {
      return 2;
    }

    /**
     * Adds one row.
     *
     * @param loss tells what outputs and targets mean
     * @param output of the network; of a Poisson loss, its rates
     * @param sums receives the row at {@code [sumsAt, sumsAt + sums(outputs))}
     */
    void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt);

    /** The metric of given sums, of two their quotient; NaN before the first row. */
    default double value(int outputs, double[] sums, int sumsAt) {
      return sums[sumsAt] / sums[sumsAt + 1];
    }
  }

  /** A function of how often each class was taken for which. */
  sealed interface OfClasses extends Metric
      permits ClassMetric.BalancedAccuracy, ClassMetric.ConfusionMatrix, ClassMetric.OfEachClass {

    /** Puts the metric under its name, or under several. */
    void put(ClassCounts counts, Map<String, Double> values);
  }

  /** A function of the order of the scores of all rows, for each class. */
  sealed interface OfScores extends Metric permits ClassMetric.OfEachScore {

    /** How the classes become one number. */
    Average average();

    /** The metric of one class. */
    double value(Ranking ranking);

    /** Puts the metric under its name, or under several. */
    default void put(List<Ranking> rankings, Map<String, Double> values) {
      double[] each = rankings.stream().mapToDouble(this::value).toArray();
      double[] support = rankings.stream().mapToDouble(Ranking::positive).toArray();
      Average.put(label(), average(), each, support, i -> !Double.isNaN(each[i]), values);
    }
  }

  /** How the numbers of classes become one, as in scikit-learn. */
  enum Average {
    /** Of two classes that of the second, of more the mean. */
    AUTO(""),
    /** That of the second of two classes. */
    BINARY("Binary"),
    /** The mean over the classes. */
    MACRO("Macro"),
    /** Of the rows of all classes together. */
    MICRO("Micro"),
    /** The mean over the classes, weighted by their rows. */
    WEIGHTED("Weighted"),
    /** A number for each class. */
    PER_CLASS("PerClass");

    final String suffix; // of labels

    Average(String suffix) {
      this.suffix = suffix;
    }

    /** Puts the mean over the classes that are in it, or a number for each class. */
    static void put(
        String label,
        Average average,
        double[] each,
        double[] support,
        IntPredicate isIn,
        Map<String, Double> values) {
      if (average == PER_CLASS) {
        for (int i = 0; i < each.length; i++) {
          values.put(label + "." + i, each[i]);
        }
        return;
      }
      double sum = 0;
      double weights = 0;
      for (int i = 0; i < each.length; i++) {
        double weight = isIn.test(i) ? average == WEIGHTED ? support[i] : 1 : 0;
        sum += weight > 0 ? weight * each[i] : 0;
        weights += weight;
      }
      values.put(label, sum / weights);
    }
  }
}
