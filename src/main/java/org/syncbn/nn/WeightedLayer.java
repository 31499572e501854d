package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** A layer with weights, whose way back goes shard by shard: each has gradients of its own. */
abstract class WeightedLayer extends Layer {

  WeightedLayer(Node node) {
    super(node);
  }

  /**
   * Computes dx of dy for the rows of one shard, and writes the gradients of the layer's weights.
   *
   * @param rows how many
   * @param dx empty if nobody wants it
   * @param gradients of this shard // [weights]
   */
  abstract void backward(
      Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context);

  @Override
  final void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    int from = 0;
    for (int shard = 0; shard < context.shardRows.length; shard++) {
      int rows = context.shardRows[shard];
      if (rows > 0) {
        context.firstRow = from;
        backward(
            part(x, from, rows),
            part(dy, from, rows),
            dx.size() == 0 ? dx : part(dx, from, rows),
            rows,
            context.gradients.leaf(shard),
            context);
      }
      for (ParameterBlock block : node.parameters()) {
        context.gradients.join(shard, block.offset(), block.size());
      }
      from += rows;
    }
  }

  private static Tensor part(Tensor all, int from, int rows) {
    return rows == all.dimension(0) ? all : all.rows(from, from + rows);
  }
}
