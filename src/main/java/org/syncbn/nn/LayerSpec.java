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
    DENSE("dense", Dense.class, DenseLayer.MAKER),
    /** {@link LayerSpec.Conv2d}. */
    CONV2D("conv2d", Conv2d.class, Conv2dLayer.MAKER),
    /** {@link LayerSpec.Conv1d}. */
    CONV1D("conv1d", Conv1d.class, Conv2dLayer.MAKER_1D),
    /** {@link LayerSpec.ConvTranspose2d}. */
    CONV_TRANSPOSE2D("convTranspose2d", ConvTranspose2d.class, ConvTranspose2dLayer.MAKER),
    /** {@link LayerSpec.BatchNormalization}. */
    BATCH_NORM("batchNorm", BatchNormalization.class, Structures.BATCH_NORM),
    /** {@link LayerSpec.LayerNormalization}. */
    LAYER_NORM("layerNorm", LayerNormalization.class, RowNormLayer.LAYER_NORM),
    /** {@link LayerSpec.GroupNormalization}. */
    GROUP_NORM("groupNorm", GroupNormalization.class, RowNormLayer.GROUP_NORM),
    /** {@link LayerSpec.InstanceNormalization}. */
    INSTANCE_NORM("instanceNorm", InstanceNormalization.class, RowNormLayer.INSTANCE_NORM),
    /** {@link LayerSpec.RmsNormalization}. */
    RMS_NORM("rmsNorm", RmsNormalization.class, RowNormLayer.RMS_NORM),
    /** {@link LayerSpec.Relu}. */
    RELU("relu", Relu.class, ActivationLayer.RELU),
    /** {@link LayerSpec.LeakyRelu}. */
    LEAKY_RELU(
        "leakyRelu",
        LeakyRelu.class,
        (spec, node, rows) -> new ActivationLayer.LeakyRelu(node, spec)),
    /** {@link LayerSpec.Elu}. */
    ELU("elu", Elu.class, (spec, node, rows) -> new ActivationLayer.Elu(node, spec)),
    /** {@link LayerSpec.Gelu}. */
    GELU(
        "gelu",
        Gelu.class,
        (spec, node, rows) ->
            switch (spec.form()) {
              case EXACT -> new ActivationLayer.Gelu(node);
              case TANH -> new ActivationLayer.TanhGelu(node);
            }),
    /** {@link LayerSpec.Silu}. */
    SILU("silu", Silu.class, (spec, node, rows) -> new ActivationLayer.Silu(node)),
    /** {@link LayerSpec.Softplus}. */
    SOFTPLUS(
        "softplus", Softplus.class, (spec, node, rows) -> new ActivationLayer.Softplus(node, spec)),
    /** {@link LayerSpec.PRelu}. */
    P_RELU("prelu", PRelu.class, PReluLayer.MAKER),
    /** {@link LayerSpec.Sigmoid}. */
    SIGMOID("sigmoid", Sigmoid.class, (spec, node, rows) -> new ActivationLayer.Sigmoid(node)),
    /** {@link LayerSpec.Tanh}. */
    TANH("tanh", Tanh.class, (spec, node, rows) -> new ActivationLayer.Tanh(node)),
    /** {@link LayerSpec.Softmax}. */
    SOFTMAX("softmax", Softmax.class, (spec, node, rows) -> new SoftmaxLayer(node)),
    /** {@link LayerSpec.MaxPool}. */
    MAX_POOL("maxPool", MaxPool.class, MaxPoolLayer.MAKER),
    /** {@link LayerSpec.AveragePool}. */
    AVERAGE_POOL("averagePool", AveragePool.class, AveragePoolLayer.MAKER),
    /** {@link LayerSpec.MaxPool1d}. */
    MAX_POOL1D("maxPool1d", MaxPool1d.class, MaxPoolLayer.MAKER_1D),
    /** {@link LayerSpec.AveragePool1d}. */
    AVERAGE_POOL1D("averagePool1d", AveragePool1d.class, AveragePoolLayer.MAKER_1D),
    /** {@link LayerSpec.GlobalAveragePool}. */
    GLOBAL_AVERAGE_POOL("globalAveragePool", GlobalAveragePool.class, GlobalAveragePoolLayer.MAKER),
    /** {@link LayerSpec.Dropout}. */
    DROPOUT("dropout", Dropout.class, DropoutLayer.EACH),
    /** {@link LayerSpec.SpatialDropout}. */
    SPATIAL_DROPOUT("spatialDropout", SpatialDropout.class, DropoutLayer.CHANNELS),
    /** {@link LayerSpec.RandomFlip}. */
    RANDOM_FLIP("randomFlip", RandomFlip.class, AugmentationLayer.FLIP),
    /** {@link LayerSpec.RandomShift}. */
    RANDOM_SHIFT("randomShift", RandomShift.class, AugmentationLayer.SHIFT),
    /** {@link LayerSpec.RandomCrop}. */
    RANDOM_CROP("randomCrop", RandomCrop.class, AugmentationLayer.CROP),
    /** {@link LayerSpec.Cutout}. */
    CUTOUT("cutout", Cutout.class, AugmentationLayer.CUTOUT),
    /** {@link LayerSpec.Flatten}. */
    FLATTEN("flatten", Flatten.class, FlattenLayer.MAKER),
    /** {@link LayerSpec.Reshape}. */
    RESHAPE("reshape", Reshape.class, FlattenLayer.RESHAPE),
    /** {@link LayerSpec.Masking}. */
    MASKING("masking", Masking.class, MaskingLayer.MAKER),
    /** {@link LayerSpec.Embedding}. */
    EMBEDDING("embedding", Embedding.class, EmbeddingLayer.MAKER),
    /** {@link LayerSpec.OneHot}. */
    ONE_HOT("oneHot", OneHot.class, OneHotLayer.MAKER),
    /** {@link LayerSpec.Select}. */
    SELECT("select", Select.class, SelectLayer.MAKER),
    /** {@link LayerSpec.Residual}. */
    RESIDUAL("residual", Residual.class, Structures.RESIDUAL),
    /** {@link LayerSpec.Concat}. */
    CONCAT("concat", Concat.class, Structures.CONCAT);

    private final String label;
    private final Class<? extends LayerSpec> type;
    private final LayerMaker<LayerSpec> maker;

    @SuppressWarnings("unchecked") // it is given what is of its type
    <S extends LayerSpec> Kind(String label, Class<S> type, LayerMaker<S> maker) {
      this.label = label;
      this.type = type;
      this.maker = (LayerMaker<LayerSpec>) maker;
    }

    /** The name in conf files and saved models. */
    public String label() {
      return label;
    }

    /** The record with the options; its components are the names of the options. */
    public Class<? extends LayerSpec> type() {
      return type;
    }

    LayerMaker<LayerSpec> maker() {
      return maker;
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

    /** Throws if there are no units. */
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

    /** Throws if the groups do not divide the filters. */
    public Conv2d {
      requireGroups(filters, groups);
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
   * A convolution along sequences, which are images of height 1. Weights are {@code [filters,
   * channels / groups, length]} under their name, as in PyTorch.
   *
   * @param filters how many output channels
   * @param kernel the length of the window
   * @param stride from one window to the next
   * @param padding zeros at both ends
   * @param dilation from one place of a window to the next
   * @param groups as of {@link Conv2d}
   * @param bias whether a constant is added per filter
   * @param weightInitializer first values of the weights
   * @param biasInitializer first values of the bias
   * @param regularizer a penalty on the weights
   * @param constraint where the weights are put back after an update, filter by filter
   */
  record Conv1d(
      int filters,
      int kernel,
      int stride,
      Padding padding,
      int dilation,
      int groups,
      Bias bias,
      Initializer weightInitializer,
      Initializer biasInitializer,
      Regularizer regularizer,
      Constraint constraint)
      implements LayerSpec {

    /** Rejects filters that the groups do not divide. */
    public Conv1d {
      requireGroups(filters, groups);
    }

    /** PyTorch's defaults: stride 1, no padding. */
    public static Conv1d of(int filters, int kernel) {
      return new Conv1d(
          filters,
          kernel,
          1,
          Padding.valid(),
          1,
          1,
          Bias.PRESENT,
          Initializer.fanInUniform(),
          Initializer.fanInUniform(),
          Regularizer.NONE,
          Constraint.NONE);
    }

    /** The same with or without a bias. */
    public Conv1d with(Bias newBias) {
      return new Conv1d(
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

    Conv2d in2d() {
      return new Conv2d(
          filters,
          new Extent(1, kernel),
          new Extent(1, stride),
          padding.alongRows(),
          new Extent(1, dilation),
          groups,
          bias,
          weightInitializer,
          biasInitializer,
          regularizer,
          constraint);
    }
  }

  /**
   * A transposed convolution: what the gradient of a convolution with these weights makes of its
   * output. With a stride it enlarges images. Weights are {@code [channels, filters / groups,
   * height, width]} under their name, as in PyTorch.
   *
   * @param filters how many output channels
   * @param kernel the window
   * @param stride how far the windows of adjacent inputs are apart in the output
   * @param padding what is cut off on every side; {@code same} makes the output {@code stride}
   *     times as large (Keras)
   * @param outputPadding rows below and columns on the right that are not cut off, less than the
   *     stride
   * @param dilation from one place of a window to the next
   * @param groups as of {@link Conv2d}
   * @param bias whether a constant is added per filter
   * @param weightInitializer first values of the weights
   * @param biasInitializer first values of the bias
   * @param regularizer a penalty on the weights
   */
  record ConvTranspose2d(
      int filters,
      Extent kernel,
      Extent stride,
      Padding padding,
      int outputPadding,
      Extent dilation,
      int groups,
      Bias bias,
      Initializer weightInitializer,
      Initializer biasInitializer,
      Regularizer regularizer)
      implements LayerSpec {

    /** Rejects groups that do not divide the filters, and an output padding that does not fit. */
    public ConvTranspose2d {
      requireGroups(filters, groups);
      if (outputPadding < 0 || outputPadding >= Math.min(stride.height(), stride.width())) {
        throw new IllegalArgumentException(
            "outputPadding is at least 0 and less than the stride of %s, was %d"
                .formatted(stride, outputPadding));
      }
      if (outputPadding > 0 && padding instanceof Padding.Same) {
        throw new IllegalArgumentException(
            "outputPadding goes with a padding in numbers, not with same");
      }
    }

    /** PyTorch's defaults: stride 1, no padding. */
    public static ConvTranspose2d of(int filters, Extent kernel) {
      return new ConvTranspose2d(
          filters,
          kernel,
          Extent.square(1),
          Padding.valid(),
          0,
          Extent.square(1),
          1,
          Bias.PRESENT,
          Initializer.fanInUniform(),
          Initializer.fanInUniform(),
          Regularizer.NONE);
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

    /** Throws if eps is not positive. */
    public LayerNormalization {
      requireEps(eps, "layer norm");
    }
  }

  /**
   * Normalization of each row for itself over the channels of each group at all places, with one
   * gamma and beta for each channel (Wu and He 2018).
   *
   * @param groups into how many groups the channels are divided
   * @param eps added to the variance under the root
   * @param affine whether there are gamma and beta
   */
  record GroupNormalization(int groups, double eps, boolean affine) implements LayerSpec {

    /** Rejects less than one group, and an eps that is not positive. */
    public GroupNormalization {
      requirePositive(groups, "groups of a group norm");
      requireEps(eps, "group norm");
    }

    /** PyTorch's defaults. */
    public static GroupNormalization of(int groups) {
      return new GroupNormalization(groups, 1e-5, true);
    }
  }

  /**
   * Normalization of each channel of each image for itself (Ulyanov et al. 2016).
   *
   * @param eps added to the variance under the root
   * @param affine whether there are gamma and beta for each channel
   */
  record InstanceNormalization(double eps, boolean affine) implements LayerSpec {

    /** Throws if eps is not positive. */
    public InstanceNormalization {
      requireEps(eps, "instance norm");
    }
  }

  /**
   * Division of each row by the root of the mean of its squares, with one gamma for each of its
   * numbers (Zhang and Sennrich 2019).
   *
   * @param eps added to the mean under the root
   */
  record RmsNormalization(double eps) implements LayerSpec {

    /** Throws if eps is not positive. */
    public RmsNormalization {
      requireEps(eps, "RMS norm");
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

    /** Throws if the slope is negative. */
    public LeakyRelu {
      if (!(slope >= 0 && slope < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the slope of a leaky ReLU must be at least 0, was " + slope);
      }
    }
  }

  /**
   * {@code x} above 0, {@code alpha * (exp(x) - 1)} below (Clevert et al. 2016).
   *
   * @param alpha at least 0
   */
  record Elu(double alpha) implements LayerSpec {

    /** Throws if alpha is negative. */
    public Elu {
      if (!(alpha >= 0 && alpha < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("alpha of an ELU must be at least 0, was " + alpha);
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

  /** {@code x / (1 + exp(-x))}, also called swish (Elfwing et al. 2018). */
  record Silu() implements LayerSpec {}

  /**
   * {@code log(1 + exp(beta * x)) / beta}.
   *
   * @param beta above 0
   */
  record Softplus(double beta) implements LayerSpec {

    /** Throws if alpha is negative. */
    public Softplus {
      if (!(beta > 0 && beta < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("beta of a softplus must be positive, was " + beta);
      }
    }
  }

  /**
   * {@code x} above 0, {@code slope * x} below, with learned slopes (He et al. 2015), which weight
   * decay leaves alone.
   *
   * @param slopes how many there are
   * @param initialSlope their first value
   */
  record PRelu(Slopes slopes, double initialSlope) implements LayerSpec {

    /** How many slopes are learned. */
    public enum Slopes {
      /** One. */
      SHARED,
      /** One for each feature, or channel of an image. */
      PER_CHANNEL
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
   * @param ceilMode whether a last window that is not whole counts too; not with {@link
   *     Padding#same}, which counts it anyway
   */
  record MaxPool(Extent window, Extent stride, Padding padding, boolean ceilMode)
      implements LayerSpec {

    /** Rejects the ceil mode beside the padding {@code same}. */
    public MaxPool {
      requireExplicit(padding, ceilMode);
    }

    /** Whole windows only. */
    public MaxPool(Extent window, Extent stride, Padding padding) {
      this(window, stride, padding, false);
    }

    /** Windows side by side. */
    public static MaxPool of(int length) {
      return new MaxPool(Extent.square(length), Extent.square(length), Padding.valid());
    }
  }

  /**
   * The greatest value of each window of a sequence, which is an image of height 1.
   *
   * @param window its length
   * @param stride from one window to the next
   * @param padding as of {@link MaxPool}, along the sequence
   * @param ceilMode as of {@link MaxPool}
   */
  record MaxPool1d(int window, int stride, Padding padding, boolean ceilMode) implements LayerSpec {

    /** Windows side by side. */
    public static MaxPool1d of(int length) {
      return new MaxPool1d(length, length, Padding.valid(), false);
    }

    MaxPool in2d() {
      return new MaxPool(
          new Extent(1, window), new Extent(1, stride), padding.alongRows(), ceilMode);
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
   * @param ceilMode as of {@link MaxPool}
   */
  record AveragePool(
      Extent window, Extent stride, Padding padding, boolean countIncludePad, boolean ceilMode)
      implements LayerSpec {

    /** Rejects the ceil mode beside the padding {@code same}. */
    public AveragePool {
      requireExplicit(padding, ceilMode);
    }

    /** Whole windows only. */
    public AveragePool(Extent window, Extent stride, Padding padding, boolean countIncludePad) {
      this(window, stride, padding, countIncludePad, false);
    }

    /** Windows side by side. */
    public static AveragePool of(int length) {
      return new AveragePool(Extent.square(length), Extent.square(length), Padding.valid(), true);
    }
  }

  /**
   * The mean of each window of a sequence, which is an image of height 1.
   *
   * @param window its length
   * @param stride from one window to the next
   * @param padding as of {@link AveragePool}, along the sequence
   * @param countIncludePad as of {@link AveragePool}
   * @param ceilMode as of {@link MaxPool}
   */
  record AveragePool1d(
      int window, int stride, Padding padding, boolean countIncludePad, boolean ceilMode)
      implements LayerSpec {

    /** Windows side by side. */
    public static AveragePool1d of(int length) {
      return new AveragePool1d(length, length, Padding.valid(), true, false);
    }

    AveragePool in2d() {
      return new AveragePool(
          new Extent(1, window),
          new Extent(1, stride),
          padding.alongRows(),
          countIncludePad,
          ceilMode);
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

    /** Throws if the rate is outside [0, 1). */
    public Dropout {
      requireRate(rate);
    }
  }

  /**
   * As {@link Dropout}, but each channel of an image is dropped or kept as a whole (Tompson et al.
   * 2015).
   *
   * @param rate in [0, 1)
   */
  record SpatialDropout(double rate) implements LayerSpec {

    /** Throws if the rate is outside [0, 1). */
    public SpatialDropout {
      requireRate(rate);
    }
  }

  /**
   * In training, mirrors each image with a probability of one half. As of all augmentations, what
   * happens depends on the seed, the step, the layer and the row's place in the global mini-batch
   * only.
   *
   * @param horizontal whether left and right may change places
   * @param vertical whether top and bottom may
   */
  record RandomFlip(boolean horizontal, boolean vertical) implements LayerSpec {}

  /**
   * In training, moves each image by whole places and fills with zeros, as zeros around it and a
   * crop of the old size do.
   *
   * @param vertical how far at most, up and down
   * @param horizontal how far at most, left and right
   */
  record RandomShift(int vertical, int horizontal) implements LayerSpec {

    /** Rejects a negative length. */
    public RandomShift {
      if (vertical < 0 || horizontal < 0) {
        throw new IllegalArgumentException(
            "images are shifted by at least 0 places, not by " + vertical + " x " + horizontal);
      }
    }
  }

  /**
   * A part of each image: any in training, the middle in evaluation.
   *
   * @param height its places from top to bottom
   * @param width its places from left to right
   */
  record RandomCrop(int height, int width) implements LayerSpec {}

  /**
   * In training, covers a square of each image with zeros; its middle is any place of the image
   * (DeVries and Taylor 2017).
   *
   * @param size its side
   */
  record Cutout(int size) implements LayerSpec {

    /** Rejects an empty square. */
    public Cutout {
      requirePositive(size, "rows of a cutout");
    }
  }

  /**
   * Features become images, or sequences, in PyTorch's order: channel by channel, row by row.
   *
   * @param channels numbers at one place
   * @param height places from top to bottom; 1 for a sequence
   * @param width places from left to right
   * @param mask what further features say of the places
   */
  record Reshape(int channels, int height, int width, Mask mask) implements LayerSpec {

    /** Rejects an empty image, and lengths of what is not a sequence. */
    public Reshape {
      Shape.image(channels, height, width);
      if (mask == Mask.LENGTHS && height != 1) {
        throw new IllegalArgumentException(
            "mask = lengths is of sequences, which have height 1, not " + height);
      }
    }

    /** Images all of whose places are valid. */
    public Reshape(int channels, int height, int width) {
      this(channels, height, width, Mask.NONE);
    }

    Shape.Image image() {
      return new Shape.Image(channels, height, width);
    }

    /** How many further features there are. */
    int maskSize() {
      return switch (mask) {
        case NONE -> 0;
        case LENGTHS -> 1;
        case PLACES -> image().places();
      };
    }

    /** What further features, behind those of the image, say of its places. */
    public enum Mask {
      /** There are none: all places are valid. */
      NONE,
      /** One, the length of the sequence: places behind it are masked. */
      LENGTHS,
      /** One for each place: where it is 0, the place is masked. */
      PLACES
    }
  }

  /**
   * Masks each place of an image whose channels all have one value (Keras' {@code Masking}). Masked
   * places hold 0, whatever was there, and count for nothing in all layers behind: statistics,
   * means, greatest values, gradients. Layers whose windows move over images move the mask; {@link
   * Flatten} and {@link GlobalAveragePool} end it.
   *
   * @param value that masks; NaN masks places of NaN
   */
  record Masking(double value) implements LayerSpec {}

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

    /** Throws if the body is empty. */
    public Residual {
      body = List.copyOf(body);
      shortcut = List.copyOf(shortcut);
      if (body.isEmpty()) {
        throw new IllegalArgumentException("the body of a residual block needs a layer");
      }
    }
  }

  /**
   * What each branch makes of the same input, side by side: the features of all, or the channels of
   * all at each place of images of one size (Keras' {@code Concatenate}). A branch that begins with
   * {@link Select} has an input of its own. Parameters are named {@code 3.left.0.weight}, left
   * being the branch.
   *
   * @param branches at least two, with different names
   */
  record Concat(List<Branch> branches) implements LayerSpec {

    /** Rejects a single branch, and two of one name. */
    public Concat {
      branches = List.copyOf(branches);
      if (branches.size() < 2) {
        throw new IllegalArgumentException("a concat has at least two branches");
      }
      if (branches.stream().map(Branch::name).distinct().count() < branches.size()) {
        throw new IllegalArgumentException(
            "the branches of a concat have different names, not "
                + branches.stream().map(Branch::name).toList());
      }
    }
  }

  /**
   * One branch of a {@link Concat}.
   *
   * @param name of letters, digits, - and _
   * @param layers in their order; none for the input itself
   */
  record Branch(String name, List<LayerSpec> layers) implements Serializable {

    /** Rejects other names, which could not be told apart in the names of weights. */
    public Branch {
      layers = List.copyOf(layers);
      if (!name.matches("[A-Za-z0-9_-]+")) {
        throw new IllegalArgumentException(
            "the name of a branch is of letters, digits, - and _, was '" + name + "'");
      }
    }

    /** Layers under a name. */
    public static Branch of(String name, LayerSpec... layers) {
      return new Branch(name, List.of(layers));
    }
  }

  /**
   * Adjacent features of a row: one of several inputs that rows bring side by side.
   *
   * @param from the first, counted from 0
   * @param count how many
   */
  record Select(int from, int count) implements LayerSpec {

    /** Rejects an empty choice. */
    public Select {
      requirePositive(count, "selected features");
      if (from < 0) {
        throw new IllegalArgumentException("selected features start at 0 or later, not at " + from);
      }
    }
  }

  /**
   * For each feature, the row of a table of weights that it is the index of: columns of categories,
   * numbered from 0. Weights are {@code [categories, units]} under the names {@code 2.weight}, or
   * {@code 2.0.weight}, {@code 2.1.weight} if there are several columns. A feature that is not such
   * a number ends the pass with a sentence; NaN gives NaN.
   *
   * @param columns one for each feature
   * @param weightInitializer first values of the tables
   * @param regularizer a penalty on the tables
   */
  record Embedding(
      List<EmbeddedColumn> columns, Initializer weightInitializer, Regularizer regularizer)
      implements LayerSpec {

    /** Rejects an embedding of nothing. */
    public Embedding {
      columns = List.copyOf(columns);
      requirePositive(columns.size(), "columns of an embedding");
    }

    /** First values of PyTorch: the standard normal distribution. */
    public static Embedding of(EmbeddedColumn... columns) {
      return new Embedding(List.of(columns), Initializer.normal(0, 1), Regularizer.NONE);
    }
  }

  /**
   * One column of an {@link Embedding}.
   *
   * @param categories how many there are
   * @param units how many numbers stand for each
   */
  record EmbeddedColumn(int categories, int units) implements Serializable {

    /** Rejects an empty table. */
    public EmbeddedColumn {
      requirePositive(categories, "categories of an embedding");
      requirePositive(units, "units of an embedding");
    }
  }

  /**
   * For each feature, a 1 at the category that it is the index of and 0 at the others; see {@link
   * Embedding} for what indices are.
   *
   * @param categories how many each feature has
   */
  record OneHot(List<Integer> categories) implements LayerSpec {

    /** Rejects columns without categories. */
    public OneHot {
      categories = List.copyOf(categories);
      requirePositive(categories.size(), "columns of a one-hot layer");
      categories.forEach(count -> requirePositive(count, "categories of a column"));
    }
  }

  private static void requireGroups(int filters, int groups) {
    requirePositive(filters, "filters of a convolution");
    requirePositive(groups, "groups of a convolution");
    if (filters % groups != 0) {
      throw new IllegalArgumentException(
          filters + " filters cannot be divided into " + groups + " groups");
    }
  }

  private static void requireExplicit(Padding padding, boolean ceilMode) {
    if (ceilMode && padding instanceof Padding.Same) {
      throw new IllegalArgumentException(
          "ceilMode goes with a padding in numbers: same counts the last window anyway");
    }
  }

  private static void requireEps(double eps, String what) {
    if (!(eps > 0)) {
      throw new IllegalArgumentException("eps of a " + what + " must be positive, was " + eps);
    }
  }

  private static void requireRate(double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("a dropout rate must be in [0, 1), was " + rate);
    }
  }

  private static void requirePositive(int count, String what) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "the number of " + what + " must be at least 1, was " + count);
    }
  }
}
