package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import org.syncbn.tensor.Gemm;
import org.syncbn.tensor.GemmBits;
import org.syncbn.tensor.Matrix;
import org.syncbn.tensor.Tensor;

/**
 * {@code y = x * W + b}, W being [inputs, units].
 *
 * <p>What it computes is defined as one product per shard. Products of several shards run in one
 * call, and weight gradients are added up inside the product, where {@link GemmBits} finds that
 * this has the same bits.
 */
final class DenseLayer extends Layer {

  static final LayerMaker<LinearSpec.Dense> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LinearSpec.Dense spec, Shape input) {
          LayerMaker.features(input);
          return Shape.features(spec.units());
        }

        @Override
        public List<ParameterBlock> parameters(LinearSpec.Dense spec, String name, Shape input) {
          int inputs = input.size();
          int units = spec.units();
          ParameterBlock weight =
              new ParameterBlock(
                  name + ".weight",
                  List.of(units, inputs),
                  0,
                  ParameterBlock.Role.WEIGHT,
                  true,
                  List.of(units, inputs),
                  List.of(1, 0),
                  inputs,
                  units,
                  spec.weights().weightInitializer(),
                  spec.weights().regularizer(),
                  spec.constraint());
          return BiasVector.behind(weight, spec.weights(), name, units);
        }

        @Override
        public Layer layer(LinearSpec.Dense spec, Node node, int rows) {
          return new DenseLayer(node);
        }
      };

  /** Weight gradients are made and added up in pieces of about this size, which stay in a cache. */
  private static final int PIECE = 25_000;

  /**
   * How many shards may share a product. Rows of a shard differ by one between mini-batches, and
   * each combination is tried once.
   */
  private static final int ADJACENT = 4;

  private final int inputs;
  private final int units;
  private final int weightsAt;
  private final int pieceInputs;
  private final BiasVector bias;

  private DenseLayer(Node node) {
    super(node);
    this.inputs = node.input().size();
    this.units = node.output().size();
    this.weightsAt = node.parameter(ParameterBlock.Role.WEIGHT).offset();
    this.pieceInputs = Math.max(1, Math.min(inputs, PIECE / units));
    this.bias = BiasVector.of(node);
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    float beta = bias.spread(context.weights, y);
    rowProducts(x, matrix(context.weights), beta, y, context.shardRows);
  }

  @Override
  boolean mayMoveRows(int rows) {
    return GemmBits.mayMoveRows(rows, units, inputs, node.has(ParameterBlock.Role.BIAS) ? 1 : 0);
  }

  private Matrix matrix(Tensor weights) {
    return Matrix.of(weights, weightsAt, inputs, units);
  }

  /** {@code to = from * factor + beta * to} for the rows of each shard. */
  private static void rowProducts(
      Tensor from, Matrix factor, float beta, Tensor to, int[] shardRows) {
    int row = 0;
    for (int shard = 0; shard < shardRows.length; shard += ADJACENT) {
      int[] some = group(shardRows, shard);
      boolean share =
          GemmBits.mayShareACall(factor.order(), factor.columns(), factor.rows(), beta, some);
      for (int i = 0; i < some.length; ) {
        int rows = some[i++];
        while (share && i < some.length) {
          rows += some[i++];
        }
        Gemm.multiply(
            Matrix.of(from, row * factor.rows(), rows, factor.rows()),
            factor,
            beta,
            Matrix.of(to, row * factor.columns(), rows, factor.columns()));
        row += rows;
      }
    }
  }

  private static int[] group(int[] shardRows, int first) {
    return shardRows.length <= ADJACENT
        ? shardRows
        : Arrays.copyOfRange(shardRows, first, Math.min(first + ADJACENT, shardRows.length));
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    if (dx.size() > 0) {
      rowProducts(dy, matrix(context.weights).transposed(), 0, dx, context.shardRows);
    }
  }

  @Override
  boolean leavesWeightGradients() {
    return true;
  }

  @Override
  void weightGradients(Tensor x, Tensor dy, PassContext context) {
    if (node.trains(ParameterBlock.Role.WEIGHT)) {
      products(x, dy, context);
    }
    if (node.trains(ParameterBlock.Role.BIAS)) {
      biasGradients(dy, context);
    }
  }

  private void products(Tensor x, Tensor dy, PassContext context) {
    GradientSums gradients = context.gradients;
    int piece = mayCut(context.shardRows) ? pieceInputs : inputs;
    for (int input = 0; input < inputs; input += piece) {
      int count = Math.min(piece, inputs - input);
      int at = weightsAt + input * units;
      int row = 0;
      for (int shard = 0; shard < context.shardRows.length; shard++) {
        int rows = context.shardRows[shard];
        if (gradients.hasLeftLeaf(shard) && GemmBits.mayGrowSum(count, units, rows)) {
          product(x, dy, row, rows, input, count, 1, gradients.leftLeaf(shard));
          gradients.joinFromLeft(shard, at, count * units);
        } else {
          if (rows > 0) {
            product(x, dy, row, rows, input, count, 0, gradients.leaf(shard));
          }
          gradients.join(shard, at, count * units);
        }
        row += rows;
      }
    }
  }

  /** One shard gains nothing from pieces. */
  private boolean mayCut(int[] shardRows) {
    if (shardRows.length == 1) {
      return false;
    }
    for (int rows : shardRows) {
      if (rows > 0 && !GemmBits.mayCutOutput(inputs, units, pieceInputs, rows)) {
        return false;
      }
    }
    return true;
  }

  /** The gradients of the weights of some inputs, for some rows. */
  private void product(
      Tensor x, Tensor dy, int row, int rows, int input, int count, float beta, Tensor gradients) {
    Gemm.multiply(
        Matrix.of(x, row * inputs + input, rows, count, inputs).transposed(),
        Matrix.of(dy, row * units, rows, units),
        beta,
        Matrix.of(gradients, weightsAt + input * units, count, units));
  }

  private void biasGradients(Tensor dy, PassContext context) {
    int row = 0;
    for (int shard = 0; shard < context.shardRows.length; shard++) {
      int rows = context.shardRows[shard];
      if (rows > 0) {
        bias.gradient(dy, row, row + rows, context.gradients.leaf(shard));
      }
      context.gradients.join(shard, bias.offset(), units);
      row += rows;
    }
  }
}
