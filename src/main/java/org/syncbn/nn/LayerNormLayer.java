package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Regularizer;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/** Normalization of each row over its own numbers (Ba et al. 2016). */
final class LayerNormLayer extends WeightedLayer {

  static final LayerMaker<LayerSpec.LayerNormalization> MAKER =
      new LayerMaker<>() {
        @Override
        public List<ParameterBlock> parameters(
            LayerSpec.LayerNormalization spec, String name, Shape input) {
          return List.of(
              scale(name + ".weight", ParameterBlock.Role.GAMMA, Initializer.ones(), input),
              scale(name + ".bias", ParameterBlock.Role.BETA, Initializer.zeros(), input));
        }

        @Override
        public Layer layer(LayerSpec.LayerNormalization spec, Node node, int rows) {
          return new LayerNormLayer(node, spec.eps());
        }
      };

  private final double eps;
  private final int size;
  private final int gammaAt;
  private final int betaAt;
  private final float[] gamma;
  private final float[] beta;
  private final float[] values;
  private final float[] gradient;
  private final double[] gammaGradient;
  private final double[] betaGradient;

  private LayerNormLayer(Node node, double eps) {
    super(node);
    this.eps = eps;
    this.size = node.input().size();
    this.gammaAt = node.parameter(ParameterBlock.Role.GAMMA).offset();
    this.betaAt = node.parameter(ParameterBlock.Role.BETA).offset();
    this.gamma = new float[size];
    this.beta = new float[size];
    this.values = new float[size];
    this.gradient = new float[size];
    this.gammaGradient = new double[size];
    this.betaGradient = new double[size];
  }

  /** One number for each of a row, in PyTorch's order under its name. */
  private static ParameterBlock scale(
      String name, ParameterBlock.Role role, Initializer initializer, Shape input) {
    List<Integer> shape = List.of(input.size());
    List<Integer> order = List.of(0);
    if (input instanceof Shape.Image image) {
      shape = List.of(image.channels(), image.height(), image.width());
      order = List.of(1, 2, 0);
    }
    return new ParameterBlock(
        name,
        shape,
        0,
        role,
        true,
        shape,
        order,
        input.size(),
        input.size(),
        initializer,
        Regularizer.NONE,
        Constraint.NONE);
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    context.weights.read(gammaAt, gamma, 0, size);
    context.weights.read(betaAt, beta, 0, size);
    for (int row = 0; row < context.rows; row++) {
      normalize(x, row);
      for (int i = 0; i < size; i++) {
        values[i] = values[i] * gamma[i] + beta[i];
      }
      y.write(row * size, values, 0, size);
    }
  }

  /** Reads a row as xHat into values; the result is 1 / sqrt(variance + eps). */
  private double normalize(Tensor x, int row) {
    x.read(row * size, values, 0, size);
    double mean = 0;
    for (float value : values) {
      mean += value;
    }
    mean /= size;
    double variance = 0;
    for (float value : values) {
      variance += (value - mean) * (value - mean);
    }
    double invStd = 1 / Math.sqrt(variance / size + eps);
    for (int i = 0; i < size; i++) {
      values[i] = (float) ((values[i] - mean) * invStd);
    }
    return invStd;
  }

  @Override
  void backward(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    Arrays.fill(gammaGradient, 0);
    Arrays.fill(betaGradient, 0);
    for (int row = 0; row < rows; row++) {
      double invStd = normalize(x, row);
      dy.read(row * size, gradient, 0, size);
      double sum = 0;
      double product = 0;
      for (int i = 0; i < size; i++) {
        gammaGradient[i] += (double) gradient[i] * values[i];
        betaGradient[i] += gradient[i];
        double scaled = (double) gradient[i] * gamma[i];
        sum += scaled;
        product += scaled * values[i];
      }
      if (dx.size() > 0) {
        for (int i = 0; i < size; i++) {
          double centered = (double) gradient[i] * gamma[i] - sum / size;
          gradient[i] = (float) (invStd * (centered - values[i] * (product / size)));
        }
        dx.write(row * size, gradient, 0, size);
      }
    }
    write(gammaGradient, gradients, gammaAt);
    write(betaGradient, gradients, betaAt);
  }

  private void write(double[] sums, Tensor gradients, int at) {
    for (int i = 0; i < size; i++) {
      gradient[i] = (float) sums[i];
    }
    gradients.write(at, gradient, 0, size);
  }
}
