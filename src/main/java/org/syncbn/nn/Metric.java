package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * What is measured beside the loss. {@link Measures} holds what rows add up to. Implementations are
 * immutable.
 */
public sealed interface Metric extends Serializable {

  /** The name in reports. */
  String label();

  /** Whether lower values are better, as of errors. */
  default boolean lowerIsBetter() {
    return false;
  }

  /** Rejects a loss whose outputs it does not measure. */
  void check(Loss loss, int outputs);

  /**
   * The metrics where none are named: the share of right classes, or errors of numbers.
   *
   * <p>Areas under curves are not among them: they send a number for each distinct score to the
   * driver.
   */
  static List<Metric> usual(Loss loss, int outputs) {
    if (loss.isOfClasses()) {
      return List.of(new Accuracy());
    }
    return loss.targetSize(outputs) == outputs
        ? List.of(new RootMeanSquaredError(), new MeanAbsoluteError(), new R2())
        : List.of();
  }

  /** Whether the metric is a difference of targets, in their unit, rather than a pure number. */
  default boolean hasUnitOfTarget() {
    return false;
  }

  /** The metrics of a step's mini-batch, which travel with its gradients: few sums. */
  static List<Metric> ofSteps(Loss loss, int outputs) {
    return usual(loss, outputs).stream().filter(metric -> !(metric instanceof R2)).toList();
  }

  /** A function of few sums over rows, so shards' sums add up. */
  sealed interface OfRows extends Metric {

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
  sealed interface OfClasses extends Metric {

    @Override
    default void check(Loss loss, int outputs) {
      requireClasses(this, loss);
    }

    /** Puts the metric under its name, or under several. */
    void put(ClassCounts counts, Map<String, Double> values);
  }

  /** A share of rows for each class, of which an average makes one number. */
  sealed interface OfEachClass extends OfClasses {

    /** How the classes become one number; auto is binary with two classes, else macro. */
    Average average();

    /** The share of a class. */
    ClassCounts.Share share();

    @Override
    default void check(Loss loss, int outputs) {
      OfClasses.super.check(loss, outputs);
      boolean isBinary = outputs == (loss.target() == Loss.Target.CLASS ? 2 : 1);
      if (average() == Average.BINARY && !isBinary) {
        throw new IllegalArgumentException(
            "the metric %s is of two classes; with more, its average is macro, micro, weighted or perClass"
                .formatted(label()));
      }
    }

    @Override
    default void put(ClassCounts counts, Map<String, Double> values) {
      counts.put(label(), average(), share(), values);
    }
  }

  /** A function of the order of the scores of all rows, for each class. */
  sealed interface OfScores extends Metric {

    /** How the classes become one number. */
    Average average();

    @Override
    default void check(Loss loss, int outputs) {
      requireClasses(this, loss);
      if (average() == Average.MICRO || average() == Average.BINARY) {
        throw new IllegalArgumentException(
            "%s takes the average macro, weighted or perClass".formatted(label()));
      }
    }

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

    private final String suffix; // of labels

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

  /**
   * The share of right classes; with {@link Loss.BinaryCrossEntropy}, of outputs on the right side
   * of 0. Equal outputs: the first class wins. A row whose outputs include NaN is wrong, and so is
   * an output that is NaN.
   */
  record Accuracy() implements OfRows {

    @Override
    public String label() {
      return "accuracy";
    }

    @Override
    public void check(Loss loss, int outputs) {
      requireClasses(this, loss);
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      if (loss.target() == Loss.Target.CLASS) {
        boolean right =
            best(output) == Loss.classIndex(output.length, target[0]) && !hasNaN(output);
        sums[sumsAt] += right ? rowWeight : 0;
        sums[sumsAt + 1] += rowWeight;
        return;
      }
      for (int i = 0; i < output.length; i++) {
        boolean right = output[i] > 0 == isYes(target[i]) && !Float.isNaN(output[i] + target[i]);
        sums[sumsAt] += right ? rowWeight : 0;
        sums[sumsAt + 1] += rowWeight;
      }
    }
  }

  /**
   * The share of rows whose class is among the k greatest outputs. Of equal outputs the first
   * classes win; a NaN is greater than all, and wrong.
   *
   * @param k at least 1
   */
  record TopK(int k) implements OfRows {

