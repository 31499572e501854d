package org.syncbn.nn;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.syncbn.norm.RowWeights;
import org.syncbn.tensor.Tensor;

/**
 * One shard's rows of a mini-batch: inputs, targets and weights. Holds the tensors, does not copy.
 *
 * <p>Inputs of images are channels-last ({@code [rows, height, width, channels]}; see {@link
 * ChannelOrder}). Targets are class indices ({@code [rows, 1]}) or values ({@code [rows,
 * outputs]}).
 */
public final class Batch {

  private final Tensor inputs;
  private final Tensor targets;
  private final float[] weights;

  private Batch(Tensor inputs, Tensor targets, float[] weights) {
    this.inputs = inputs;
    this.targets = targets;
    this.weights = weights;
    if (targets.dimension(0) != rows() || weights.length != 0 && weights.length < rows()) {
      throw new IllegalArgumentException(
          "a batch of "
              + rows()
              + " rows has "
              + targets.dimension(0)
              + " targets and "
              + weights.length
              + " weights");
    }
  }

  /** Rows that count alike. */
  public static Batch of(Tensor inputs, Tensor targets) {
    return new Batch(inputs, targets, new float[0]);
  }

  /**
   * Rows with weights in the loss and the metrics; in batch norms as {@link RowWeights} says. A row
   * of weight 0 counts for nothing, whatever it holds.
   *
   * @param weights one per row or more, at least 0; held, not copied
   */
  public static Batch of(Tensor inputs, Tensor targets, float[] weights) {
    return new Batch(inputs, targets, weights);
  }

  /** How many rows there are. */
  public int rows() {
    return inputs.dimension(0);
  }

  /** The inputs // [rows, ...]. */
  public Tensor inputs() {
    return inputs;
  }

  /** The targets // [rows, targets]. */
  public Tensor targets() {
    return targets;
  }

  /** Rows [from, to). */
  Batch rows(int from, int to) {
    if (from == 0 && to == rows()) {
      return this;
    }
    return new Batch(
        inputs.rows(from, to),
        targets.rows(from, to),
        weights.length == 0 ? weights : Arrays.copyOfRange(weights, from, to));
  }

  /** The same rows with other inputs. */
  Batch with(Tensor otherInputs) {
    return new Batch(otherInputs, targets, weights);
  }

  /** The weight of a row. */
  public double weight(int row) {
    return weights.length == 0 ? 1 : weights[row];
  }

  /** The weights of rows [from, to) in the statistics of a batch norm; empty if all count 1. */
  float[] statisticsWeights(RowWeights use, int from, int to) {
    return weights.length == 0 ? weights : use.inStatistics(weights, from, to);
  }

  /** Whether a row has a weight above 0. */
  public boolean counts() {
    return IntStream.range(0, rows()).anyMatch(row -> weight(row) > 0);
  }

  /** Whether a row has weight 0. */
  boolean isMasked() {
    return weights.length > 0 && IntStream.range(0, rows()).anyMatch(row -> weights[row] == 0);
  }
}
