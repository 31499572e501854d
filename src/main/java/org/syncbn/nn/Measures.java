package org.syncbn.nn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.syncbn.tensor.Tensor;

/**
 * The loss and the metrics that are measured, and the layout of their sums: the summed loss, its
 * divisor, then each metric's sums. Sums of disjoint rows add up to the sums of all. Immutable,
 * hence thread-safe.
 */
public final class Measures implements Serializable {

  /** The label of the loss among metrics. */
  public static final String LOSS = "loss";

  private static final long serialVersionUID = 1;

  private final Loss loss;
  private final int outputs;
  private final List<Metric> metrics;

  private final double unit;

  private Measures(Loss loss, int outputs, List<Metric> metrics, double unit) {
    this.loss = loss;
    this.outputs = outputs;
    this.metrics = metrics;
    this.unit = unit;
  }

  /**
   * What is measured of a network's outputs.
   *
   * @throws IllegalArgumentException if loss and output do not fit
   */
  public static Measures of(Network network, Loss loss, List<Metric> metrics) {
    loss.check(network.output());
    return new Measures(loss, network.output().size(), List.copyOf(metrics), 1);
  }

  /**
   * The same for targets that were standardized: metrics that have the unit of the target are
   * reported in the label's own, the loss stays that of the standardized target.
   *
   * @param newUnit what a difference of 1 between targets is in labels
   */
  public Measures inUnitsOf(double newUnit) {
    return new Measures(loss, outputs, metrics, newUnit);
  }

  /** The loss. */
  public Loss loss() {
    return loss;
  }

  /** The metrics. */
  public List<Metric> metrics() {
    return metrics;
  }

  /** The labels of all values: the loss, then the metrics. */
  public List<String> labels() {
    return Stream.concat(Stream.of(LOSS), metrics.stream().map(Metric::label)).toList();
  }

  /** How many numbers the target of one row has. */
  public int targetSize() {
    return loss.targetSize(outputs);
  }

  /** How many sums there are. */
  public int length() {
    return 2 + metrics.stream().mapToInt(metric -> metric.sums(outputs)).sum();
  }

  /** The mean loss of given sums; NaN before the first row. */
  public double loss(double[] sums) {
    return sums[0] / sums[1];
  }

  /** The sum of weights that the gradients of the summed loss have to be divided by. */
  public double weight(double[] sums) {
    return sums[1];
  }

  /** The loss and the metrics of given sums, by label. */
  public Map<String, Double> values(double[] sums) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put(LOSS, loss(sums));
    int at = 2;
    for (Metric metric : metrics) {
      double value = metric.value(outputs, sums, at);
      values.put(metric.label(), metric.hasUnitOfTarget() ? value * unit : value);
      at += metric.sums(outputs);
    }
    return values;
  }

  /** Adds the outputs for a batch to sums. */
  public void add(Batch batch, Tensor output, double[] sums) {
    add(batch, 0, batch.rows(), output, output, sums, new LossScratch(outputs, targetSize()));
  }

  /**
   * Adds each row to sums of its own.
   *
   * @param rows how many rows of the batch, from the first on
   * @param sums receives the first row's at {@code sumsAt} // [rows, length()]
   */
  public void addEach(Batch batch, Tensor output, int rows, double[] sums, int sumsAt) {
    LossScratch scratch = new LossScratch(outputs, targetSize());
    for (int row = 0; row < rows; row++) {
      addRow(batch, row, output, sums, sumsAt + row * length(), scratch);
    }
  }

  /**
   * Adds rows of a batch to sums and writes the gradients of the summed loss; in place if equal.
   */
  void add(
      Batch batch,
      int from,
      int to,
      Tensor output,
      Tensor gradient,
      double[] sums,
      LossScratch scratch) {
    boolean learns = output != gradient;
    for (int row = from; row < to; row++) {
      addRow(batch, row, output, sums, 0, scratch);
      if (learns) {
        gradient.write(row * outputs, scratch.gradient, 0, outputs);
      }
    }
  }

  /** Adds a row to sums that begin at a place, and leaves its gradient in the scratch. */
  private void addRow(
      Batch batch, int row, Tensor output, double[] sums, int sumsAt, LossScratch scratch) {
    double weight = batch.weight(row);
    if (weight == 0) {
      Arrays.fill(scratch.gradient, 0);
      return;
    }
    int targets = targetSize();
    output.read(row * outputs, scratch.output, 0, outputs);
    batch.targets().read(row * targets, scratch.target, 0, targets);
    sums[sumsAt] += loss.row(scratch.output, scratch.target, weight, scratch.gradient);
    sums[sumsAt + 1] += loss.weight(outputs, scratch.target, weight);
    int at = sumsAt + 2;
    for (Metric metric : metrics) {
      metric.add(loss, scratch.output, scratch.target, weight, sums, at);
      at += metric.sums(outputs);
    }
  }

  /** Heap copies of one row. */
  static final class LossScratch {
    private final float[] output;
    private final float[] gradient;
    private final float[] target;

    LossScratch(int outputs, int targets) {
      output = new float[outputs];
      gradient = new float[outputs];
      target = new float[targets];
    }
  }
}
