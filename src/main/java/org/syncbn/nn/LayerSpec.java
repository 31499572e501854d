package org.syncbn.nn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Regularizer;
import org.syncbn.tensor.Initializer;

/**
 * One layer as plain data: what a conf file and a saved model say about it. {@link Network} infers
 * shapes and names from a list of them. The records check what can be checked without the input's
 * shape; all are immutable.
 */
public sealed interface LayerSpec extends Serializable {

  /** The name of the kind of layer, as conf files and saved models write it. */
  default String kind() {
    return Kind.of(this).label();
  }

  /** The kinds of layers by name. */
  enum Kind {
    /** {@link LayerSpec.Dense}. */
    DENSE("dense", Dense.class),
    /** {@link LayerSpec.Conv2d}. */
    CONV2D("conv2d", Conv2d.class),
    /** {@link LayerSpec.BatchNormalization}. */
    BATCH_NORM("batchNorm", BatchNormalization.class),
    /** {@link LayerSpec.LayerNormalization}. */
    LAYER_NORM("layerNorm", LayerNormalization.class),
    /** {@link LayerSpec.Relu}. */
    RELU("relu", Relu.class),
    /** {@link LayerSpec.LeakyRelu}. */
    LEAKY_RELU("leakyRelu", LeakyRelu.class),
    /** {@link LayerSpec.Elu}. */
    ELU("elu", Elu.class),
    /** {@link LayerSpec.Gelu}. */
    GELU("gelu", Gelu.class),
    /** {@link LayerSpec.Sigmoid}. */
    SIGMOID("sigmoid", Sigmoid.class),
    /** {@link LayerSpec.Tanh}. */
    TANH("tanh", Tanh.class),
    /** {@link LayerSpec.Softmax}. */
    SOFTMAX("softmax", Softmax.class),
    /** {@link LayerSpec.MaxPool}. */
    MAX_POOL("maxPool", MaxPool.class),
    /** {@link LayerSpec.AveragePool}. */
    AVERAGE_POOL("averagePool", AveragePool.class),
    /** {@link LayerSpec.GlobalAveragePool}. */
    GLOBAL_AVERAGE_POOL("globalAveragePool", GlobalAveragePool.class),
    /** {@link LayerSpec.Dropout}. */
    DROPOUT("dropout", Dropout.class),
    /** {@link LayerSpec.Flatten}. */
    FLATTEN("flatten", Flatten.class),
    /** {@link LayerSpec.Residual}. */
    RESIDUAL("residual", Residual.class);

    private final String label;
    private final Class<? extends LayerSpec> type;

    Kind(String label, Class<? extends LayerSpec> type) {
      this.label = label;
      this.type = type;
    }

    /** The name in conf files and saved models. */
    public String label() {
      return label;
    }

    /** The record with the options; its components are the names of the options. */
    public Class<? extends LayerSpec> type() {
      return type;
    }

    static Kind of(LayerSpec spec) {
      return Arrays.stream(values()).filter(k -> k.type.isInstance(spec)).findFirst().orElseThrow();
    }
  }

  /** Whether a layer adds a learned constant to each unit. */
  enum Bias {
    /** It does. */
    PRESENT,
    /**
     * It does not: the right choice directly before a batch norm, which would take it out again.
     */
    ABSENT
  }

  /**
   * {@code y = x * W + b}. Weights are {@code [units, inputs]} under their name, as in PyTorch.
   *
   * @param units how many outputs
   * @param bias whether there is a b
   * @param weightInitializer first values of W
   * @param biasInitializer first values of b
   * @param regularizer a penalty on W
   * @param constraint where W is put back after an update, unit by unit
   */
  record Dense(
      int units,
      Bias bias,
      Initializer weightInitializer,
      Initializer biasInitializer,
      Regularizer regularizer,
      Constraint constraint)
      implements LayerSpec {

    /** Rejects a layer without units. */
    public Dense {
      requirePositive(units, "units of a dense layer");
    }

    /** PyTorch's defaults. */
    public static Dense of(int units) {
      return new Dense(
          units,
          Bias.PRESENT,
          Initializer.fanInUniform(),
          Initializer.fanInUniform(),
          Regularizer.NONE,
          Constraint.NONE);
    }

    /** The same with or without a bias. */
    public Dense with(Bias newBias) {
      return new Dense(units, newBias, weightInitializer, biasInitializer, regularizer, constraint);
    }
  }