    /** Throws if k is below 1. */
    public TopK {
      if (k < 1) {
        throw new IllegalArgumentException("k of a top-k accuracy must be at least 1, was " + k);
      }
    }

    @Override
    public String label() {
      return "top" + k + "Accuracy";
    }

    @Override
    public void check(Loss loss, int outputs) {
      require(this, loss.target() == Loss.Target.CLASS, "softmaxCrossEntropy");
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      int label = Loss.classIndex(output.length, target[0]);
      float own = output[label];
      int before = 0;
      for (int i = 0; i < output.length; i++) {
        float rival = output[i];
        before += rival < own || rival == own && i >= label ? 0 : 1;
      }
      sums[sumsAt] += before < k ? rowWeight : 0;
      sums[sumsAt + 1] += rowWeight;
    }
  }

  /** The mean of the loss over the rows by their weight alone, without class weights. */
  record LogLoss() implements OfRows {

    private static final Loss CROSS_ENTROPY = Loss.SoftmaxCrossEntropy.plain();
    private static final Loss BINARY = new Loss.BinaryCrossEntropy(1);

    @Override
    public String label() {
      return "logLoss";
    }

    @Override
    public boolean lowerIsBetter() {
      return true;
    }

    @Override
    public void check(Loss loss, int outputs) {
      requireClasses(this, loss);
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      Loss plain = loss.target() == Loss.Target.PROBABILITY ? BINARY : CROSS_ENTROPY;
      float[] unused = new float[output.length];
      sums[sumsAt] += plain.row(output, target, rowWeight, unused);
      sums[sumsAt + 1] += plain.weight(output.length, target, rowWeight);
    }
  }

  /** The root of the mean squared error. */
  record RootMeanSquaredError() implements OfRows {

    @Override
    public String label() {
      return "rmse";
    }

    @Override
    public boolean lowerIsBetter() {
      return true;
    }

    @Override
    public boolean hasUnitOfTarget() {
      return true;
    }

    @Override
    public void check(Loss loss, int outputs) {
      requireNumbers(this, loss, outputs);
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      for (int i = 0; i < output.length; i++) {
        double error = (double) output[i] - target[i];
        sums[sumsAt] += rowWeight * error * error;
      }
      sums[sumsAt + 1] += rowWeight * output.length;
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      return Math.sqrt(sums[sumsAt] / sums[sumsAt + 1]);
    }
  }

  /** The mean absolute error. */
  record MeanAbsoluteError() implements OfRows {

    @Override
    public String label() {
      return "mae";
    }

    @Override
    public boolean lowerIsBetter() {
      return true;
    }

    @Override
    public boolean hasUnitOfTarget() {
      return true;
    }

    @Override
    public void check(Loss loss, int outputs) {
      requireNumbers(this, loss, outputs);
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      for (int i = 0; i < output.length; i++) {
        sums[sumsAt] += rowWeight * Math.abs((double) output[i] - target[i]);
      }
      sums[sumsAt + 1] += rowWeight * output.length;
    }
  }

  /**
   * The coefficient of determination, {@code 1 - sum of squared errors / sum of squared deviations
   * of the targets from their mean}; the mean over several outputs. Where targets are all equal: 1
   * if all errors are 0, else 0, as in scikit-learn. A constant offset c of the targets costs the
   * digits of (c / their standard deviation)^2.
   */
  record R2() implements OfRows {

    @Override
    public String label() {
      return "r2";
    }

    @Override
    public void check(Loss loss, int outputs) {
      requireNumbers(this, loss, outputs);
    }

    @Override
    public int sums(int outputs) {
      return 1 + 3 * outputs;
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      sums[sumsAt] += rowWeight;
      for (int i = 0; i < output.length; i++) {
        int at = sumsAt + 1 + 3 * i;
        double error = (double) output[i] - target[i];
        sums[at] += rowWeight * error * error;
        sums[at + 1] += rowWeight * target[i];
        sums[at + 2] += rowWeight * target[i] * target[i];
      }
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      double sum = 0;
      for (int i = 0; i < outputs; i++) {
        int at = sumsAt + 1 + 3 * i;
        double error = sums[at];
        double deviation = sums[at + 2] - sums[at + 1] * (sums[at + 1] / sums[sumsAt]);
        boolean isConstant = deviation <= 0 && error >= 0; // neither is NaN
        sum += isConstant ? error == 0 ? 1 : 0 : 1 - error / deviation;
      }
      return sum / outputs;
    }
  }

