package org.syncbn.nn;

import java.io.Serializable;
import java.util.Arrays;

/**
 * One layer as plain data: what a conf file and a saved model say about it. {@link Network} infers
 * shapes and names from a list of them. The records stand in one interface for each family. They
 * check what can be checked without the input's shape; all are immutable.
 */
public sealed interface LayerSpec extends Serializable
    permits LinearSpec,
        NormalizationSpec,
        ActivationSpec,
        PoolingSpec,
        RandomSpec,
        ShapeSpec,
        CategorySpec,
        GraphSpec {

  /** The name of the kind of layer, as conf files and saved models write it. */
  default String kind() {
    return Kind.of(this).label();
  }

  /** The kinds of layers: the name of each, its options, and what makes it. */
  enum Kind {
    /** {@link LinearSpec.Dense}. */
    DENSE("dense", LinearSpec.Dense.class, DenseLayer.MAKER),
    /** {@link LinearSpec.Conv2d}. */
    CONV2D("conv2d", LinearSpec.Conv2d.class, Conv2dLayer.MAKER),
    /** {@link LinearSpec.Conv1d}. */
    CONV1D("conv1d", LinearSpec.Conv1d.class, Conv2dLayer.MAKER_1D),
    /** {@link LinearSpec.ConvTranspose2d}. */
    CONV_TRANSPOSE2D(
        "convTranspose2d", LinearSpec.ConvTranspose2d.class, ConvTranspose2dLayer.MAKER),
    /** {@link NormalizationSpec.BatchNormalization}. */
    BATCH_NORM("batchNorm", NormalizationSpec.BatchNormalization.class, Structures.BATCH_NORM),
    /** {@link NormalizationSpec.LayerNormalization}. */
    LAYER_NORM("layerNorm", NormalizationSpec.LayerNormalization.class, RowNormLayer.LAYER_NORM),
    /** {@link NormalizationSpec.GroupNormalization}. */
    GROUP_NORM("groupNorm", NormalizationSpec.GroupNormalization.class, RowNormLayer.GROUP_NORM),
    /** {@link NormalizationSpec.InstanceNormalization}. */
    INSTANCE_NORM(
        "instanceNorm", NormalizationSpec.InstanceNormalization.class, RowNormLayer.INSTANCE_NORM),
    /** {@link NormalizationSpec.RmsNormalization}. */
    RMS_NORM("rmsNorm", NormalizationSpec.RmsNormalization.class, RowNormLayer.RMS_NORM),
    /** {@link ActivationSpec.Relu}. */
    RELU("relu", ActivationSpec.Relu.class, ActivationLayer.RELU),
    /** {@link ActivationSpec.LeakyRelu}. */
    LEAKY_RELU(
        "leakyRelu",
        ActivationSpec.LeakyRelu.class,
        (spec, node, rows) -> new ActivationLayer.LeakyRelu(node, spec)),
    /** {@link ActivationSpec.Elu}. */
    ELU("elu", ActivationSpec.Elu.class, (spec, node, rows) -> new ActivationLayer.Elu(node, spec)),
    /** {@link ActivationSpec.Gelu}. */
    GELU(
        "gelu",
        ActivationSpec.Gelu.class,
        (spec, node, rows) ->
            switch (spec.form()) {
              case EXACT -> new ActivationLayer.Gelu(node);
              case TANH -> new ActivationLayer.TanhGelu(node);
            }),
    /** {@link ActivationSpec.Silu}. */
    SILU("silu", ActivationSpec.Silu.class, (spec, node, rows) -> new ActivationLayer.Silu(node)),
    /** {@link ActivationSpec.Softplus}. */
    SOFTPLUS(
        "softplus",
        ActivationSpec.Softplus.class,
        (spec, node, rows) -> new ActivationLayer.Softplus(node, spec)),
    /** {@link ActivationSpec.PRelu}. */
    P_RELU("prelu", ActivationSpec.PRelu.class, PReluLayer.MAKER),
    /** {@link ActivationSpec.Sigmoid}. */
    SIGMOID(
        "sigmoid",
        ActivationSpec.Sigmoid.class,
        (spec, node, rows) -> new ActivationLayer.Sigmoid(node)),
    /** {@link ActivationSpec.Tanh}. */
    TANH("tanh", ActivationSpec.Tanh.class, (spec, node, rows) -> new ActivationLayer.Tanh(node)),
    /** {@link ActivationSpec.Softmax}. */
    SOFTMAX("softmax", ActivationSpec.Softmax.class, (spec, node, rows) -> new SoftmaxLayer(node)),
    /** {@link PoolingSpec.MaxPool}. */
    MAX_POOL("maxPool", PoolingSpec.MaxPool.class, MaxPoolLayer.MAKER),
    /** {@link PoolingSpec.AveragePool}. */
    AVERAGE_POOL("averagePool", PoolingSpec.AveragePool.class, AveragePoolLayer.MAKER),
    /** {@link PoolingSpec.MaxPool1d}. */
    MAX_POOL1D("maxPool1d", PoolingSpec.MaxPool1d.class, MaxPoolLayer.MAKER_1D),
    /** {@link PoolingSpec.AveragePool1d}. */
    AVERAGE_POOL1D("averagePool1d", PoolingSpec.AveragePool1d.class, AveragePoolLayer.MAKER_1D),
    /** {@link PoolingSpec.GlobalAveragePool}. */
    GLOBAL_AVERAGE_POOL(
        "globalAveragePool", PoolingSpec.GlobalAveragePool.class, GlobalAveragePoolLayer.MAKER),
    /** {@link RandomSpec.Dropout}. */
    DROPOUT("dropout", RandomSpec.Dropout.class, DropoutLayer.EACH),
    /** {@link RandomSpec.SpatialDropout}. */
    SPATIAL_DROPOUT("spatialDropout", RandomSpec.SpatialDropout.class, DropoutLayer.CHANNELS),
    /** {@link RandomSpec.GaussianNoise}. */
    GAUSSIAN_NOISE("gaussianNoise", RandomSpec.GaussianNoise.class, GaussianNoiseLayer.MAKER),
    /** {@link RandomSpec.RandomFlip}. */
    RANDOM_FLIP("randomFlip", RandomSpec.RandomFlip.class, AugmentationLayer.FLIP),
    /** {@link RandomSpec.RandomShift}. */
    RANDOM_SHIFT("randomShift", RandomSpec.RandomShift.class, AugmentationLayer.SHIFT),
    /** {@link RandomSpec.RandomCrop}. */
    RANDOM_CROP("randomCrop", RandomSpec.RandomCrop.class, AugmentationLayer.CROP),
    /** {@link RandomSpec.Cutout}. */
    CUTOUT("cutout", RandomSpec.Cutout.class, AugmentationLayer.CUTOUT),
    /** {@link ShapeSpec.Flatten}. */
    FLATTEN("flatten", ShapeSpec.Flatten.class, FlattenLayer.MAKER),
    /** {@link ShapeSpec.Reshape}. */
    RESHAPE("reshape", ShapeSpec.Reshape.class, FlattenLayer.RESHAPE),
    /** {@link ShapeSpec.Masking}. */
    MASKING("masking", ShapeSpec.Masking.class, MaskingLayer.MAKER),
    /** {@link ShapeSpec.Select}. */
    SELECT("select", ShapeSpec.Select.class, SelectLayer.MAKER),
    /** {@link CategorySpec.Embedding}. */
    EMBEDDING("embedding", CategorySpec.Embedding.class, EmbeddingLayer.MAKER),
    /** {@link CategorySpec.OneHot}. */
    ONE_HOT("oneHot", CategorySpec.OneHot.class, OneHotLayer.MAKER),
    /** {@link GraphSpec.Residual}. */
    RESIDUAL("residual", GraphSpec.Residual.class, Structures.RESIDUAL),
    /** {@link GraphSpec.Named}. */
    NAME("name", GraphSpec.Named.class, Structures.NAMED),
    /** {@link GraphSpec.Concat}. */
    CONCAT("concat", GraphSpec.Concat.class, Structures.CONCAT),
    /** {@link GraphSpec.Add}. */
    ADD("add", GraphSpec.Add.class, Structures.ADD);

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
}
