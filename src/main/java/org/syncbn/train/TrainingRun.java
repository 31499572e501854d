package org.syncbn.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.syncbn.data.Schema;
import org.syncbn.data.TargetScale;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.Folder;
import org.syncbn.model.NetworkArrays;
import org.syncbn.model.SavedModel;
import org.syncbn.model.StoredArray;
import org.syncbn.nn.Measures;
import org.syncbn.nn.MicroBatches;
import org.syncbn.nn.Network;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.Segment;
import org.syncbn.optim.Transform;
import org.syncbn.optim.WeightAverage;
import org.syncbn.tensor.Tensor;

/**
 * A run from its options to a saved model, with any engine.
 *
 * <pre>{@code
 * TrainingRun run = new TrainingRun(options, schema, RunData.trainingRows(shards), validationRows);
 * try (Engine engine = new InProcessEngine(run.plan(), shards, threads)) {
 *   run.keepCheckpointsIn(folder);
 *   run.resume();                                    // if there is a checkpoint
 *   Trainer trainer = run.trainer(engine, listener);
 *   trainer.run();
 *   run.model(metrics).save(target);
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class TrainingRun {

  private static final String OPTIMIZER = "optimizer/";
  private static final String BEST = "best/";
  private static final String AVERAGE = "average";
  private static final String SUMS = "sums";
  private static final String CHECKSUM = "checksum";

  /** From here on a loss is visibly greater: evaluation with dropout off usually has less. */
  private static final double VISIBLE_LAG = 1.1;

  private final RunOptions options;
  private final Schema schema;
  private final long[] trainingRows;
  private final long validationRows;
  private final Network network;
  private final TrainingPlan plan;
  private final TrainingState state;
  private Checkpoints checkpoints = Checkpoints.none();
  private Optional<Folder> folder = Optional.empty();
  private final Optional<TableForm> form;
  private Optional<String> checksum = Optional.empty();
  private final TreeSet<String> matrixProducts = new TreeSet<>();

  /**
   * Builds the network and its first state.
   *
   * @param options of the run
   * @param schema of its data
   * @param trainingRows how many training rows each shard has
   * @param validationRows how many validation rows all shards have
   * @throws IllegalArgumentException in a sentence, if a layer, the loss or the batch size does not
   *     fit
   */
  public TrainingRun(RunOptions options, Schema schema, long[] trainingRows, long validationRows) {
    this(options, schema, Optional.empty(), trainingRows, validationRows);
  }

  /**
   * Builds the network of a table and its first state.
   *
   * @param form how the columns of the table became features; saved with the model
   */
  public TrainingRun(
      RunOptions options,
      Schema schema,
      Optional<TableForm> form,
      long[] trainingRows,
      long validationRows) {
    this.options = options.forRows(Arrays.stream(trainingRows).sum());
    this.form = form;
    this.schema = schema;
    this.trainingRows = trainingRows.clone();
    this.validationRows = validationRows;
    this.network = TrainedModel.network(options.network(), schema, options.seed());
    Measures measures = TrainedModel.measures(network, options.loss(), form);
    this.plan =
        new TrainingPlan(
            network,
            measures,
            TrainedModel.evaluation(network, options, form),
            options.training().batchNormSync(),
            options.training().batchNormGroupSize(),
            options.training().microBatches().orElse(MicroBatches.NONE),
            options.data().featureScale(),
            options.seed(),
            trainingRows);
    Tensor weights = network.initialWeights();
    List<Segment> segments =
        ParameterGroup.segments(network.parameters(), options.training().parameterGroups());
    this.state =
        new TrainingState(
            weights,
            network.initialStates(weights),
            new Optimizer(transforms(this.options), segments),
            this.options.training().weightAveraging().map(averaging -> new WeightAverage(segments)),
            measures.length());
  }

  private List<Transform> transforms(RunOptions of) {
    return of.transforms(plan.epochSteps(of.training().batchSize(plan.rows())));
  }

  /** What the shards have to know. */
  public TrainingPlan plan() {
    return plan;
  }

  /**
   * Starts from the weights and the running statistics of another model, in the place of drawn
   * ones.
   *
   * @throws FileFormatException in a sentence, if its network has other layers or features
   */
  public void startFrom(TrainedModel model) {
    startFrom(model, List.of("*"));
  }

  /**
   * Starts from some arrays of another model.
   *
   * @param match which, as {@link TrainingOptions.InitialModel#match} says
   * @throws IllegalArgumentException in a sentence, if a pattern matches none, or an array does not
   *     fit
   */
  public void startFrom(TrainedModel model, List<String> match) {
    Map<String, StoredArray> theirs = model.arrays().named(model.network());
    Map<String, StoredArray> arrays = weights();
    List<NamePattern> patterns = match.stream().map(NamePattern::new).toList();
    for (NamePattern pattern : patterns) {
      pattern.requireAny(List.copyOf(theirs.keySet()), "training.initialModel.match");
      arrays.keySet().removeIf(pattern::matches);
    }
    theirs.forEach(
        (name, array) -> {
          if (patterns.stream().anyMatch(pattern -> pattern.matches(name))) {
            arrays.put(name, array);
          }
        });
    NetworkArrays taken = NetworkArrays.of(network, arrays, "the initial model");
    state.weights.copyFrom(taken.weights());
    state.states = taken.states();
  }

  /**
   * Saves a description of the run's rows with checkpoints, so that it is not resumed with others.
   *
   * @param sum of all shards' {@link org.syncbn.data.ShardData#checksum checksums}
   */
  public void keepChecksum(long sum) {
    checksum = Optional.of(Long.toHexString(sum));
  }

  /** Keeps checkpoints, as the options say, in a folder. */
  public void keepCheckpointsIn(Folder place) {
    folder = Optional.of(place);
    TrainingOptions.Checkpointing when =
        options.training().checkpoint().orElse(TrainingOptions.Checkpointing.DEFAULTS);
    checkpoints = Checkpoints.in(place, when, this::checkpoint);
  }

  /**
   * Goes on from the newest checkpoint.
   *
   * @return the number of finished steps; 0 if there is no checkpoint
   * @throws FileFormatException in a sentence, if the checkpoint is damaged or of another run
   */
  public long resume() throws IOException {
    Optional<Folder> newest =
        folder.isEmpty() ? Optional.empty() : Checkpoints.newest(folder.get());
    if (newest.isPresent()) {
      String path = newest.get().path();
      restore(SavedModel.load(newest.get()), path);
    }
    return state.step;
  }

  /**
   * The driver's loop over an engine for {@link #plan}. The listener is told if not all of the run
   * multiplies matrices with the same kernels.
   */
  public Trainer trainer(Engine engine, TrainingListener listener) {
    matrixProducts.addAll(engine.matrixProducts());
    if (matrixProducts.size() > 1) {
      listener.onNote(
          "warning: this run multiplies matrices with %s: the bits of the model depend on which machine computed what"
              .formatted(String.join(" and ", matrixProducts)));
    }
    return new Trainer(
        plan, options.training(), engine, validationRows, state, checkpoints, listener);
  }

  /** How many steps are done, over all epochs. */
  public long step() {
    return state.step;
  }

  /** The path of the newest checkpoint. */
  public Optional<String> lastCheckpoint() {
    return checkpoints.last();
  }

  /**
   * A sentence when the running averages of batch norms lag behind: when the loss of the training
   * rows by these averages is visibly above that of the mini-batches, by their own statistics, in
   * the epoch whose weights the run has kept.
   *
   * @param loss of all training rows by running averages
   */
  public Optional<String> lag(double loss) {
    boolean averages =
        !state.precise && network.batchNorms().stream().anyMatch(TrainingRun::isAveraged);
    int kept = state.best.map(TrainingState.Best::epoch).orElse(state.history.size());
    if (!averages || kept < 1 || kept > state.history.size()) {
      return Optional.empty();
    }
    double ofBatches = state.history.get(kept - 1).train().get(Measures.LOSS);
    return loss <= VISIBLE_LAG * ofBatches
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "by the running averages of its batch norms the network has the loss %.4f on the"
                    + " training rows, by the statistics of the mini-batches it had %.4f: the"
                    + " averages lag behind; --precise-statistics"
                    + " (training.preciseStatistics = true) replaces them by exact statistics",
                loss,
                ofBatches));
  }

  private static boolean isAveraged(BatchNorm layer) {
    return layer.options().trainingSource() == StatisticsSource.BATCH
        && layer.options().evaluationSource() == StatisticsSource.RUNNING;
  }

  /** What was measured at the end of each epoch. */
  public List<EpochResult> history() {
    return List.copyOf(state.history);
  }

  /**
   * What the run has come to.
   *
   * @param metrics of the whole parts of the data: part, then name
   */
  public SavedModel model(Map<String, Map<String, Double>> metrics) {
    ObjectNode json = description();
    json.set("metrics", RunOptions.FORMAT.write(metrics));
    return new SavedModel(json, weights(), Map.of());
  }

  /** The network as it is now, ready to evaluate and to predict. */
  public TrainedModel trained() {
    return new TrainedModel(
        options, schema, network, new NetworkArrays(state.weights, state.states), form);
  }

  private Map<String, StoredArray> weights() {
    return new NetworkArrays(state.weights, state.states).named(network);
  }

  private ObjectNode description() {
    ObjectNode json = options.json();
    json.set("schema", RunOptions.FORMAT.write(schema));
    form.ifPresent(
        table -> {
          json.set("encoding", RunOptions.FORMAT.write(table.encoding()));
          table.statistics().ifPresent(text -> json.set("statistics", parse(text)));
          List<TargetScale> targets = table.targets();
          if (!targets.isEmpty()) {
            json.set(
                "target", RunOptions.FORMAT.write(targets.size() == 1 ? targets.get(0) : targets));
          }
        });
    ObjectNode provenance = Provenance.of(matrixProducts);
    if (!network.batchNorms().isEmpty()) {
      provenance.put("runningStatistics", state.precise ? "of all training rows" : "averages");
    }
    json.set("provenance", provenance);
    ArrayNode history = json.putArray("history");
    state.history.forEach(result -> history.add(RunOptions.FORMAT.write(result)));
    return json;
  }

  private static JsonNode parse(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the statistics are not JSON", e);
    }
  }

  private SavedModel checkpoint(TrainingState now) {
    ObjectNode json = description();
    ObjectNode progress = json.putObject("progress");
    progress.put("step", now.step).put("epoch", now.epoch).put("batch", now.batch);
    progress.put("optimizerSteps", now.optimizer.steps());
    progress.put("rateFactor", now.optimizer.rateFactor());
    ObjectNode plateau = progress.putObject("plateau");
    now.plateau.best().ifPresent(best -> plateau.put("best", best));
    plateau.put("badEpochs", now.plateau.badEpochs()).put("cooldown", now.plateau.cooldown());
    progress.put("stopped", now.stopped);
    progress.set("trainingRows", rowsJson());
    checksum.ifPresent(sum -> progress.put(CHECKSUM, sum));
    now.best.ifPresent(
        best -> progress.putObject("best").put("epoch", best.epoch()).put("value", best.value()));
    Map<String, StoredArray> training = new LinkedHashMap<>();
    training.put(SUMS, StoredArray.of(now.sums, now.sums.length));
    now.optimizer
        .state()
        .forEach(
            (name, values) ->
                training.put(OPTIMIZER + name, StoredArray.of(values, values.length)));
    now.best.ifPresent(
        best ->
            new NetworkArrays(best.weights(), best.states())
                .named(network)
                .forEach((name, array) -> training.put(BEST + name, array)));
    if (now.average.isPresent()) {
      double[] average = now.average.get().values();
      progress.put("averaged", now.average.get().count());
      training.put(AVERAGE, StoredArray.of(average, average.length));
    }
    return new SavedModel(json, weights(), training);
  }

  private ArrayNode rowsJson() {
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    for (long count : trainingRows) {
      rows.add(count);
    }
    return rows;
  }

  private void restore(SavedModel saved, String path) {
    ObjectNode json = saved.description();
    JsonNode progress = json.path("progress");
    if (!progress.isObject() || !saved.training().containsKey(SUMS)) {
      throw new FileFormatException(path + " is a model, not a checkpoint: it cannot be resumed");
    }
    TrainedModel model = TrainedModel.of(saved, path);
    checkSameRun(model.options(), json, path);
    state.weights.copyFrom(model.arrays().weights());
    state.states = model.arrays().states();
    state.step = progress.path("step").asLong();
    state.epoch = progress.path("epoch").asInt();
    state.batch = progress.path("batch").asLong();
    state.stopped = progress.path("stopped").asBoolean();
    state.sums = saved.training().get(SUMS).doubles();
    state.optimizer.restore(
        progress.path("optimizerSteps").asLong(),
        progress.path("rateFactor").asDouble(1),
        floats(saved, OPTIMIZER));
    JsonNode plateau = progress.path("plateau");
    state.plateau =
        new Plateau(
            plateau.has("best")
                ? OptionalDouble.of(plateau.get("best").asDouble())
                : OptionalDouble.empty(),
            plateau.path("badEpochs").asInt(),
            plateau.path("cooldown").asInt());
    state.average.ifPresent(
        average ->
            average.restore(
                progress.path("averaged").asLong(), saved.training().get(AVERAGE).doubles()));
    matrixProducts.addAll(Provenance.matrixProducts(json.path("provenance")));
    state.history.clear();
    for (JsonNode result : json.path("history")) {
      state.history.add(RunOptions.FORMAT.read(result, EpochResult.class, "history"));
    }
    if (progress.has("best")) {
      NetworkArrays arrays = NetworkArrays.of(network, named(saved, BEST), path);
      JsonNode best = progress.get("best");
      state.best =
          Optional.of(
              new TrainingState.Best(
                  best.path("epoch").asInt(),
                  best.path("value").asDouble(),
                  arrays.weights(),
                  arrays.states()));
    }
  }

  /** What comes after the last step may differ: more epochs, or precise statistics. */
  private void checkSameRun(RunOptions theirs, ObjectNode saved, String path) {
    JsonNode progress = saved.path("progress");
    ObjectNode mine = options.json();
    ObjectNode other = theirs.json();
    for (ObjectNode json : List.of(mine, other)) {
      ((ObjectNode) json.get("training"))
          .remove(List.of("epochs", "checkpoint", "preciseStatistics", "metrics"));
    }
    for (Map.Entry<String, JsonNode> entry : mine.properties()) {
      if (!entry.getValue().equals(other.get(entry.getKey()))) {
        throw new FileFormatException(
            "%s belongs to another run: its '%s' differs; resume with the same settings, or use an"
                    .formatted(path, entry.getKey())
                + " empty checkpoint folder");
      }
    }
    if (!transforms(options).equals(transforms(theirs))) {
      throw new FileFormatException(
          "%s belongs to another run: its learning rate changes over training.epochs = %d, which is %d now; resume with the same epochs, or start anew with a schedule whose length is set in steps or epochs"
              .formatted(path, theirs.training().epochs(), options.training().epochs()));
    }
    int begun = progress.path("epoch").asInt() + (progress.path("batch").asLong() > 0 ? 1 : 0);
    if (begun > options.training().epochs()) {
      throw new FileFormatException(
          "%s is in or after epoch %d, but training.epochs is %d; use an empty checkpoint folder"
              .formatted(path, begun, options.training().epochs()));
    }
    if (!rowsJson().toString().equals(progress.path("trainingRows").toString())) {
      throw new FileFormatException(
          path + " belongs to other data: its shards have other numbers of rows");
    }
    ObjectNode now = description();
    boolean sameForm =
        Stream.of("encoding", "statistics", "target")
            .allMatch(key -> Objects.equals(now.get(key), saved.get(key)));
    if (!sameForm) {
      throw new FileFormatException(path + " belongs to other data: its rows have other values");
    }
    if (checksum.isPresent() && !checksum.get().equals(progress.path(CHECKSUM).asText())) {
      throw new FileFormatException(path + " belongs to other data: its rows have other values");
    }
  }

  private static Map<String, StoredArray> named(SavedModel saved, String prefix) {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    saved
        .training()
        .forEach(
            (name, array) -> {
              if (name.startsWith(prefix)) {
                arrays.put(name.substring(prefix.length()), array);
              }
            });
    return arrays;
  }

  private static Map<String, float[]> floats(SavedModel saved, String prefix) {
    Map<String, float[]> values = new LinkedHashMap<>();
    named(saved, prefix).forEach((name, array) -> values.put(name, array.floats()));
    return values;
  }
}
