package org.syncbn.nn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.syncbn.tensor.Tensor;

/**
 * The weights [from, to) of a network's flat vector, and what its layers ask of an update besides
 * the optimizer: gradients of gamma and beta, penalties, constraints. A part of a vector is a
 * tensor that begins at {@code from}. Thread-safe.
 */
public final class NetworkSlice {

  private final List<ParameterBlock> blocks; // of which the slice has a part
  private final List<ParameterBlock> batchNorms; // of the whole network
  private final int from;
  private final int to;

  NetworkSlice(Network network, int from, int to) {
    this.blocks =
        network.parameters().stream()
            .filter(block -> block.offset() < to && block.offset() + block.size() > from)
            .toList();
    this.batchNorms =
        network.nodes().stream()
            .filter(Node::isBatchNorm)
            .flatMap(node -> node.parameters().stream())
            .toList();
    this.from = from;
    this.to = to;
  }

  /** Whether a constraint looks at an array as a whole, so that no slice may cut it. */
  public static boolean isUndivided(ParameterBlock block) {
    return !block.constraint().isElementwise();
  }

  static float[] concatenate(List<float[]> arrays) {
    FloatBuffer all = FloatBuffer.allocate(arrays.stream().mapToInt(array -> array.length).sum());
    arrays.forEach(all::put);
    return all.array();
  }

  /**
   * Gamma and beta of the batch norms that lie in the slice, one after the other.
   *
   * @param part of the weights, or of a vector like them
   */
  public float[] batchNormParameters(Tensor part) {
    List<float[]> arrays = new ArrayList<>();
    for (ParameterBlock block : batchNorms) {
      float[] array = new float[Math.max(0, end(block) - begin(block))];
      if (array.length > 0) {
        part.read(begin(block) - from, array, 0, array.length);
      }
      arrays.add(array);
    }
    return concatenate(arrays);
  }

  /**
   * Writes those that lie in the slice.
   *
   * @param all gamma and beta of all batch norms
   * @param part of the weights, or of a vector like them
   */
  public void putBatchNormParameters(float[] all, Tensor part) {
    int at = 0;
    for (ParameterBlock block : batchNorms) {
      int begin = begin(block);
      if (begin < end(block)) {
        part.write(begin - from, all, at + begin - block.offset(), end(block) - begin);
      }
      at += block.size();
    }
  }

  private int begin(ParameterBlock block) {
    return Math.max(from, block.offset());
  }

  private int end(ParameterBlock block) {
    return Math.min(to, block.offset() + block.size());
  }

  /**
   * Adds the gradients of the penalties on weights that are trained, times a weight.
   *
   * @param gradients of the slice, changed
   * @param weights of the whole network // [weights]
   */
  public void addPenalties(Tensor gradients, double weight, Tensor weights) {
    for (ParameterBlock block : blocks) {
      if (block.trained() && !block.regularizer().isNone()) {
        int begin = begin(block);
        float[] values = new float[end(block) - begin];
        float[] gradient = new float[values.length];
        weights.read(begin, values, 0, values.length);
        gradients.read(begin - from, gradient, 0, gradient.length);
        block.regularizer().addGradient(values, weight, gradient);
        gradients.write(begin - from, gradient, 0, gradient.length);
      }
    }
  }

  /**
   * Puts the arrays of the slice that are trained back under their constraints; gamma and beta have
   * theirs elsewhere.
   *
   * @param weights of the whole network // [weights]
   */
  public void constrain(Tensor weights) {
    for (ParameterBlock block : blocks) {
      if (block.trained()) {
        block.constrain(weights, begin(block), end(block));
      }
    }
  }
}
