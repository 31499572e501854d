package org.syncbn.train;

import java.util.List;
import org.syncbn.data.Block;
import org.syncbn.nn.Batch;
import org.syncbn.nn.InferencePass;
import org.syncbn.nn.Measures;
import org.syncbn.nn.Tally;
import org.syncbn.tensor.Tensor;

/**
 * Computes a model's predictions for rows. Reuses memory from call to call, and returns it to the
 * plan when closed; after that it throws IllegalStateException. Not thread-safe.
 *
 * <p>Rows are computed in runs of one size, the last of which is filled up with a row that is there
 * already: then a row has the same bits wherever it stands (see {@link InferencePlan}).
 */
public final class Predictor implements AutoCloseable {

  private final InferencePlan plan;
  private final int outputs;
  private Memory memory; // null: closed

  Predictor(InferencePlan plan, Memory memory) {
    this.plan = plan;
    this.outputs = plan.outputs();
    this.memory = memory;
  }

  /**
   * What a predictor needs while it is open.
   *
   * @param rowsAtOnce how many rows a run has
   * @param pass over these
   * @param unlabelled rows of a run, to predict
   * @param labelled rows of a run, to evaluate
   */
  record Memory(int rowsAtOnce, InferencePass pass, Rows unlabelled, Rows labelled) {
    static Memory of(InferencePlan plan, int rowsAtOnce) {
      return new Memory(
          rowsAtOnce,
          new InferencePass(plan.network(), plan.weights(), plan.states(), rowsAtOnce),
          rows(plan, rowsAtOnce, 0),
          rows(plan, rowsAtOnce, plan.measures().targetSize()));
    }

    private static Rows rows(InferencePlan plan, int rowsAtOnce, int targets) {
      return new Rows(rowsAtOnce, targets > 0, plan.network().input(), targets, plan.scale());
    }
  }

  /** How many numbers there are for a row: one per class, or per value to predict. */
  public int outputs() {
    return outputs;
  }

  /**
   * What the network puts out for all rows; labels are not looked at. {@link
   * org.syncbn.nn.Loss#predict} makes probabilities of logits.
   *
   * @return row by row // [rows, outputs]
   */
  public float[] outputs(Block rows) {
    float[] all = new float[Math.multiplyExact(rows.rows(), outputs)];
    run(
        rows,
        0,
        rows.rows(),
        memory().unlabelled(),
        (batch, computed, first, count) -> computed.read(0, all, first * outputs, count * outputs));
    return all;
  }

  /**
   * What each of some rows adds to the sums of loss and metrics.
   *
   * @param from the first row
   * @param to one past the last
   * @param tallies of {@link Measures#tallies}; receive the rows too
   * @return row by row, in the layout of {@link Measures} // [to - from, sums]
   */
  public double[] evaluate(Block rows, int from, int to, List<Tally.Builder> tallies) {
    Measures measures = plan.measures();
    double[] all = new double[Math.multiplyExact(to - from, measures.length())];
    run(
        rows,
        from,
        to,
        memory().labelled(),
        (batch, computed, first, count) ->
            measures.addEach(batch, computed, count, all, first * measures.length(), tallies));
    return all;
  }

  /**
   * Takes the outputs of some rows; the first of them is the {@code from}-th that was asked for.
   */
  private interface Outputs {
    void accept(Batch batch, Tensor computed, int from, int count);
  }

  private void run(Block rows, int from, int to, Rows target, Outputs outputsOfRun) {
    int rowsAtOnce = memory.rowsAtOnce();
    int[] places = new int[rowsAtOnce];
    for (int first = from; first < to; first += rowsAtOnce) {
      int count = Math.min(rowsAtOnce, to - first);
      for (int i = 0; i < rowsAtOnce; i++) {
        places[i] = first + Math.min(i, count - 1);
      }
      Batch batch = target.clear().add(rows, places, 0, rowsAtOnce).batch();
      outputsOfRun.accept(batch, memory.pass().run(batch), first - from, count);
    }
  }

  /** Its memory while it is open. */
  Memory memory() {
    if (memory == null) {
      throw new IllegalStateException("the predictor is closed; open another one");
    }
    return memory;
  }

  /** Gives the memory back; closing again does nothing. */
  @Override
  public void close() {
    if (memory != null) {
      plan.takeBack(memory);
      memory = null;
    }
  }
}
