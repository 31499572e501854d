package org.syncbn.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.syncbn.nn.ActivationSpec;
import org.syncbn.nn.CategorySpec;
import org.syncbn.nn.ClassLoss;
import org.syncbn.nn.ClassMetric;
import org.syncbn.nn.ConvolutionShape;
import org.syncbn.nn.Extent;
import org.syncbn.nn.GraphSpec;
import org.syncbn.nn.LayerSpec;
import org.syncbn.nn.LearnedWeights;
import org.syncbn.nn.LinearSpec;
import org.syncbn.nn.Loss;
import org.syncbn.nn.Metric;
import org.syncbn.nn.NormalizationSpec;
import org.syncbn.nn.NumberLoss;
import org.syncbn.nn.NumberMetric;
import org.syncbn.nn.Padding;
import org.syncbn.nn.PoolingShape;
import org.syncbn.nn.PoolingSpec;
import org.syncbn.nn.RandomSpec;
import org.syncbn.nn.ShapeSpec;
import org.syncbn.norm.AffineOptions;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Extensions;
import org.syncbn.norm.RunningOptions;
import org.syncbn.norm.RunningUpdate;
import org.syncbn.norm.StatisticsOptions;
import org.syncbn.tensor.Initializer;

/**
 * How networks, losses and batch-norm options are written, in run files and in saved models alike:
 * the names of layers, the defaults of their options, and short forms such as {@code kernel = 3}.
 */
public final class NetworkFormat {

  /** {@link RecordFormat} with all of these. */
  public static final RecordFormat RECORDS = withLayers(RecordFormat.builder()).build();

  private NetworkFormat() {}

