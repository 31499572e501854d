package org.syncbn.nn;

import java.util.Map;

/** How well a network tells classes. */
public sealed interface ClassMetric extends Metric {

  @Override
  default void check(Loss loss, int outputs) {
    Measures.requireFit(this, loss.isOfClasses(), "softmaxCrossEntropy and binaryCrossEntropy");
  }

  /** Whether outputs tell two classes apart. */
  static boolean areTwo(Loss loss, int outputs) {
    return outputs == (loss.target() == Loss.Target.CLASS ? 2 : 1);
  }

  /** A share of rows for each class, of which an average makes one number. */
  sealed interface OfEachClass extends ClassMetric, Metric.OfClasses {

    /** How the classes become one number; auto is binary with two classes, else macro. */
    Average average();

    /** The share of a class. */
    ClassCounts.Share share();

    @Override
    default void check(Loss loss, int outputs) {
      ClassMetric.super.check(loss, outputs);
      if (average() == Average.BINARY && !areTwo(loss, outputs)) {
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

  /** An area under a curve for each class, of which an average makes one number. */
  sealed interface OfEachScore extends ClassMetric, Metric.OfScores {

    @Override
    default void check(Loss loss, int outputs) {
      ClassMetric.super.check(loss, outputs);
      if (average() == Average.MICRO || average() == Average.BINARY) {
        throw new IllegalArgumentException(
            "%s takes the average macro, weighted or perClass".formatted(label()));
      }
    }
  }

  /**
   * The share of right classes; with {@link ClassLoss.BinaryCrossEntropy}, of outputs on the right
   * side of 0. Equal outputs: the first class wins. A row whose outputs include NaN is wrong, and
   * so is an output that is NaN.
   */
  record Accuracy() implements ClassMetric, Metric.OfRows {

    @Override
    public String label() {
      return "accuracy";
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      if (loss.target() == Loss.Target.CLASS) {
        boolean right =
            Labels.best(output) == Labels.classIndex(output.length, target[0])
                && !Labels.hasNaN(output);
        sums[sumsAt] += right ? rowWeight : 0;
        sums[sumsAt + 1] += rowWeight;
        return;
      }
      for (int i = 0; i < output.length; i++) {
        boolean right =
            output[i] > 0 == Labels.isYes(target[i]) && !Float.isNaN(output[i] + target[i]);
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
  record TopK(int k) implements ClassMetric, Metric.OfRows {

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
      Measures.requireFit(this, loss.target() == Loss.Target.CLASS, "softmaxCrossEntropy");
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      int label = Labels.classIndex(output.length, target[0]);
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
  record LogLoss() implements ClassMetric, Metric.OfRows {

    private static final Loss CROSS_ENTROPY = ClassLoss.SoftmaxCrossEntropy.plain();
    private static final Loss BINARY = new ClassLoss.BinaryCrossEntropy(1);

    @Override
    public String label() {
      return "logLoss";
    }

    @Override
    public boolean lowerIsBetter() {
      return true;
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

  /** The mean of the classes' recalls, over the classes that occur. */
  record BalancedAccuracy() implements ClassMetric, Metric.OfClasses {

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
  record ConfusionMatrix() implements ClassMetric, Metric.OfClasses {

    @Override
    public String label() {
      return "confusionMatrix";
    }

    @Override
    public void check(Loss loss, int outputs) {
      Measures.requireFit(
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
  record RocAuc(Average average) implements OfEachScore {

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
  record PrAuc(Average average) implements OfEachScore {

    @Override
    public String label() {
      return "prAuc" + average.suffix;
    }

    @Override
    public double value(Ranking ranking) {
      return ranking.averagePrecision();
    }
  }
}
