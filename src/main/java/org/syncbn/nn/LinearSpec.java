package org.syncbn.nn;

import org.syncbn.norm.Constraint;

/** Layers that multiply by weights. */
public sealed interface LinearSpec extends LayerSpec {

  /** How the weights begin. */
  LearnedWeights weights();

  /** The same with or without a bias. */
  LinearSpec with(LearnedWeights.Bias newBias);

  /**
   * {@code y = x * W + b}. Weights are {@code [units, inputs]} under their name, as in PyTorch.
   *
   * @param units how many outputs
   * @param weights first values of W and b
   * @param constraint where W is put back after an update, unit by unit
   */
  record Dense(int units, LearnedWeights weights, Constraint constraint) implements LinearSpec {

    /** Throws if there are no units. */
    public Dense {
      Limits.requirePositive(units, "units of a dense layer");
    }

    /** PyTorch's defaults. */
    public static Dense of(int units) {
      return new Dense(units, LearnedWeights.standard(), Constraint.NONE);
    }

    @Override
    public Dense with(LearnedWeights.Bias newBias) {
      return new Dense(units, weights.with(newBias), constraint);
    }
  }

  /**
   * A convolution (a cross-correlation, as everywhere). Weights are {@code [filters, channels /
   * groups, height, width]} under their name, as in PyTorch.
   *
   * @param filters how many output channels
   * @param shape kernel, stride, padding, dilation and groups
   * @param weights first values of weights and bias
   * @param constraint where the weights are put back after an update, filter by filter
   */
  record Conv2d(int filters, ConvolutionShape shape, LearnedWeights weights, Constraint constraint)
      implements LinearSpec {

    /** Throws if the groups do not divide the filters. */
    public Conv2d {
      shape.requireDivides(filters);
    }

    /** PyTorch's defaults: stride 1, no padding. */
    public static Conv2d of(int filters, Extent kernel) {
      return new Conv2d(
          filters, ConvolutionShape.of(kernel), LearnedWeights.standard(), Constraint.NONE);
    }

    /** The same with another stride and padding. */
    public Conv2d with(Extent stride, Padding padding) {
      return new Conv2d(filters, shape.with(stride, padding), weights, constraint);
    }

    /** The same with another dilation and number of groups. */
    public Conv2d with(Extent dilation, int groups) {
      return new Conv2d(filters, shape.with(dilation, groups), weights, constraint);
    }

    @Override
    public Conv2d with(LearnedWeights.Bias newBias) {
      return new Conv2d(filters, shape, weights.with(newBias), constraint);
    }
  }

  /**
   * A convolution along sequences, which are images of height 1. Weights are {@code [filters,
   * channels / groups, length]} under their name, as in PyTorch.
   *
   * @param filters how many output channels
   * @param shape as of {@link Conv2d}; of each size, the width counts
   * @param weights first values of weights and bias
   * @param constraint where the weights are put back after an update, filter by filter
   */
  record Conv1d(int filters, ConvolutionShape shape, LearnedWeights weights, Constraint constraint)
      implements LinearSpec {

    /** Rejects filters that the groups do not divide. */
    public Conv1d {
      shape.requireDivides(filters);
    }

    /** PyTorch's defaults: stride 1, no padding. */
    public static Conv1d of(int filters, int kernel) {
      return new Conv1d(
          filters,
          ConvolutionShape.of(Extent.square(kernel)),
          LearnedWeights.standard(),
          Constraint.NONE);
    }

    @Override
    public Conv1d with(LearnedWeights.Bias newBias) {
      return new Conv1d(filters, shape, weights.with(newBias), constraint);
    }

    Conv2d in2d() {
      return new Conv2d(filters, shape.alongRows(), weights, constraint);
    }
  }

  /**
   * A transposed convolution: what the gradient of a convolution with these weights makes of its
   * output. With a stride it enlarges images. Weights are {@code [channels, filters / groups,
   * height, width]} under their name, as in PyTorch.
   *
   * @param filters how many output channels
   * @param shape of the convolution whose gradient this is: the stride is how far the windows of
   *     adjacent inputs are apart in the output, the padding what is cut off on every side; {@code
   *     same} makes the output {@code stride} times as large (Keras)
   * @param outputPadding rows below and columns on the right that are not cut off, less than the
   *     stride
   * @param weights first values of weights and bias
   */
  record ConvTranspose2d(
      int filters, ConvolutionShape shape, int outputPadding, LearnedWeights weights)
      implements LinearSpec {

    /** Rejects groups that do not divide the filters, and an output padding that does not fit. */
    public ConvTranspose2d {
      shape.requireDivides(filters);
      Extent stride = shape.stride();
      if (outputPadding < 0 || outputPadding >= Math.min(stride.height(), stride.width())) {
        throw new IllegalArgumentException(
            "outputPadding is at least 0 and less than the stride of %s, was %d"
                .formatted(stride, outputPadding));
      }
      if (outputPadding > 0 && shape.padding() instanceof Padding.Same) {
        throw new IllegalArgumentException(
            "outputPadding goes with a padding in numbers, not with same");
      }
    }

    /** PyTorch's defaults: stride 1, no padding. */
    public static ConvTranspose2d of(int filters, Extent kernel) {
      return new ConvTranspose2d(
          filters, ConvolutionShape.of(kernel), 0, LearnedWeights.standard());
    }

    @Override
    public ConvTranspose2d with(LearnedWeights.Bias newBias) {
      return new ConvTranspose2d(filters, shape, outputPadding, weights.with(newBias));
    }
  }
}
