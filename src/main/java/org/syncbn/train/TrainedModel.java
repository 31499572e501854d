package org.syncbn.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.syncbn.data.Schema;
import org.syncbn.data.TableEncoding;
import org.syncbn.data.TargetScale;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.Folder;
import org.syncbn.model.ModelReader;
import org.syncbn.model.NetworkArrays;
import org.syncbn.model.NetworkArraysReader;
import org.syncbn.model.Safetensors;
import org.syncbn.model.SavedModel;
import org.syncbn.nn.CategorySpec;
import org.syncbn.nn.GraphSpec;
import org.syncbn.nn.LayerSpec;
import org.syncbn.nn.LinearSpec;
import org.syncbn.nn.Loss;
import org.syncbn.nn.Measures;
import org.syncbn.nn.Metric;
import org.syncbn.nn.MicroBatches;
import org.syncbn.nn.Network;
import org.syncbn.nn.Shape;
import org.syncbn.nn.ShapeSpec;
import org.syncbn.norm.Regularizer;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/**
 * The result of a run: a network with its weights and with what it needs to read data. Immutable by
 * convention.
 *
 * @param options of the run
 * @param schema of the data that it was trained on
 * @param network built for that schema
 * @param arrays weights and running statistics
 * @param form how the columns of a table become features; none of images
 */
