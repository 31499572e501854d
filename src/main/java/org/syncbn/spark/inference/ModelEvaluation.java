package org.syncbn.spark.inference;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.syncbn.data.Block;
import org.syncbn.data.ClassLabels;
import org.syncbn.nn.Loss;
import org.syncbn.nn.Tally;
import org.syncbn.spark.internals.Sized;
import org.syncbn.sums.Moments;
import org.syncbn.sums.TableSums;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.Predictor;
import org.syncbn.train.RunData;

/**
 * Loss and metrics of a model on some rows: {@link TableSums exact sums} of what each row
 * contributes, rounded once at the end, and {@link Tally tallies} for metrics of classes and
 * scores.
 *
 * <p>A row contributes the same bits wherever it stands (see {@link InferencePlan}), and exact sums
 * have no order, so the figures are those of the set of rows: they do not depend on its files,
 * partitions, executors or threads.
 *
 * @param rows how many there are
 * @param metrics loss and metrics by name; none without a row
 * @param confusionMatrix the weight of the rows of each class that are taken for each class, row by
 *     row; empty unless {@code confusionMatrix} is among the metrics of the run
 */
public record ModelEvaluation(
    long rows, Map<String, Double> metrics, List<List<Double>> confusionMatrix) {

  private static final int ROWS_AT_ONCE = 1024;

  /**
   * Evaluates rows of this JVM.
   *
   * @param threads how many compute
   * @throws IllegalArgumentException in a sentence, if a label is not a class of the model
   */
  public static ModelEvaluation of(InferencePlan plan, Block rows, int threads) {
    checkLabels(plan, rows);
    return of(
        plan,
        IntStream.range(0, threads)
            .parallel()
            .mapToObj(thread -> sums(plan, rows, thread, threads))
            .reduce(RowSums::merge)
            .orElseThrow());
  }

  /**
   * Evaluates rows where they are; the driver receives their sums.
   *
   * @param rows in pieces of any size
   * @throws RuntimeException of Spark's; if a label is not a class of the model, its deepest cause
   *     says so in a sentence
   */
  public static ModelEvaluation of(InferencePlan plan, JavaRDD<Block> rows) {
    if (rows.getNumPartitions() == 0) {
      return of(plan, RowSums.of(plan));
    }
    Broadcast<Sized<InferencePlan>> model =
        JavaSparkContext.fromSparkContext(rows.context())
            .broadcast(new Sized<>(plan, plan.bytes()));
    try {
      byte[] sums =
          rows.mapPartitions(pieces -> List.of(sums(model.value().value(), pieces)).iterator())
              .treeReduce((a, b) -> RowSums.fromBytes(a).merge(RowSums.fromBytes(b)).toBytes());
      return of(plan, RowSums.fromBytes(sums));
    } finally {
      model.destroy();
    }
  }

  private static RowSums sums(InferencePlan plan, Block rows, int thread, int threads) {
    Counting counting = new Counting(plan);
    int from = (int) ((long) thread * rows.rows() / threads);
    int to = (int) ((thread + 1L) * rows.rows() / threads);
    try (Predictor predictor = plan.open()) {
      counting.add(predictor, rows, from, to);
    }
    return counting.sums();
  }

  private static byte[] sums(InferencePlan plan, Iterator<Block> pieces) {
    Counting counting = new Counting(plan);
    try (Predictor predictor = plan.open()) {
      while (pieces.hasNext()) {
        Block piece = pieces.next();
        checkLabels(plan, piece);
        counting.add(predictor, piece, 0, piece.rows());
      }
    }
    return counting.sums().toBytes();
  }

  private static void checkLabels(InferencePlan plan, Block rows) {
    Loss loss = plan.measures().loss();
    if (!RunData.takesAnyNumber(loss)) {
      RunData.check(ClassLabels.of(rows, plan.outputs()), loss);
    }
  }

  /** Adds up rows. */
  private static final class Counting {

    private final TableSums sums;
    private final List<Tally.Builder> tallies;

    Counting(InferencePlan plan) {
      sums = new TableSums(plan.measures().length());
      tallies = plan.measures().tallies();
    }

    void add(Predictor predictor, Block rows, int from, int to) {
      for (int first = from; first < to; first += ROWS_AT_ONCE) {
        int end = Math.min(first + ROWS_AT_ONCE, to);
        sums.addRows(predictor.evaluate(rows, first, end, tallies), end - first);
      }
    }

    RowSums sums() {
      return new RowSums(sums, tallies.stream().map(Tally.Builder::tally).toList());
    }
  }

  /** Each figure is a function of quotients of sums, hence of means, and of tallies. */
  private static ModelEvaluation of(InferencePlan plan, RowSums found) {
    List<Moments> moments = found.sums().moments();
    long rows = moments.get(0).count() + moments.get(0).missing();
    double[] means =
        moments.stream().mapToDouble(m -> m.missing() > 0 ? Double.NaN : m.mean()).toArray();
    return rows == 0
        ? new ModelEvaluation(0, Map.of(), List.of())
        : new ModelEvaluation(
            rows,
            plan.measures().values(means, found.tallies()),
            plan.measures().confusionMatrix(found.tallies()));
  }
}