  /**
   * A convolution (a cross-correlation, as everywhere). Weights are {@code [filters, channels /
   * groups, height, width]} under their name, as in PyTorch.
   *
   * @param filters how many output channels
   * @param kernel the window
   * @param stride from one window to the next
   * @param padding zeros around the image
   * @param dilation from one place of a window to the next
   * @param groups into how many independent convolutions channels and filters are divided
   * @param bias whether a constant is added per filter
   * @param weightInitializer first values of the weights
   * @param biasInitializer first values of the bias
   * @param regularizer a penalty on the weights
   * @param constraint where the weights are put back after an update, filter by filter
   */
  record Conv2d(
      int filters,
      Extent kernel,
      Extent stride,
      Padding padding,
      Extent dilation,
      int groups,
      Bias bias,
      Initializer weightInitializer,
      Initializer biasInitializer,
      Regularizer regularizer,
      Constraint constraint)
      implements LayerSpec {

    /** Rejects filters that the groups do not divide. */
    public Conv2d {
      requirePositive(filters, "filters of a convolution");
      requirePositive(groups, "groups of a convolution");
      if (filters % groups != 0) {
        throw new IllegalArgumentException(
            filters + " filters cannot be divided into " + groups + " groups");
      }
    }

    /** PyTorch's defaults: stride 1, no padding. */
    public static Conv2d of(int filters, Extent kernel) {
      return new Conv2d(
          filters,
          kernel,
          Extent.square(1),
          Padding.valid(),
          Extent.square(1),
          1,
          Bias.PRESENT,
          Initializer.fanInUniform(),
          Initializer.fanInUniform(),
          Regularizer.NONE,
          Constraint.NONE);
    }

    /** The same with another stride and padding. */
    public Conv2d with(Extent newStride, Padding newPadding) {
      return new Conv2d(
          filters,
          kernel,
          newStride,
          newPadding,
          dilation,
          groups,
          bias,
          weightInitializer,
          biasInitializer,
          regularizer,
          constraint);
    }

    /** The same with another dilation and number of groups. */
    public Conv2d with(Extent newDilation, int newGroups) {
      return new Conv2d(
          filters,
          kernel,
          stride,
          padding,
          newDilation,
          newGroups,
          bias,
          weightInitializer,
          biasInitializer,
          regularizer,
          constraint);
    }

    /** The same with or without a bias. */
    public Conv2d with(Bias newBias) {
      return new Conv2d(
          filters,
          kernel,
          stride,
          padding,
          dilation,
          groups,
          newBias,
          weightInitializer,
          biasInitializer,
          regularizer,
          constraint);
    }
  }

  /**
   * Batch normalization over all rows (and places of an image) of the global mini-batch.
   *
   * @param options all choices
   */
  record BatchNormalization(BatchNormOptions options) implements LayerSpec {}

  /**
   * Normalization of each row for itself over all its numbers, with one gamma and beta for each (Ba
   * et al. 2016).
   *
   * @param eps added to the variance under the root
   */
  record LayerNormalization(double eps) implements LayerSpec {

    /** Rejects an eps that is not positive. */
    public LayerNormalization {
      if (!(eps > 0)) {
        throw new IllegalArgumentException("eps of a layer norm must be positive, was " + eps);
      }
    }
  }

  /** {@code max(0, x)}. */
  record Relu() implements LayerSpec {}

  /**
   * {@code x} above 0, {@code slope * x} below.
   *
   * @param slope at least 0
   */
  record LeakyRelu(double slope) implements LayerSpec {

