package io.syncbn.train;

import io.syncbn.data.Block;
import io.syncbn.nn.Batch;
import io.syncbn.nn.Evaluation;
import io.syncbn.nn.InferencePass;
import io.syncbn.nn.Loss;
import io.syncbn.tensor.CounterRandom;
import io.syncbn.tensor.Tensor;

/**
 * Computes what a model says about rows. Keeps memory from call to call, and gives it back to the
 * plan when it is closed: not thread-safe, and not to be used after that.
 *
 * <p>Rows are computed in runs of one size, the last of which is filled up with a row that is there
 * already: then a row has the same bits wherever it stands (see {@link InferencePlan}).
 */
public final class Predictor implements AutoCloseable {

  private final InferencePlan plan;
  private final int rowsAtOnce;
  private final int outputs;
  private final InferencePass pass;
  private final Rows unlabelled;
  private final Rows labelled;

  Predictor(InferencePlan plan, int rowsAtOnce) {
    this.plan = plan;
    this.rowsAtOnce = rowsAtOnce;
    this.outputs = plan.outputs();
    this.pass = new InferencePass(plan.network(), plan.weights(), plan.states(), rowsAtOnce);
    this.unlabelled = rows(0);
    this.labelled = rows(plan.evaluation().targetSize());
  }

  private Rows rows(int targets) {
    return new Rows(rowsAtOnce, targets > 0, plan.network().input(), targets, plan.scale());
  }

  /** How many numbers there are for a row: one per class, or per value to predict. */
  public int outputs() {
    return outputs;
  }

  /**
   * Probabilities of the classes, or predicted values, of all rows; labels are not looked at.
   *
   * @return row by row // [rows, outputs]
   */
  public float[] predict(Block rows) {
    Loss loss = plan.evaluation().loss();
    float[] all = outputs(rows);
    for (int row = 0; row < rows.rows(); row++) {
      if (loss instanceof Loss.SoftmaxCrossEntropy) {
        softmax(all, row * outputs);
      } else if (loss instanceof Loss.BinaryCrossEntropy) {
        sigmoid(all, row * outputs);
      }
    }
    return all;
  }

  /**
   * What each of some rows adds to the sums of loss and metrics.
   *
   * @param from the first row
   * @param to one past the last
   * @return row by row, in the layout of {@link Evaluation} // [to - from, sums]
   */
  public double[] evaluate(Block rows, int from, int to) {
    Evaluation evaluation = plan.evaluation();
    double[] all = new double[Math.multiplyExact(to - from, evaluation.length())];
    run(
        rows,
        from,
        to,
        labelled,
        (batch, computed, first, count) ->
            evaluation.addEach(batch, computed, count, all, first * evaluation.length()));
    return all;
  }

  /** What the last layer puts out // [rows, outputs]. */
  private float[] outputs(Block rows) {
    float[] all = new float[Math.multiplyExact(rows.rows(), outputs)];
    run(
        rows,
        0,
        rows.rows(),
        unlabelled,
        (batch, computed, from, count) -> computed.read(0, all, from * outputs, count * outputs));
    return all;
  }

  /** Whether rows keep their bits at other places of a run, by trial. */
  boolean keepsBits() {
    CounterRandom random = CounterRandom.of(plan.seed()).fork("places of rows");
    float[] features = new float[rowsAtOnce * plan.network().input().size()];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (random.gaussian(i) / plan.scale());
    }
    Block rows = Block.ofFloats(rowsAtOnce, features, new float[rowsAtOnce], new float[0]);
    float[] straight = outputs(rows);
    for (int shift = 1; shift < rowsAtOnce; shift = 3 * shift + 2) {
      int[] order = new int[rowsAtOnce];
      for (int row = 0; row < rowsAtOnce; row++) {
        order[row] = (row + shift) % rowsAtOnce;
      }
      float[] moved = outputs(rows.select(order));
      for (int i = 0; i < moved.length; i++) {
        float expected = straight[order[i / outputs] * outputs + i % outputs];
        if (Float.floatToRawIntBits(moved[i]) != Float.floatToRawIntBits(expected)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Takes the outputs of some rows; the first of them is the {@code from}-th that was asked for.
   */
  private interface Outputs {
    void accept(Batch batch, Tensor computed, int from, int count);
  }

  private void run(Block rows, int from, int to, Rows memory, Outputs outputsOfRun) {
    int[] places = new int[rowsAtOnce];
    for (int first = from; first < to; first += rowsAtOnce) {
      int count = Math.min(rowsAtOnce, to - first);
      for (int i = 0; i < rowsAtOnce; i++) {
        places[i] = first + Math.min(i, count - 1);
      }
      Batch batch = memory.clear().add(rows, places, 0, rowsAtOnce).batch();
      outputsOfRun.accept(batch, pass.run(batch.inputs()), first - from, count);
    }
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    plan.takeBack(this);
  }

  private void softmax(float[] values, int at) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < outputs; i++) {
      max = Math.max(max, values[at + i]);
    }
    double[] exponentials = new double[outputs];
    double sum = 0;
    for (int i = 0; i < outputs; i++) {
      exponentials[i] = StrictMath.exp(values[at + i] - max);
      sum += exponentials[i];
    }
    for (int i = 0; i < outputs; i++) {
      values[at + i] = (float) (exponentials[i] / sum);
    }
  }

  private void sigmoid(float[] values, int at) {
    for (int i = 0; i < outputs; i++) {
      values[at + i] = (float) (1 / (1 + StrictMath.exp(-values[at + i])));
    }
  }
}
