package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** A layer whose weights get their gradients shard by shard: each has gradients of its own. */
abstract class WeightedLayer extends Layer {

  private static final Tensor NO_DX = Tensor.zeros(0);

  WeightedLayer(Node node) {
    super(node);
  }

  /**
   * Writes the gradients of those of the layer's weights that are trained, by the rows of one
   * shard, and dx if it comes with them.
   *
   * @param dx empty if nobody wants it, or {@link #backward} has made it
   * @param rows how many
   * @param gradients of this shard // [weights]
   */
  abstract void gradients(
      Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context);

  /** By default dx and the gradients of the weights come together. */
  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    shardByShard(x, dy, dx, context);
  }

  @Override
  final void weightGradients(Tensor x, Tensor dy, PassContext context) {
    if (leavesWeightGradients()) {
      shardByShard(x, dy, NO_DX, context);
    }
  }

  private void shardByShard(Tensor x, Tensor dy, Tensor dx, PassContext context) {
    int from = 0;
    for (int shard = 0; shard < context.shardRows.length; shard++) {
      int rows = context.shardRows[shard];
      if (rows > 0) {
        context.firstRow = from;
        gradients(
            part(x, from, rows),
            part(dy, from, rows),
            dx.size() == 0 ? dx : part(dx, from, rows),
            rows,
            context.gradients.leaf(shard),
            context);
      }
      for (ParameterBlock block : node.parameters()) {
        if (block.trained()) {
          context.gradients.join(shard, block.offset(), block.size());
        }
      }
      from += rows;
    }
  }

  private static Tensor part(Tensor all, int from, int rows) {
    return rows == all.dimension(0) ? all : all.rows(from, from + rows);
  }
}