    /** Rejects a falling slope. */
    public LeakyRelu {
      if (!(slope >= 0 && slope < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("the slope of a leaky ReLU is at least 0, was " + slope);
      }
    }
  }

  /**
   * {@code x} above 0, {@code alpha * (exp(x) - 1)} below (Clevert et al. 2016).
   *
   * @param alpha at least 0
   */
  record Elu(double alpha) implements LayerSpec {

    /** Rejects a falling curve. */
    public Elu {
      if (!(alpha >= 0 && alpha < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("alpha of an ELU is at least 0, was " + alpha);
      }
    }
  }

  /**
   * {@code x * Phi(x)}, Phi the normal distribution (Hendrycks and Gimpel 2016).
   *
   * @param form how Phi is computed
   */
  record Gelu(Form form) implements LayerSpec {

    /** How Phi is computed. */
    public enum Form {
      /** By the error function. */
      EXACT,
      /** By a hyperbolic tangent, off by up to 5e-4. */
      TANH
    }
  }

  /** {@code 1 / (1 + exp(-x))}. */
  record Sigmoid() implements LayerSpec {}

  /** The hyperbolic tangent. */
  record Tanh() implements LayerSpec {}

  /** {@code exp(x_i) / sum exp(x_j)} over the features of a row, or channels of a place. */
  record Softmax() implements LayerSpec {}

  /**
   * The greatest value of each window; padding never wins.
   *
   * @param window its size
   * @param stride from one window to the next
   * @param padding how far windows stand outside
   */
  record MaxPool(Extent window, Extent stride, Padding padding) implements LayerSpec {

    /** Windows side by side. */
    public static MaxPool of(int length) {
      return new MaxPool(Extent.square(length), Extent.square(length), Padding.valid());
    }
  }

  /**
   * The mean of each window.
   *
   * @param window its size
   * @param stride from one window to the next
   * @param padding how far windows stand outside
   * @param countIncludePad whether the zeros of the padding count (PyTorch's default), or not
   *     (Keras)
   */
  record AveragePool(Extent window, Extent stride, Padding padding, boolean countIncludePad)
      implements LayerSpec {

    /** Windows side by side. */
    public static AveragePool of(int length) {
      return new AveragePool(Extent.square(length), Extent.square(length), Padding.valid(), true);
    }
  }

  /** The mean of each channel: images become features. */
  record GlobalAveragePool() implements LayerSpec {}

  /**
   * In training, each number becomes 0 with probability {@code rate} and is divided by {@code 1 -
   * rate} otherwise. Masks depend on the seed, the step, the layer and the row's place in the
   * global mini-batch only.
   *
   * @param rate in [0, 1)
   */
  record Dropout(double rate) implements LayerSpec {

    /** Rejects a rate outside [0, 1). */
    public Dropout {
      if (!(rate >= 0 && rate < 1)) {
        throw new IllegalArgumentException("a dropout rate is in [0, 1), was " + rate);
      }
    }
  }

  /** Images become features in PyTorch's order: channel by channel, row by row. */
  record Flatten() implements LayerSpec {}

  /**
   * {@code body(x) + shortcut(x)} (He et al. 2016). Parameters are named {@code 3.body.0.weight}
   * and {@code 3.shortcut.0.weight}.
   *
   * @param body layers, at least one
   * @param shortcut layers; none for x itself
   */
  record Residual(List<LayerSpec> body, List<LayerSpec> shortcut) implements LayerSpec {

    /** Rejects an empty body. */
    public Residual {
      body = List.copyOf(body);
      shortcut = List.copyOf(shortcut);
      if (body.isEmpty()) {
        throw new IllegalArgumentException("the body of a residual block needs a layer");
      }
    }
  }

  private static void requirePositive(int count, String what) {
    if (count < 1) {
      throw new IllegalArgumentException("the number of " + what + " is at least 1, was " + count);
    }
  }
}
