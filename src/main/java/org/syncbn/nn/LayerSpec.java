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
    DENSE("dense", LinearSpec.Dense.class, DenseLayer.MAKER),
    CONV2D("conv2d", LinearSpec.Conv2d.class, Conv2dLayer.MAKER),
    CONV1D("conv1d", LinearSpec.Conv1d.class, Conv2dLayer.MAKER_1D),
    CONV_TRANSPOSE2D(
        "convTranspose2d", LinearSpec.ConvTranspose2d.class, ConvTranspose2dLayer.MAKER),
    BATCH_NORM("batchNorm", NormalizationSpec.BatchNormalization.class, Structures.BATCH_NORM),
    LAYER_NORM("layerNorm", NormalizationSpec.LayerNormalization.class, RowNormLayer.LAYER_NORM),
    GROUP_NORM("groupNorm", NormalizationSpec.GroupNormalization.class, RowNormLayer.GROUP_NORM),
    INSTANCE_NORM(
        "instanceNorm", NormalizationSpec.InstanceNormalization.class, RowNormLayer.INSTANCE_NORM),
    RMS_NORM("rmsNorm", NormalizationSpec.RmsNormalization.class, RowNormLayer.RMS_NORM),
    RELU("relu", ActivationSpec.Relu.class, ActivationLayer.RELU),
    LEAKY_RELU(
        "leakyRelu",
        ActivationSpec.LeakyRelu.class,
        (spec, node, rows) -> new ActivationLayer.LeakyRelu(node, spec)),
    ELU("elu", ActivationSpec.Elu.class, (spec, node, rows) -> new ActivationLayer.Elu(node, spec)),
    GELU(
        "gelu",
        ActivationSpec.Gelu.class,
        (spec, node, rows) ->
            switch (spec.form()) {
              case EXACT -> new ActivationLayer.Gelu(node);
              case TANH -> new ActivationLayer.TanhGelu(node);
            }),
    SILU("silu", ActivationSpec.Silu.class, (spec, node, rows) -> new ActivationLayer.Silu(node)),
    SOFTPLUS(
        "softplus",
        ActivationSpec.Softplus.class,
        (spec, node, rows) -> new ActivationLayer.Softplus(node, spec)),
    P_RELU("prelu", ActivationSpec.PRelu.class, PReluLayer.MAKER),
    SIGMOID(
        "sigmoid",
        ActivationSpec.Sigmoid.class,
        (spec, node, rows) -> new ActivationLayer.Sigmoid(node)),
    TANH("tanh", ActivationSpec.Tanh.class, (spec, node, rows) -> new ActivationLayer.Tanh(node)),
    SOFTMAX("softmax", ActivationSpec.Softmax.class, (spec, node, rows) -> new SoftmaxLayer(node)),
    MAX_POOL("maxPool", PoolingSpec.MaxPool.class, MaxPoolLayer.MAKER),
    AVERAGE_POOL("averagePool", PoolingSpec.AveragePool.class, AveragePoolLayer.MAKER),
    MAX_POOL1D("maxPool1d", PoolingSpec.MaxPool1d.class, MaxPoolLayer.MAKER_1D),
    AVERAGE_POOL1D("averagePool1d", PoolingSpec.AveragePool1d.class, AveragePoolLayer.MAKER_1D),
    GLOBAL_AVERAGE_POOL(
        "globalAveragePool", PoolingSpec.GlobalAveragePool.class, GlobalAveragePoolLayer.MAKER),
    DROPOUT("dropout", RandomSpec.Dropout.class, DropoutLayer.EACH),
    SPATIAL_DROPOUT("spatialDropout", RandomSpec.SpatialDropout.class, DropoutLayer.CHANNELS),
    RANDOM_FLIP("randomFlip", RandomSpec.RandomFlip.class, AugmentationLayer.FLIP),
    RANDOM_SHIFT("randomShift", RandomSpec.RandomShift.class, AugmentationLayer.SHIFT),
    RANDOM_CROP("randomCrop", RandomSpec.RandomCrop.class, AugmentationLayer.CROP),
    CUTOUT("cutout", RandomSpec.Cutout.class, AugmentationLayer.CUTOUT),
    FLATTEN("flatten", ShapeSpec.Flatten.class, FlattenLayer.MAKER),
    RESHAPE("reshape", ShapeSpec.Reshape.class, FlattenLayer.RESHAPE),
    MASKING("masking", ShapeSpec.Masking.class, MaskingLayer.MAKER),
    SELECT("select", ShapeSpec.Select.class, SelectLayer.MAKER),
    EMBEDDING("embedding", CategorySpec.Embedding.class, EmbeddingLayer.MAKER),
    ONE_HOT("oneHot", CategorySpec.OneHot.class, OneHotLayer.MAKER),
    RESIDUAL("residual", GraphSpec.Residual.class, Structures.RESIDUAL),
    NAME("name", GraphSpec.Named.class, Structures.NAMED),
    CONCAT("concat", GraphSpec.Concat.class, Structures.CONCAT),
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
