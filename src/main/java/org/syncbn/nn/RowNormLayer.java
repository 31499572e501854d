package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Regularizer;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/**
 * Normalization of each row for itself: over all its numbers (Ba et al. 2016; root mean square:
 * Zhang and Sennrich 2019), or over those of each group of channels (Wu and He 2018), of which
 * single channels are the extreme (Ulyanov et al. 2016).
 */
final class RowNormLayer extends WeightedLayer {

  static final LayerMaker<NormalizationSpec.LayerNormalization> LAYER_NORM =
      new LayerMaker<>() {
        @Override
        public List<ParameterBlock> parameters(
            NormalizationSpec.LayerNormalization spec, String name, Shape input) {
          return List.of(
              perValue(name + ".weight", ParameterBlock.Role.GAMMA, Initializer.ones(), input),
              perValue(name + ".bias", ParameterBlock.Role.BETA, Initializer.zeros(), input));
        }

        @Override
        public Layer layer(NormalizationSpec.LayerNormalization spec, Node node, int rows) {
          return new RowNormLayer(node, 1, node.input().size(), Center.MEAN, spec.eps());
        }
      };

  static final LayerMaker<NormalizationSpec.RmsNormalization> RMS_NORM =
      new LayerMaker<>() {
        @Override
        public List<ParameterBlock> parameters(
            NormalizationSpec.RmsNormalization spec, String name, Shape input) {
          return List.of(
              perValue(name + ".weight", ParameterBlock.Role.GAMMA, Initializer.ones(), input));
        }

        @Override
        public Layer layer(NormalizationSpec.RmsNormalization spec, Node node, int rows) {
          return new RowNormLayer(node, 1, node.input().size(), Center.ZERO, spec.eps());
        }
      };

  static final LayerMaker<NormalizationSpec.GroupNormalization> GROUP_NORM =
      new LayerMaker<>() {
        @Override
        public Shape output(NormalizationSpec.GroupNormalization spec, Shape input) {
          LayerMaker.requireGroups(input, spec.groups());
          return input;
        }

        @Override
        public List<ParameterBlock> parameters(
            NormalizationSpec.GroupNormalization spec, String name, Shape input) {
          return spec.affine() ? perChannel(name, input.channels()) : List.of();
        }

        @Override
        public Layer layer(NormalizationSpec.GroupNormalization spec, Node node, int rows) {
          int channels = node.input().channels();
          return new RowNormLayer(node, spec.groups(), channels, Center.MEAN, spec.eps());
        }
      };

  static final LayerMaker<NormalizationSpec.InstanceNormalization> INSTANCE_NORM =
      new LayerMaker<>() {
        @Override
        public Shape output(NormalizationSpec.InstanceNormalization spec, Shape input) {
          return LayerMaker.image(input);
        }

        @Override
        public List<ParameterBlock> parameters(
            NormalizationSpec.InstanceNormalization spec, String name, Shape input) {
          return spec.affine() ? perChannel(name, input.channels()) : List.of();
        }

        @Override
        public Layer layer(NormalizationSpec.InstanceNormalization spec, Node node, int rows) {
          int channels = node.input().channels();
          return new RowNormLayer(node, channels, channels, Center.MEAN, spec.eps());
        }
      };

  /** What deviations are from. */
  private enum Center {
    MEAN,
    ZERO
  }

  private final Center center;
  private final double eps;
  private final int groups;
  private final int size; // of a row
  private final int placeSize; // of a row: its channels
  private final int channels; // or all numbers of a row, if each has its own gamma
  private final float[] gamma; // for each channel
  private final float[] beta;
  private final float[] values;
  private final float[] gradient;
  private final double[] gammaGradient;
  private final double[] betaGradient;
  private final double[] invStds; // by group
  private int groupSize; // numbers of a group of the row that count

  private RowNormLayer(Node node, int groups, int scales, Center center, double eps) {
    super(node);
    this.center = center;
    this.eps = eps;
    this.groups = groups;
    this.size = node.input().size();
    this.placeSize = node.input().channels();
    this.channels = scales;
    this.gamma = new float[scales];
    Arrays.fill(gamma, 1);
    this.beta = new float[scales];
    this.values = new float[size];
    this.gradient = new float[size];
    this.gammaGradient = new double[scales];
    this.betaGradient = new double[scales];
    this.invStds = new double[groups];
  }

  /** One number for each of a row, in PyTorch's order under its name. */
  private static ParameterBlock perValue(
      String name, ParameterBlock.Role role, Initializer initializer, Shape input) {
    if (!(input instanceof Shape.Image image)) {
      return ParameterBlock.vector(
          name, role, input.size(), input.size(), input.size(), initializer);
    }
    List<Integer> shape = List.of(image.channels(), image.height(), image.width());
    return new ParameterBlock(
        name,
        shape,
        0,
        role,
        true,
        shape,
        List.of(1, 2, 0),
        input.size(),
        input.size(),
        initializer,
        Regularizer.NONE,
        Constraint.NONE);
  }

