package org.syncbn.nn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.syncbn.tensor.Tensor;

/**
 * The loss and the metrics that are measured, and the layout of their sums: the summed loss, its
 * divisor, then each metric's sums. Sums of disjoint rows add up to the sums of all. Immutable,
 * hence thread-safe.
 *
 * <p>Metrics of classes and of scores need a {@link Tally} of the rows besides.
 */
public final class Measures implements Serializable {

  /** The label of the loss among metrics. */
  public static final String LOSS = "loss";

  /** So many different scores are ranked where no metric was named. */
  private static final int MOST_USUAL_SCORES = 1_000_000;

  private static final long serialVersionUID = 1;

  private final Loss loss;
  private final int outputs;
  private final List<Metric> metrics;
  private final int length;
  private final boolean countsClasses;
  private final boolean countsScores;
  private final double[] units; // one for all outputs, or [outputs]
  private final int mostScores;

  private Measures(Loss loss, int outputs, List<Metric> metrics, double[] units, int mostScores) {
    this.loss = loss;
    this.outputs = outputs;
    this.metrics = metrics;
    this.units = units;
    this.mostScores = mostScores;
    this.length =
        metrics.stream()
            .filter(Metric.OfRows.class::isInstance)
            .mapToInt(metric -> ((Metric.OfRows) metric).sums(outputs))
            .reduce(2, Integer::sum);
    this.countsClasses = metrics.stream().anyMatch(Metric.OfClasses.class::isInstance);
    this.countsScores = metrics.stream().anyMatch(Metric.OfScores.class::isInstance);
  }

  /**
   * What is measured of a network's outputs.
   *
   * @throws IllegalArgumentException if the loss or a metric does not fit the output
   */
  public static Measures of(Network network, Loss loss, List<Metric> metrics) {
    loss.check(network.output());
    int outputs = network.output().size();
    Set<String> labels = new HashSet<>();
    for (Metric metric : metrics) {
      metric.check(loss, outputs);
      if (!labels.add(metric.label())) {
        throw new IllegalArgumentException(
            "the metric %s is named twice".formatted(metric.label()));
      }
    }
    return new Measures(loss, outputs, List.copyOf(metrics), new double[] {1}, Integer.MAX_VALUE);
  }

  /**
   * What is measured where no metric is named: {@link Metric#usual}. Areas under curves are left
   * out where rows have more than a million different scores and weights, or all are of one class.
   *
   * @throws IllegalArgumentException if the loss does not fit the output
   */
  public static Measures usual(Network network, Loss loss) {
    Measures all = of(network, loss, Metric.usual(loss, network.output().size()));
    return new Measures(loss, all.outputs, all.metrics, all.units, MOST_USUAL_SCORES);
  }

  /** Rejects losses that a metric does not go with. */
  static void requireFit(Metric metric, boolean fits, String losses) {
    if (!fits) {
      throw new IllegalArgumentException(
          "the metric %s goes with %s alone".formatted(metric.label(), losses));
    }
  }

  /**
   * The same for targets that were standardized: metrics that have the unit of the target are
   * reported in the label's own, the loss stays that of the standardized target.
   *
   * @param newUnits what a difference of 1 between targets is in labels: one number for all
   *     outputs, or one for each
   */
  public Measures inUnitsOf(double... newUnits) {
    if (newUnits.length != 1 && newUnits.length != outputs) {
      throw new IllegalArgumentException(
          "%d units do not fit %d outputs".formatted(newUnits.length, outputs));
    }
    return new Measures(loss, outputs, metrics, newUnits.clone(), mostScores);
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
    return length;
  }

  /** What metrics need besides sums: a tally of classes, a tally of scores, both or none. */
  public List<Tally.Builder> tallies() {
    return Stream.concat(
            countsClasses ? Stream.of(new Tally.Builder()) : Stream.empty(),
            countsScores ? Stream.of(new Tally.Builder(mostScores)) : Stream.empty())
        .toList();
  }

  /** The mean loss of given sums; NaN before the first row. */
  public double loss(double[] sums) {
    return sums[0] / sums[1];
  }

  /** The sum of weights that the gradients of the summed loss have to be divided by. */
  public double weight(double[] sums) {
    return sums[1];
  }

  /** The loss and the metrics of given sums, by label, where no metric needs a tally. */
  public Map<String, Double> values(double[] sums) {
    return values(sums, List.of());
  }

  /**
   * The loss and the metrics, by label.
   *
   * @param sums in this layout
   * @param tallies of the rows, as {@link #tallies} says
   */
  public Map<String, Double> values(double[] sums, List<Tally> tallies) {
    Optional<ClassCounts> classes = classes(tallies);
    List<Ranking> rankings = rankings(tallies);
    Map<String, Double> values = new LinkedHashMap<>();
    values.put(LOSS, loss(sums));
    int at = 2;
    for (Metric metric : metrics) {
      if (metric instanceof Metric.OfRows ofRows) {
        double value = ofRows.value(outputs, sums, at);
        values.put(
            metric.label(),
            metric.hasUnitOfTarget() && units.length == 1 ? value * units[0] : value);
        at += ofRows.sums(outputs);
      } else if (metric instanceof Metric.OfClasses ofClasses) {
        ofClasses.put(classes.orElseThrow(), values);
      } else if (metric instanceof Metric.OfScores ofScores && !rankings.isEmpty()) {
        ofScores.put(rankings, values);
      }
    }
    return values;
  }

