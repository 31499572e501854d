package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.tensor.Tensor;

/**
 * A layer at work inside one pass, with buffers of its own: forward beside backward. All tensors
 * have exactly the rows of the pass as their first dimension: those of its shards, one behind the
 * other. A row's values have the same bits whatever other rows are there.
 */
abstract class Layer {

  final Node node;

  Layer(Node node) {
    this.node = node;
  }

  /** Computes y of x. */
  abstract void forward(Tensor x, Tensor y, PassContext context);

  /**
   * Computes dx of dy, and those gradients of the layer's weights that come with it.
   *
   * @param dx may be dy itself if {@link #goesBackInPlace}; empty if nobody wants it
   */
  abstract void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context);

  /**
   * Computes the gradients of the layer's weights that {@link #backward} leaves, for each shard:
   * any time later, as long as x and dy are what they were.
   */
  void weightGradients(Tensor x, Tensor dy, PassContext context) {}

  /** Whether {@link #backward} leaves gradients of weights. */
  boolean leavesWeightGradients() {
    return false;
  }

  /** Whether rows have the same bits at each place of a pass of so many rows. */
  boolean mayMoveRows(int rows) {
    return true;
  }

  /** How many numbers of {@link PassContext#scratch} it uses while it works. */
  int scratch() {
    return 0;
  }

  /** Whether y may be x. */
  boolean worksInPlace() {
    return false;
  }

  /** Whether dx may be dy. */
  boolean goesBackInPlace() {
    return worksInPlace();
  }

  /** Whether backward reads y, so that nobody may overwrite it. */
  boolean readsOutput() {
    return false;
  }

  /** The layers of a network's nodes; null at batch norms, forks and where branches meet. */
  static List<Layer> of(Network network, int rows) {
    List<Layer> layers = new ArrayList<>();
    for (Node node : network.nodes()) {
      boolean works = node.kind() == Node.Kind.LAYER && !node.isBatchNorm();
      layers.add(
          works ? LayerSpec.Kind.of(node.spec()).maker().layer(node.spec(), node, rows) : null);
    }
    return layers;
  }
}