  private static List<ParameterBlock> perChannel(String name, int channels) {
    return List.of(
        ParameterBlock.vector(
            name + ".weight",
            ParameterBlock.Role.GAMMA,
            channels,
            channels,
            channels,
            Initializer.ones()),
        ParameterBlock.vector(
            name + ".bias",
            ParameterBlock.Role.BETA,
            channels,
            channels,
            channels,
            Initializer.zeros()));
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    read(ParameterBlock.Role.GAMMA, context.weights, gamma);
    read(ParameterBlock.Role.BETA, context.weights, beta);
    for (int row = 0; row < context.rows; row++) {
      normalize(x, row, context.masks.of(node.x()), row);
      for (int at = 0; at < size; at += gamma.length) {
        for (int i = 0; i < gamma.length; i++) {
          values[at + i] = values[at + i] * gamma[i] + beta[i];
        }
      }
      y.write(row * size, values, 0, size);
    }
  }

  private void read(ParameterBlock.Role role, Tensor weights, float[] target) {
    if (node.has(role)) {
      weights.read(node.parameter(role).offset(), target, 0, target.length);
    }
  }

  /**
   * Reads a row as xHat into values, and finds 1 / sqrt(variance + eps) of each group.
   *
   * @param passRow the row among those of the mask; masked places hold 0 and do not count
   */
  private void normalize(Tensor x, int row, PlaceMask mask, int passRow) {
    x.read(row * size, values, 0, size);
    groupSize = Math.max(1, mask.count(passRow, size / placeSize)) * placeSize / groups;
    int width = channels / groups;
    for (int group = 0; group < groups; group++) {
      double mean = 0;
      if (center == Center.MEAN) {
        for (int at = group * width; at < size; at += channels) {
          for (int i = at; i < at + width; i++) {
            mean += values[i];
          }
        }
        mean /= groupSize;
      }
      double variance = 0;
      for (int at = group * width; at < size; at += channels) {
        for (int i = at; i < at + width; i++) {
          if (mask.isValid(passRow, i / placeSize)) {
            variance += (values[i] - mean) * (values[i] - mean);
          }
        }
      }
      double invStd = 1 / Math.sqrt(variance / groupSize + eps);
      for (int at = group * width; at < size; at += channels) {
        for (int i = at; i < at + width; i++) {
          values[i] = (float) ((values[i] - mean) * invStd);
        }
      }
      invStds[group] = invStd;
    }
  }

  @Override
  void gradients(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    Arrays.fill(gammaGradient, 0);
    Arrays.fill(betaGradient, 0);
    for (int row = 0; row < rows; row++) {
      normalize(x, row, context.masks.of(node.x()), context.firstRow + row);
      dy.read(row * size, gradient, 0, size);
      for (int at = 0; at < size; at += gamma.length) {
        for (int i = 0; i < gamma.length; i++) {
          gammaGradient[i] += (double) gradient[at + i] * values[at + i];
          betaGradient[i] += gradient[at + i];
        }
      }
      if (dx.size() > 0) {
        for (int group = 0; group < groups; group++) {
          inputGradient(group);
        }
        dx.write(row * size, gradient, 0, size);
      }
    }
    write(ParameterBlock.Role.GAMMA, gammaGradient, gradients);
    write(ParameterBlock.Role.BETA, betaGradient, gradients);
  }

  private void inputGradient(int group) {
    int width = channels / groups;
    double sum = 0;
    double product = 0;
    for (int at = group * width; at < size; at += channels) {
      for (int i = at; i < at + width; i++) {
        double scaled = (double) gradient[i] * gamma[group * width + i - at];
        sum += scaled;
        product += scaled * values[i];
      }
    }
    double mean = center == Center.MEAN ? sum / groupSize : 0;
    for (int at = group * width; at < size; at += channels) {
      for (int i = at; i < at + width; i++) {
        double centered = (double) gradient[i] * gamma[group * width + i - at] - mean;
        gradient[i] = (float) (invStds[group] * (centered - values[i] * (product / groupSize)));
      }
    }
  }

  private void write(ParameterBlock.Role role, double[] sums, Tensor gradients) {
    if (node.trains(role)) {
      for (int i = 0; i < sums.length; i++) {
        gradient[i] = (float) sums[i];
      }
      gradients.write(node.parameter(role).offset(), gradient, 0, sums.length);
    }
  }
}
