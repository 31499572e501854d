package org.syncbn.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.syncbn.data.Schema;
import org.syncbn.data.TargetScale;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.Folder;
import org.syncbn.model.ModelReader;
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

  /** From here on a loss is visibly greater: evaluation with dropout off usually has less. */
  private static final double VISIBLE_LAG = 1.1;

  private final RunOptions options;
  private final Schema schema;
  private final long validationRows;
  private final Network network;
  private final TrainingPlan plan;
  private final TrainingState state;
  private final RunCheckpoint checkpoint;
  private Checkpoints checkpoints = Checkpoints.none();
  private Optional<Folder> folder = Optional.empty();
  private final Optional<TableForm> form;
  private Optional<String> checksum = Optional.empty();
  private final TreeSet<String> matrixProducts = new TreeSet<>();
  private Supplier<Set<String>> matrixProductsNow = Set::of;

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
    this.validationRows = validationRows;
    this.network =
        ParameterGroup.frozen(
            TrainedModel.network(options.network(), schema, options.seed()),
            options.training().parameterGroups());
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
    List<Transform> transforms = this.options.transforms(plan);
    plan.updating(transforms, segments, options.training().weightAveraging().isPresent());
    this.state =
        new TrainingState(
            weights,
            network.initialStates(weights),
            new Optimizer(transforms, segments),
            this.options.training().weightAveraging().map(averaging -> new WeightAverage(segments)),
            measures.length());
    this.checkpoint = new RunCheckpoint(this.options, plan, state);
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
    checkpoints =
        Checkpoints.in(
            place,
            when,
            () -> checkpoint.of(new SavedModel(description(), weights(), Map.of()), checksum));
  }

  /**
   * Goes on from the newest checkpoint.
   *
   * @return the number of finished steps; 0 if there is no checkpoint
   * @throws FileFormatException in a sentence, if the checkpoint is damaged or of another run; this
   *     run is of no use then
   */
  public long resume() throws IOException {
    Optional<Folder> newest =
        folder.isEmpty() ? Optional.empty() : Checkpoints.newest(folder.get());
    if (newest.isPresent()) {
      ModelReader saved = ModelReader.open(newest.get());
      checkpoint.restore(saved, description(), checksum);
      matrixProducts.addAll(Provenance.matrixProducts(saved.description().path("provenance")));
    }
    return state.step;
  }

  /**
   * The driver's loop over an engine for {@link #plan}. The listener is told if not all of the run
   * multiplies matrices with the same kernels.
   */
  public Trainer trainer(Engine engine, TrainingListener listener) {
    matrixProductsNow = engine::matrixProducts;
    matrixProducts.addAll(engine.matrixProducts());
    if (matrixProducts.size() > 1) {
      listener.onNote(differentKernels(matrixProducts));
    }
    return new Trainer(
        plan, options.training(), engine, validationRows, state, checkpoints, listener);
  }

  static String differentKernels(Collection<String> products) {
    return "warning: this run multiplies matrices with %s: the bits of the model depend on which machine computed what"
        .formatted(String.join(" and ", products));
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
    return layer.options().statistics().trainingSource() == StatisticsSource.BATCH
        && layer.options().statistics().evaluationSource() == StatisticsSource.RUNNING;
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
    matrixProducts.addAll(matrixProductsNow.get());
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
}
