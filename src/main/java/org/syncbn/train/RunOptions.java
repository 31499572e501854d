package org.syncbn.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.syncbn.data.Schema;
import org.syncbn.data.TableEncoding;
import org.syncbn.model.NetworkFormat;
import org.syncbn.model.RecordFormat;
import org.syncbn.nn.ClassLoss;
import org.syncbn.nn.GraphSpec;
import org.syncbn.nn.LayerSpec;
import org.syncbn.nn.Loss;
import org.syncbn.nn.Metric;
import org.syncbn.nn.MicroBatches;
import org.syncbn.nn.Network;
import org.syncbn.nn.ShapeSpec;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.optim.Transform;
import org.syncbn.optim.Transform.ScaleByTrustRatio;
import org.syncbn.train.TrainingOptions.StatisticsScope;

/**
 * Everything that determines a run besides its data: the contents of a run file. {@code
 * conf/reference-run.conf} explains every key.
 *
 * @param network from the input to the output; the loss is not a layer
 * @param loss what training makes small
 * @param optimizer how gradients become steps
 * @param data where rows come from
 * @param training how long and in what pieces
 * @param seed of first weights, the order of rows and everything random
 * @param shards into how many logical shards a mini-batch is cut; part of the result, unlike
 *     threads
 */
public record RunOptions(
    List<LayerSpec> network,
    Loss loss,
    OptimizerOptions optimizer,
    DataOptions data,
    TrainingOptions training,
    long seed,
    int shards) {

  /** The seed of a run that sets none. */
  public static final long DEFAULT_SEED = 1;

  /** The shards of a run that sets none. */
  public static final int DEFAULT_SHARDS = 8;

  /** How run files and saved models write these options. */
  public static final RecordFormat FORMAT = format();

  /** Checks that there is something to train. */
  public RunOptions {
    network = List.copyOf(network);
    if (network.isEmpty()) {
      throw new IllegalArgumentException("network needs at least one layer");
    }
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be at least 1, was " + shards);
    }
    transforms(optimizer, training); // rejects numbers that make no optimizer
  }

  /** Whether the values of labels may be classes, whatever they look like. */
  public boolean namesClasses() {
    return loss.isOfClasses() || !data.classes().isEmpty();
  }

  /** Whether features say which places are masked, so that the network needs them as they are. */
  public boolean masksFeatures() {
    return findMasks(network);
  }

  private static boolean findMasks(List<LayerSpec> layers) {
    return layers.stream()
        .anyMatch(
            layer ->
                layer instanceof ShapeSpec.Masking
                    || layer instanceof ShapeSpec.Reshape reshape
                        && reshape.mask() != ShapeSpec.Reshape.Mask.NONE
                    || layer instanceof GraphSpec.Residual residual
                        && (findMasks(residual.body()) || findMasks(residual.shortcut()))
                    || layer instanceof GraphSpec.Concat concat
                        && concat.branches().stream()
                            .anyMatch(branch -> findMasks(branch.layers())));
  }

  /**
   * The network for rows of a schema.
   *
   * @throws IllegalArgumentException in a sentence, if a layer does not fit
   */
  public Network network(Schema schema) {
    return TrainedModel.network(network, schema, seed);
  }

  /**
   * The same run with a size of its mini-batches that fits so many rows, if it says none.
   *
   * @param trainingRows of all shards
   */
  public RunOptions forRows(long trainingRows) {
    return new RunOptions(
        network, loss, optimizer, data, training.forRows(trainingRows), seed, shards);
  }

  /** The same run with other metrics of whole parts of the data. */
  public RunOptions with(List<Metric> metrics) {
    return new RunOptions(network, loss, optimizer, data, training.with(metrics), seed, shards);
  }

  /** The same run over other data. */
  public RunOptions with(DataOptions newData) {
    return new RunOptions(network, loss, optimizer, newData, training, seed, shards);
  }

  /** The same run with another seed: of the first weights, the order of rows, and what is drawn. */
  public RunOptions withSeed(long newSeed) {
    return new RunOptions(network, loss, optimizer, data, training, newSeed, shards);
  }

  /**
   * From the gradient to the update; clipping, if any, comes before everything else.
   *
   * @param plan says how many steps an epoch has, for schedules whose length is not in steps
   */
  List<Transform> transforms(TrainingPlan plan) {
    long epochSteps = plan.epochSteps(training.batchSize(plan.rows()));
    long runSteps = epochSteps * training.epochs();
    return Optimizers.withRates(
        rate -> rate.over(runSteps, epochSteps), transforms(optimizer, training));
  }

  private static List<Transform> transforms(OptimizerOptions optimizer, TrainingOptions training) {
    List<Transform> transforms = optimizer.transforms();
    if (training.referenceBatchSize().isPresent()) {
      int reference = training.referenceBatchSize().get();
      transforms =
          Optimizers.withRates(
              rate -> rate.scaledWithBatch(training.batchSize(Long.MAX_VALUE), reference),
              transforms);
    }
    if (training.clipNorm().isPresent()) {
      Transform clip = new Transform.ClipByNorm(training.clipNorm().get());
      transforms = Optimizers.before(clip, transforms);
    }
    if (training.clipValue().isPresent()) {
      Transform clip = new Transform.ClipByValue(training.clipValue().get());
      transforms = Optimizers.before(clip, transforms);
    }
    return transforms;
  }

  /**
   * Reads options; keys that are missing have the defaults of {@code conf/reference-run.conf}.
   *
   * @throws org.syncbn.model.SettingException in a sentence, if a key is unknown or its value wrong
   */
  public static RunOptions of(JsonNode json) {
    return FORMAT.read(json, RunOptions.class, "");
  }

  /** All options, as in a run file. */
  public ObjectNode json() {
    return (ObjectNode) FORMAT.write(this);
  }

  /**
   * A text, or a list of texts.
   *
   * @param wanted what they are, for a person
   */
  private static List<String> texts(JsonNode node, String wanted) {
    List<JsonNode> texts =
        node.isArray() ? StreamSupport.stream(node.spliterator(), false).toList() : List.of(node);
    if (texts.stream().anyMatch(text -> !text.isValueNode() || text.isNull())) {
      throw new IllegalArgumentException("%s is wanted, not %s".formatted(wanted, node));
    }
    return texts.stream().map(JsonNode::asText).toList();
  }

  private static Optional<JsonNode> written(List<String> texts) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    texts.forEach(all::add);
    return Optional.of(texts.size() == 1 ? all.get(0) : all);
  }

  private static RecordFormat format() {
    Schedule small = Schedule.constant(0.001);
    return NetworkFormat.withLayers(RecordFormat.builder())
        .defaults(
            new RunOptions(
                List.of(new ShapeSpec.Flatten()),
                ClassLoss.SoftmaxCrossEntropy.plain(),
                OptimizerOptions.DEFAULTS,
                DataOptions.DEFAULTS,
                TrainingOptions.DEFAULTS,
                DEFAULT_SEED,
                DEFAULT_SHARDS),
            "network")
        .defaults(new OptimizerOptions.Sgd(Schedule.constant(0.1), 0))
        .defaults(new MicroBatches(1, 1), "rows")
        .defaults(new Schema(List.of(1), List.of(), List.of()), "shape", "features", "classes")
        .defaults(
            new TableEncoding.Category("", false, List.of(), false),
            "column",
            "areNumbers",
            "values",
            "others")
        .defaults(new TrainingOptions.InitialModel("", List.of("*")), "folder")
        .defaults(new ParameterGroup("", true, 1, Optional.empty()), "match")
        .defaults((Record) OptimizerOptions.DEFAULTS)
        .defaults(Schedule.OneCycle.of(0), "max")
        .defaults(new OptimizerOptions.Nesterov(Schedule.constant(0.1), 0.9, 0))
        .defaults(new OptimizerOptions.Rmsprop(small, 0.99, 1e-8, false, 0, 0))
        .defaults(new OptimizerOptions.Adam(small, 0.9, 0.999, 1e-8, 0))
        .defaults(new OptimizerOptions.AdamW(small, 0.9, 0.999, 1e-8, 0.01))
        .defaults(new OptimizerOptions.Adagrad(Schedule.constant(0.01), 1e-10, 0))
        .defaults(
            new OptimizerOptions.Lamb(
                small, 0.9, 0.999, 1e-6, 0.01, ScaleByTrustRatio.Scope.DECAYED))
        .shortForm(
            LabelColumns.class,
            node ->
                Optional.of(new LabelColumns(texts(node, "a column's name or a list of names"))),
            label -> written(label.names()))
        .shortForm(
            DataPaths.class,
            node -> Optional.of(new DataPaths(texts(node, "a path or a list of paths"))),
            paths -> written(paths.all()))
        .trueOrFalse(StatisticsScope.class, StatisticsScope.GLOBAL)
        .shortForm(
            Schedule.class,
            node ->
                node.isNumber()
                    ? Optional.of(Schedule.constant(node.asDouble()))
                    : Optional.empty(),
            schedule ->
                schedule instanceof Schedule.Constant constant
                    ? Optional.of(JsonNodeFactory.instance.numberNode(constant.initial()))
                    : Optional.empty())
        .build();
  }
}
