package org.syncbn.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.MultilayerPerceptronClassifier;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.syncbn.cli.Terminal;
import org.syncbn.ml.NeuralNetworkClassificationModel;
import org.syncbn.ml.NeuralNetworkClassifier;
import org.syncbn.report.TextTable;
import org.syncbn.train.EpochResult;

/**
 * The accuracy of {@code NeuralNetworkClassifier} beside that of {@code
 * MultilayerPerceptronClassifier} after the same time: Spark's classifier takes so many iterations,
 * and ours gets as many epochs as fit into the seconds of that. Both have one hidden layer of as
 * many units, and each fits once before it is timed.
 *
 * @param iterations of Spark's classifier
 * @param terminal that hears how it goes
 */
record ClassifierComparison(int iterations, Terminal terminal) {

  private static final int UNITS = 128;
  private static final int BATCH = 1024;
  private static final int TRIES = 3;

  /**
   * A fit.
   *
   * @param model that it gave
   * @param seconds that it took
   */
  private record Fit(Transformer model, double seconds) {}

  /** Something that fits. */
  private interface Fitting {
    Transformer fit();
  }

  private static Fit timed(Fitting fitting) {
    long begun = System.nanoTime();
    Transformer model = fitting.fit();
    return new Fit(model, (System.nanoTime() - begun) * 1e-9);
  }

  /** Compares on each of some data, and prints a table. */
  List<Map<String, Object>> on(List<ClassifierData> all) {
    TextTable table = new TextTable("data", "classifier", "accuracy", "seconds", "passes");
    List<Map<String, Object>> results = all.stream().map(data -> on(data, table)).toList();
    terminal.print("Accuracy on test rows after the same time:\n\n" + table + "\n");
    return results;
  }

  private Map<String, Object> on(ClassifierData data, TextTable table) {
    terminal.say("MultilayerPerceptronClassifier on %s.".formatted(data.name()));
    perceptron(1, data).fit(data.training());
    Fit theirs = timed(() -> perceptron(iterations, data).fit(data.training()));
    terminal.say("NeuralNetworkClassifier on %s.".formatted(data.name()));
    int batch = (int) Math.min(BATCH, data.training().count());
    Fit ours = within(theirs.seconds(), data, batch);
    int epochs = ((NeuralNetworkClassificationModel) ours.model()).summary().totalIterations();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("data", data.name());
    add(result, table, data, "multilayerPerceptron", theirs, iterations);
    add(result, table, data, "neuralNetwork", ours, epochs);
    data.close();
    return result;
  }

  private static void add(
      Map<String, Object> result,
      TextTable table,
      ClassifierData data,
      String name,
      Fit fit,
      int passes) {
    double accuracy =
        new MulticlassClassificationEvaluator()
            .setMetricName("accuracy")
            .evaluate(fit.model().transform(data.test()));
    table.row(
        data.name(),
        name,
        "%.4f".formatted(accuracy),
        "%.2f".formatted(fit.seconds()),
        Integer.toString(passes));
    result.put(name, Map.of("accuracy", accuracy, "seconds", fit.seconds(), "passes", passes));
  }

  private static MultilayerPerceptronClassifier perceptron(int iterations, ClassifierData data) {
    return new MultilayerPerceptronClassifier()
        .setLayers(new int[] {data.features(), UNITS, data.classes()})
        .setMaxIter(iterations)
        .setSeed(1);
  }

  /** The fit with the most epochs that takes no longer, or one epoch. */
  private static Fit within(double budget, ClassifierData data, int batch) {
    Fit trial = timed(() -> network(2, data, batch).fit(data.training()));
    List<EpochResult> history =
        ((NeuralNetworkClassificationModel) trial.model()).summary().history();
    double beside = trial.seconds() - history.stream().mapToDouble(EpochResult::seconds).sum();
    int epochs = epochs((budget - beside) / history.get(history.size() - 1).seconds());
    Fit fit = timed(data, epochs, batch);
    for (int i = 0; i < TRIES && fit.seconds() > budget && epochs > 1; i++) {
      epochs = epochs(0.95 * epochs * budget / fit.seconds());
      fit = timed(data, epochs, batch);
    }
    return fit;
  }

  private static Fit timed(ClassifierData data, int epochs, int batch) {
    return timed(() -> network(epochs, data, batch).fit(data.training()));
  }

  private static int epochs(double fitting) {
    return Math.max(1, (int) fitting);
  }

  /** What a hidden layer has today and Spark's has not: batch norm, dropout, weight decay. */
  private static NeuralNetworkClassifier network(int epochs, ClassifierData data, int batch) {
    return new NeuralNetworkClassifier()
        .setNetwork(
            "[{ dense { units = %d, bias = false } }, batchNorm, relu, { dropout = 0.5 }, { dense = %d }]"
                .formatted(UNITS, data.classes()))
        .setMaxIter(epochs)
        .setBatchSize(batch)
        .setSolver("adamW")
        .setOptions(
            "optimizer.adamW { weightDecay = 0.1, learningRate { cosine { initial = 0.003, last = 0"
                + " } } }");
  }
}