  /** The rankings that metrics need; none that would not be of use where no metric was named. */
  private List<Ranking> rankings(List<Tally> tallies) {
    if (!countsScores || tallies.get(tallies.size() - 1).exceedsMost()) {
      return List.of();
    }
    List<Ranking> rankings =
        Ranking.of(Ranking.size(loss, outputs), tallies.get(tallies.size() - 1));
    boolean areNamed = mostScores == Integer.MAX_VALUE;
    return areNamed || rankings.stream().allMatch(Ranking::hasBothKinds) ? rankings : List.of();
  }

  /**
   * The weight of the rows of each class that are taken for each, row by row; nothing unless it is
   * among the metrics. Rows with an output that is NaN are taken for none.
   *
   * @param tallies of the rows, as {@link #tallies} says
   */
  public List<List<Double>> confusionMatrix(List<Tally> tallies) {
    return metrics.contains(new ClassMetric.ConfusionMatrix())
        ? classes(tallies).orElseThrow().matrix()
        : List.of();
  }

  private Optional<ClassCounts> classes(List<Tally> tallies) {
    return countsClasses
        ? Optional.of(ClassCounts.of(loss, outputs, tallies.get(0)))
        : Optional.empty();
  }

  /**
   * Adds the outputs for a batch.
   *
   * @param tallies of {@link #tallies}
   */
  public void add(Batch batch, Tensor output, double[] sums, List<Tally.Builder> tallies) {
    LossScratch scratch = new LossScratch(outputs, targetSize());
    for (int row = 0; row < batch.rows(); row++) {
      addRow(batch, row, output, sums, 0, scratch);
      count(batch.weight(row), scratch, tallies);
    }
  }

  /**
   * Adds each row to sums of its own, and all to tallies.
   *
   * @param rows how many rows of the batch, from the first on
   * @param sums receives the first row's at {@code sumsAt} // [rows, length()]
   * @param tallies of {@link #tallies}
   */
  public void addEach(
      Batch batch,
      Tensor output,
      int rows,
      double[] sums,
      int sumsAt,
      List<Tally.Builder> tallies) {
    LossScratch scratch = new LossScratch(outputs, targetSize());
    for (int row = 0; row < rows; row++) {
      addRow(batch, row, output, sums, sumsAt + row * length(), scratch);
      count(batch.weight(row), scratch, tallies);
    }
  }

  /** Counts the row that the scratch holds. */
  private void count(double weight, LossScratch scratch, List<Tally.Builder> tallies) {
    if (weight == 0) {
      return;
    }
    if (countsClasses) {
      ClassCounts.add(loss, scratch.output, scratch.target, weight, tallies.get(0));
    }
    if (countsScores) {
      loss.predict(scratch.output);
      Ranking.add(loss, scratch.output, scratch.target, weight, tallies.get(tallies.size() - 1));
    }
  }

  /** Adds rows of a batch to sums and writes the gradients of the summed loss. */
  void add(
      Batch batch,
      int from,
      int to,
      Tensor output,
      Tensor gradient,
      double[] sums,
      LossScratch scratch) {
    for (int row = from; row < to; row++) {
      addRow(batch, row, output, sums, 0, scratch);
      gradient.write(row * outputs, scratch.gradient, 0, outputs);
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
    if (loss.target() == Loss.Target.COUNT) {
      loss.predict(scratch.output);
    }
    if (units.length > 1) {
      scratch.inUnitsOf(units);
    }
    int at = sumsAt + 2;
    for (Metric metric : metrics) {
      if (metric instanceof Metric.OfRows ofRows) {
        boolean inUnits = metric.hasUnitOfTarget() && units.length > 1;
        float[] predicted = inUnits ? scratch.outputInUnits : scratch.output;
        float[] target = inUnits ? scratch.targetInUnits : scratch.target;
        ofRows.add(loss, predicted, target, weight, sums, at);
        at += ofRows.sums(outputs);
      }
    }
  }

  /** Heap copies of one row. */
  static final class LossScratch {
    private final float[] output;
    private final float[] gradient;
    private final float[] target;
    private final float[] outputInUnits;
    private final float[] targetInUnits;

    LossScratch(int outputs, int targets) {
      output = new float[outputs];
      gradient = new float[outputs];
      target = new float[targets];
      outputInUnits = new float[outputs];
      targetInUnits = new float[targets];
    }

    private void inUnitsOf(double[] units) {
      for (int i = 0; i < units.length; i++) {
        outputInUnits[i] = (float) (output[i] * units[i]);
        targetInUnits[i] = (float) (target[i] * units[i]);
      }
    }
  }
}