public record TrainedModel(
    RunOptions options,
    Schema schema,
    Network network,
    NetworkArrays arrays,
    Optional<TableForm> form) {

  /**
   * Reads a model or a checkpoint.
   *
   * @throws FileFormatException in a sentence, if it is damaged or no model
   * @throws IOException if the file system rejects
   */
  public static TrainedModel load(Folder folder) throws IOException {
    return read(ModelReader.open(folder));
  }

  /**
   * Reads the model, or the one of the checkpoint, in a folder.
   *
   * @throws FileFormatException in a sentence, if it is damaged or no model
   * @throws IOException if the file system rejects
   */
  public static TrainedModel read(ModelReader saved) throws IOException {
    return of(saved.description(), saved::weights, saved.path());
  }

  /**
   * The model that was read into memory.
   *
   * @param path where it comes from, for sentences
   * @throws FileFormatException in a sentence, if it is damaged or no model
   */
  public static TrainedModel of(SavedModel saved, String path) {
    try {
      return of(saved.description(), receiver -> saved.weights().forEach(receiver::receive), path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where weights and running statistics are read from. */
  @FunctionalInterface
  private interface Source {
    void read(Safetensors.Receiver receiver) throws IOException;
  }

  private static TrainedModel of(ObjectNode json, Source source, String path) throws IOException {
    try {
      RunOptions options = options(json);
      Schema schema = RunOptions.FORMAT.read(required(json, "schema"), Schema.class, "schema");
      Network network = network(options.network(), schema, options.seed());
      NetworkArraysReader arrays =
          new NetworkArraysReader(network, Tensor.zeros(network.weightCount()), path);
      source.read(arrays);
      return new TrainedModel(
          options, schema, network, arrays.finish(), form(json, options, schema));
    } catch (FileFormatException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw damaged(path, e);
    }
  }

  /**
   * The options of the run that saved a model.
   *
   * @throws FileFormatException in a sentence, if they are damaged
   */
  static RunOptions options(ModelReader saved) {
    try {
      return options(saved.description());
    } catch (IllegalArgumentException e) {
      throw damaged(saved.path(), e);
    }
  }

  private static FileFormatException damaged(String path, IllegalArgumentException cause) {
    return new FileFormatException(
        path + "/" + SavedModel.DESCRIPTION + " is damaged: " + cause.getMessage(), cause);
  }

  private static Optional<TableForm> form(ObjectNode json, RunOptions options, Schema schema) {
    if (!options.data().format().isTable()) {
      return Optional.empty();
    }
    return Optional.of(
        new TableForm(
            json.has("encoding")
                ? RunOptions.FORMAT.read(json.get("encoding"), TableEncoding.class, "encoding")
                : TableEncoding.ofNumbers(schema.features()),
            Optional.ofNullable(json.get("statistics")).map(JsonNode::toString),
            targets(json.path("target"))));
  }

  /**
   * One, or a list with one for each column to predict; none where labels are taken as they are.
   */
  private static List<TargetScale> targets(JsonNode json) {
    List<JsonNode> each =
        json.isArray()
            ? StreamSupport.stream(json.spliterator(), false).toList()
            : json.isObject() ? List.of(json) : List.of();
    return each.stream()
        .map(target -> RunOptions.FORMAT.read(target, TargetScale.class, "target"))
        .toList();
  }

  /**
   * How the columns of a table become features.
   *
   * @throws IllegalStateException if the model is of images
   */
  public TableForm table() {
    return form.orElseThrow(() -> new IllegalStateException("the model is of images"));
  }

  /** The keys of a run file, without those that only models have. */
  private static RunOptions options(ObjectNode json) {
    ObjectNode options = json.objectNode();
    for (var component : RunOptions.class.getRecordComponents()) {
      options.set(component.getName(), required(json, component.getName()));
    }
    return RunOptions.of(options);
  }

  private static JsonNode required(ObjectNode json, String key) {
    if (!json.has(key)) {
      throw new IllegalArgumentException("it has no '" + key + "'");
    }
    return json.get(key);
  }

  /** A network for rows of a schema. */
  static Network network(List<LayerSpec> layers, Schema schema, long seed) {
    List<Integer> shape = schema.shape();
    Shape input =
        shape.size() == 3
            ? Shape.image(shape.get(2), shape.get(0), shape.get(1))
            : Shape.features(schema.rowSize());
    boolean flatten =
        shape.size() == 3 && !layers.isEmpty() && layers.get(0) instanceof LinearSpec.Dense;
    return Network.of(
        flatten ? Shape.features(schema.rowSize()) : input,
        embedding(schema),
        layers,
        CounterRandom.of(seed).fork("network"));
  }

  /** What learns numbers for the categories that the last features are indices of, if any are. */
  private static List<LayerSpec> embedding(Schema schema) {
    CategorySpec.EmbeddedColumn[] columns =
        schema.embedded().stream()
            .map(each -> new CategorySpec.EmbeddedColumn(each.categories(), each.units()))
            .toArray(CategorySpec.EmbeddedColumn[]::new);
    if (columns.length == 0) {
      return List.of();
    }
    LayerSpec embedding =
        new CategorySpec.Embedding(
            List.of(columns), Initializer.uniform(-0.05, 0.05), Regularizer.NONE);
    int others = schema.rowSize() - columns.length;
    return others == 0
        ? List.of(embedding)
        : List.of(
            new GraphSpec.Concat(
                List.of(
                    GraphSpec.Branch.of("others", new ShapeSpec.Select(0, others)),
                    GraphSpec.Branch.of(
                        "categories", new ShapeSpec.Select(others, columns.length), embedding))));
  }

  /** The loss and the metrics of mini-batches. */
  static Measures measures(Network network, Loss loss, Optional<TableForm> form) {
    return Measures.of(network, loss, Metric.ofSteps(loss, network.output().size()))
        .inUnitsOf(units(form));
  }

  /** The loss and the metrics of whole parts of the data. */
  static Measures evaluation(Network network, RunOptions options, Optional<TableForm> form) {
    List<Metric> named = options.training().metrics();
    Measures measures =
        named.isEmpty()
            ? Measures.usual(network, options.loss())
            : Measures.of(network, options.loss(), named);
    return measures.inUnitsOf(units(form));
  }

  /** What a difference of 1 between targets is in labels; one number for all, or one for each. */
  private static double[] units(Optional<TableForm> form) {
    double[] units =
        form.stream()
            .flatMap(table -> table.targets().stream())
            .mapToDouble(TargetScale::deviation)
            .toArray();
    return units.length == 0 ? new double[] {1} : units;
  }

  /** How shards see this model; only what it measures is of use. */
  public TrainingPlan plan(long[] trainingRows) {
    return new TrainingPlan(
        network,
        measures(network, options.loss(), form),
        evaluation(network, options, form),
        options.training().batchNormSync(),
        options.training().batchNormGroupSize(),
        MicroBatches.NONE,
        options.data().featureScale(),
        options.seed(),
        trainingRows);
  }

  /** Loss and metrics of a part of the data that an engine for {@link #plan} holds, by name. */
  public Map<String, Double> evaluate(Engine engine, Work.Part part) {
    Measures measures = evaluation(network, options, form);
    double[] statistics = network.statistics(arrays.states());
    Merged merged =
        engine.exchange(
            new Message.Begin(
                System.nanoTime(), 0, new Work.Evaluation(part), arrays.weights(), statistics));
    return merged.isEmpty() ? Map.of() : measures.values(merged.sums(), merged.tallies());
  }

  /** Whether what the model says about a row depends on that row alone. */
  public boolean isRowByRow() {
    return network.batchNorms().stream()
        .allMatch(
            layer -> layer.options().statistics().evaluationSource() == StatisticsSource.RUNNING);
  }

  /**
   * The model in the form that is sent to executors for prediction.
   *
   * @throws IllegalArgumentException in a sentence, unless {@link #isRowByRow}
   */
  public InferencePlan inference() {
    return new InferencePlan(
        network,
        evaluation(network, options, form),
        options.data().featureScale(),
        arrays.weights(),
        arrays.states());
  }
}
