package org.syncbn.train;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.syncbn.nn.Measures;
import org.syncbn.nn.Network;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.tensor.Tensor;

/**
 * A model in the form that is sent to executors for prediction. A row's prediction has the same
 * bits wherever the row is among others: matrix products guarantee that only for some numbers of
 * rows, which depend on the CPU and are determined before the first use.
 *
 * <p>Thread-safe; each thread opens a {@link Predictor} of its own.
 */
public final class InferencePlan implements Serializable {

  private static final long serialVersionUID = 1;

  /**
   * How many rows may be computed at once: many, those of one tile of a matrix kernel, or one,
   * whose bits cannot depend on others.
   */
  private static final List<Integer> RUNS = List.of(256, 8, 1);

  private final Network network;
  private final Measures measures;
  private final float scale;
  private final ArrayList<BatchNormState> states;
  private transient Tensor weights;
  private transient int rowsAtOnce; // 0: not yet known
  private transient Queue<Predictor.Memory> idle = new ConcurrentLinkedQueue<>();

  /**
   * A model's plan.
   *
   * @throws IllegalArgumentException if a layer uses batch statistics in evaluation, so that a row
   *     alone has no prediction
   */
  InferencePlan(
      Network network,
      Measures measures,
      double scale,
      Tensor weights,
      List<BatchNormState> states) {
    this.network = network;
    this.measures = measures;
    this.scale = (float) scale;
    this.weights = weights;
    this.states = new ArrayList<>(states);
    for (BatchNorm layer : network.batchNorms()) {
      if (layer.options().statistics().evaluationSource() == StatisticsSource.BATCH) {
        throw new IllegalArgumentException(
            "layer %s has evaluationSource = batch: it normalizes a row with the statistics of the rows beside it, so what the model predicts for a row depends on them"
                .formatted(layer.name()));
      }
    }
  }

  /** Memory for one thread: that of a predictor that was closed, if there is one. */
  public Predictor open() {
    Predictor.Memory used = idle.poll();
    return new Predictor(this, used == null ? memory() : used);
  }

  /** Keeps the memory of a predictor for the next one. */
  void takeBack(Predictor.Memory memory) {
    idle.add(memory);
  }

  /** How many numbers there are for a row: one per class, or per value to predict. */
  public int outputs() {
    return network.output().size();
  }

  /** The loss and the metrics. */
  public Measures measures() {
    return measures;
  }

  /** How much memory the weights take, which is almost all of a plan. */
  public long bytes() {
    return (long) Float.BYTES * weights.size();
  }

  Network network() {
    return network;
  }

  Tensor weights() {
    return weights;
  }

  List<BatchNormState> states() {
    return states;
  }

  float scale() {
    return scale;
  }

  private synchronized Predictor.Memory memory() {
    if (rowsAtOnce > 0) {
      return Predictor.Memory.of(this, rowsAtOnce);
    }
    Predictor.Memory memory =
        RUNS.stream()
            .map(rows -> Predictor.Memory.of(this, rows))
            .filter(candidate -> candidate.pass().mayMoveRows())
            .findFirst()
            .orElseThrow();
    rowsAtOnce = memory.rowsAtOnce();
    return memory;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    out.writeObject(weights.toArray());
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    idle = new ConcurrentLinkedQueue<>();
    float[] values = (float[]) in.readObject();
    weights = Tensor.of(values, values.length);
  }
}