  /** Adds the layers, losses and initializers to a format in the making. */
  public static RecordFormat.Builder withLayers(RecordFormat.Builder format) {
    for (LayerSpec.Kind kind : LayerSpec.Kind.values()) {
      format.name(kind.type().asSubclass(Record.class), kind.label());
    }
    for (Loss.Kind kind : Loss.Kind.values()) {
      format.name(kind.type().asSubclass(Record.class), kind.label());
    }
    return format
        .inline(ConvolutionShape.class)
        .inline(PoolingShape.class)
        .inline(LearnedWeights.class)
        .inlineWithPrefix(AffineOptions.class, "parameter")
        .inlineWithPrefix(RunningOptions.class, "")
        .inline(StatisticsOptions.class)
        .inline(Extensions.class)
        .defaults(LinearSpec.Dense.of(1), "units")
        .defaults(LinearSpec.Conv2d.of(1, Extent.square(1)), "filters", "kernel")
        .defaults(new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH))
        .defaults(BatchNormOptions.PYTORCH)
        .defaults(new NormalizationSpec.LayerNormalization(1e-5))
        .defaults(NormalizationSpec.GroupNormalization.of(1), "groups")
        .defaults(new NormalizationSpec.InstanceNormalization(1e-5, false))
        .defaults(new NormalizationSpec.RmsNormalization(0x1p-23))
        .defaults(new ActivationSpec.Softplus(1))
        .defaults(new ActivationSpec.PRelu(ActivationSpec.PRelu.Slopes.SHARED, 0.25))
        .defaults(new ActivationSpec.LeakyRelu(0.01))
        .defaults(new ActivationSpec.Elu(1))
        .defaults(new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.EXACT))
        .defaults(PoolingSpec.MaxPool.of(2))
        .defaults(PoolingSpec.AveragePool.of(2))
        .defaults(PoolingSpec.MaxPool1d.of(2))
        .defaults(PoolingSpec.AveragePool1d.of(2))
        .defaults(LinearSpec.Conv1d.of(1, 1), "filters", "kernel")
        .defaults(LinearSpec.ConvTranspose2d.of(1, Extent.square(1)), "filters", "kernel")
        .defaults(new RandomSpec.RandomFlip(true, false))
        .defaults(new RandomSpec.RandomShift(2, 2))
        .defaults(new ShapeSpec.Reshape(1, 1, 1), "width")
        .defaults(new ShapeSpec.Masking(0))
        .defaults(new GraphSpec.Residual(List.of(new ActivationSpec.Relu()), List.of()), "body")
        .defaults(GraphSpec.Branch.of("input"), "name")
        .defaults(CategorySpec.Embedding.of(new CategorySpec.EmbeddedColumn(1, 1)), "columns")
        .defaults(ClassLoss.SoftmaxCrossEntropy.plain())
        .defaults(new ClassLoss.BinaryCrossEntropy(1))
        .defaults(new NumberLoss.Quantile(List.of(0.5)))
        .defaults(new NumberLoss.Huber(1))
        .name(NumberMetric.RootMeanSquaredError.class, "rmse")
        .name(NumberMetric.MeanAbsoluteError.class, "mae")
        .defaults(new ClassMetric.Precision(Metric.Average.AUTO))
        .defaults(new ClassMetric.Recall(Metric.Average.AUTO))
        .defaults(new ClassMetric.F1(Metric.Average.AUTO))
        .defaults(new ClassMetric.RocAuc(Metric.Average.AUTO))
        .defaults(new ClassMetric.PrAuc(Metric.Average.AUTO))
        .defaults(new Constraint.MinMaxNorm(0, 1, 1))
        .constant(Initializer.class, "zeros", Initializer.zeros())
        .constant(Initializer.class, "ones", Initializer.ones())
        .constant(Initializer.class, "glorotUniform", Initializer.glorotUniform())
        .constant(Initializer.class, "glorotNormal", Initializer.glorotNormal())
        .constant(Initializer.class, "heUniform", Initializer.heUniform())
        .constant(Initializer.class, "heNormal", Initializer.heNormal())
        .constant(Initializer.class, "lecunUniform", Initializer.lecunUniform())
        .constant(Initializer.class, "lecunNormal", Initializer.lecunNormal())
        .constant(Initializer.class, "fanInUniform", Initializer.fanInUniform())
        .constant(Initializer.class, "orthogonal", Initializer.orthogonal(1))
        .constant(Padding.class, "valid", Padding.valid())
        .trueOrFalse(LearnedWeights.Bias.class, LearnedWeights.Bias.PRESENT)
        .trueOrFalse(RunningUpdate.class, RunningUpdate.ON)
        .shortForm(
            GraphSpec.Branch.class,
            node ->
                node.isTextual()
                    ? Optional.of(GraphSpec.Branch.reading(node.asText()))
                    : Optional.empty(),
            branch ->
                branch.equals(GraphSpec.Branch.reading(branch.from()))
                    ? Optional.of(JsonNodeFactory.instance.textNode(branch.from()))
                    : Optional.empty())
        .shortForm(
            Loss.class,
            node -> {
              JsonNode weight = node.path(Loss.Kind.BINARY_CROSS_ENTROPY.label());
              return weight.isNumber()
                  ? Optional.of(new ClassLoss.BinaryCrossEntropy(weight.asDouble()))
                  : Optional.empty();
            },
            loss -> Optional.empty())
        .shortForm(
            ClassLoss.PositiveWeight.class, NetworkFormat::positiveWeight, NetworkFormat::numbers)
        .shortForm(
            Extent.class,
            node -> pair(node).map(pair -> new Extent(pair[0], pair[1])),
            extent -> Optional.of(pair(extent.height(), extent.width())))
        .shortForm(
            Padding.class,
            node -> pair(node).map(pair -> Padding.of(pair[0], pair[1])),
            padding ->
                padding instanceof Padding.Explicit explicit
                    ? Optional.of(pair(explicit.vertical(), explicit.horizontal()))
                    : Optional.empty());
  }

  /** One number for all outputs, or a list with one for each. */
  private static Optional<ClassLoss.PositiveWeight> positiveWeight(JsonNode node) {
    boolean numbers =
        node.isNumber()
            || node.isArray()
                && StreamSupport.stream(node.spliterator(), false).allMatch(JsonNode::isNumber);
    if (!numbers) {
      throw new IllegalArgumentException("a number or a list of numbers is wanted, not " + node);
    }
    return Optional.of(
        new ClassLoss.PositiveWeight(
            node.isNumber()
                ? List.of(node.asDouble())
                : StreamSupport.stream(node.spliterator(), false)
                    .map(JsonNode::asDouble)
                    .toList()));
  }

  private static Optional<JsonNode> numbers(ClassLoss.PositiveWeight weight) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (weight.outputs().size() == 1) {
      return Optional.of(json.numberNode(weight.outputs().get(0)));
    }
    ArrayNode numbers = json.arrayNode();
    weight.outputs().forEach(numbers::add);
    return Optional.of(numbers);
  }

  /** One whole number for both axes, or a list of two. */
  private static Optional<int[]> pair(JsonNode node) {
    if (node.canConvertToExactIntegral()) {
      return Optional.of(new int[] {node.asInt(), node.asInt()});
    }
    boolean two =
        node.isArray()
            && node.size() == 2
            && StreamSupport.stream(node.spliterator(), false)
                .allMatch(JsonNode::canConvertToExactIntegral);
    return two
        ? Optional.of(new int[] {node.get(0).asInt(), node.get(1).asInt()})
        : Optional.empty();
  }

  private static JsonNode pair(int first, int second) {
    return first == second
        ? JsonNodeFactory.instance.numberNode(first)
        : JsonNodeFactory.instance.arrayNode().add(first).add(second);
  }
}
