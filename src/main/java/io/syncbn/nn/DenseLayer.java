package io.syncbn.nn;

import io.syncbn.tensor.Gemm;
import io.syncbn.tensor.Gemm.Operand;
import io.syncbn.tensor.Tensor;

/** {@code y = x * W + b}, W being [inputs, units]. */
final class DenseLayer extends Layer {

  private final int inputs;
  private final int units;
  private final int weightsAt;
  private final BiasVector bias;

  DenseLayer(Node node) {
    super(node);
    this.inputs = node.input().size();
    this.units = node.output().size();
    this.weightsAt = node.parameter(ParameterBlock.Role.WEIGHT).offset();
    this.bias = BiasVector.of(node);
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    float beta = bias.spread(context.weights, y);
    Gemm.multiply(
        Operand.PLAIN,
        Operand.PLAIN,
        context.rows,
        units,
        inputs,
        x,
        0,
        inputs,
        context.weights,
        weightsAt,
        units,
        beta,
        y,
        0,
        units);
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    bias.gradient(dy, context.gradients);
    Gemm.multiply(
        Operand.TRANSPOSED,
        Operand.PLAIN,
        inputs,
        units,
        context.rows,
        x,
        0,
        inputs,
        dy,
        0,
        units,
        0,
        context.gradients,
        weightsAt,
        units);
    if (dx.size() > 0) {
      Gemm.multiply(
          Operand.PLAIN,
          Operand.TRANSPOSED,
          context.rows,
          inputs,
          units,
          dy,
          0,
          units,
          context.weights,
          weightsAt,
          units,
          0,
          dx,
          0,
          inputs);
    }
  }
}