  /** The mean of the classes' recalls, over the classes that occur. */
  record BalancedAccuracy() implements OfClasses {

    @Override
    public String label() {
      return "balancedAccuracy";
    }

    @Override
    public void put(ClassCounts counts, Map<String, Double> values) {
      double[] actual = counts.actual();
      double[] recall = counts.each(ClassCounts::recall);
      Average.put(label(), Average.MACRO, recall, actual, i -> actual[i] > 0, values);
    }
  }

  /**
   * How often each class was taken for which: no number, but {@link Measures#confusionMatrix}. Rows
   * with an output that is NaN were taken for none.
   */
  record ConfusionMatrix() implements OfClasses {

    @Override
    public String label() {
      return "confusionMatrix";
    }

    @Override
    public void check(Loss loss, int outputs) {
      require(
          this,
          loss.target() == Loss.Target.CLASS || loss.isOfClasses() && outputs == 1,
          "a loss for classes that exclude each other");
    }

    @Override
    public void put(ClassCounts counts, Map<String, Double> values) {}
  }

  /**
   * The share of the rows taken for a class that are of it; 0 where there is none.
   *
   * @param average how classes become one number; auto is binary with two classes, else macro
   */
  record Precision(Average average) implements OfEachClass {

    @Override
    public String label() {
      return "precision" + average.suffix;
    }

    @Override
    public ClassCounts.Share share() {
      return ClassCounts::precision;
    }
  }

  /**
   * The share of the rows of a class that are taken for it; 0 where there is none.
   *
   * @param average as of {@link Precision}
   */
  record Recall(Average average) implements OfEachClass {

    @Override
    public String label() {
      return "recall" + average.suffix;
    }

    @Override
    public ClassCounts.Share share() {
      return ClassCounts::recall;
    }
  }

  /**
   * The harmonic mean of precision and recall.
   *
   * @param average as of {@link Precision}
   */
  record F1(Average average) implements OfEachClass {

    @Override
    public String label() {
      return "f1" + average.suffix;
    }

    @Override
    public ClassCounts.Share share() {
      return ClassCounts::f1;
    }
  }

  /**
   * The area under the ROC curve, exact over all rows: of two classes, that of the second; of more,
   * of each class against all others.
   *
   * @param average auto, which is macro, or macro, weighted, perClass
   */
  record RocAuc(Average average) implements OfScores {

    @Override
    public String label() {
      return "rocAuc" + average.suffix;
    }

    @Override
    public double value(Ranking ranking) {
      return ranking.rocArea();
    }
  }

  /**
   * The area under the precision-recall curve as average precision, exact over all rows: of two
   * classes, that of the second; of more, of each class against all others.
   *
   * @param average auto, which is macro, or macro, weighted, perClass
   */
  record PrAuc(Average average) implements OfScores {

    @Override
    public String label() {
      return "prAuc" + average.suffix;
    }

    @Override
    public double value(Ranking ranking) {
      return ranking.averagePrecision();
    }
  }

  private static void require(Metric metric, boolean fits, String losses) {
    if (!fits) {
      throw new IllegalArgumentException(
          "the metric %s goes with %s alone".formatted(metric.label(), losses));
    }
  }

  private static void requireClasses(Metric metric, Loss loss) {
    require(metric, loss.isOfClasses(), "softmaxCrossEntropy and binaryCrossEntropy");
  }

  private static void requireNumbers(Metric metric, Loss loss, int outputs) {
    require(
        metric,
        !loss.isOfClasses() && loss.targetSize(outputs) == outputs,
        "losses that compare each output with a number");
  }

  /** Whether the target of an output is a yes. */
  static boolean isYes(float target) {
    return target > 0.5f;
  }

  /** Whether an output is not a number. */
  static boolean hasNaN(float[] output) {
    for (float value : output) {
      if (Float.isNaN(value)) {
        return true;
      }
    }
    return false;
  }

  /** The index of the greatest output, the first of equals. */
  static int best(float[] output) {
    int best = 0;
    for (int i = 1; i < output.length; i++) {
      if (output[i] > output[best]) {
        best = i;
      }
    }
    return best;
  }
}
