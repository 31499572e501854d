package io.syncbn.train;

import io.syncbn.data.Block;
import io.syncbn.nn.InferencePass;
import io.syncbn.nn.Loss;
import io.syncbn.tensor.Tensor;
import java.util.stream.IntStream;

/** Computes what a model says about rows. Keeps memory from call to call: not thread-safe. */
public final class Predictor {

  private static final int ROWS = 256;

  private final TrainedModel model;
  private final int outputs;
  private final InferencePass pass;

  Predictor(TrainedModel model) {
    this.model = model;
    this.outputs = model.network().output().size();
    this.pass =
        new InferencePass(model.network(), model.arrays().weights(), model.arrays().states(), ROWS);
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
    Loss loss = model.options().loss();
    Rows memory =
        new Rows(
            ROWS, false, model.network().input(), 0, (float) model.options().data().featureScale());
    int[] order = IntStream.range(0, rows.rows()).toArray();
    float[] all = new float[Math.multiplyExact(rows.rows(), outputs)];
    for (int from = 0; from < rows.rows(); from += ROWS) {
      int to = Math.min(from + ROWS, rows.rows());
      Tensor computed = pass.run(memory.clear().add(rows, order, from, to).batch().inputs());
      computed.read(0, all, from * outputs, (to - from) * outputs);
    }
    for (int row = 0; row < rows.rows(); row++) {
      if (loss instanceof Loss.SoftmaxCrossEntropy) {
        softmax(all, row * outputs);
      } else if (loss instanceof Loss.BinaryCrossEntropy) {
        sigmoid(all, row * outputs);
      }
    }
    return all;
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
