package org.syncbn.api;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.syncbn.data.RowPartitioner;
import org.syncbn.model.Folder;
import org.syncbn.model.SavedModel;
import org.syncbn.nn.Measures;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.sync.EngineChoice;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.MemoryBudget;
import org.syncbn.spark.sync.StepTraffic;
import org.syncbn.train.Engine;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainedModel;
import org.syncbn.train.Trainer;
import org.syncbn.train.TrainingOptions;
import org.syncbn.train.TrainingRun;
import org.syncbn.train.Work;

/**
 * A prepared training run: its rows are partitioned into shards and match its network. Use it to
 * watch or stop a run, or to save the model before it is evaluated.
 *
 * <pre>{@code
 * try (NetworkTraining training = trainer.prepare(rows)) {
 *   if (training.run()) {
 *     training.evaluate();
 *     training.network().save(spark, "hdfs:///models/sales");
 *   }
 * }
 * }</pre>
 *
 * <p>One thread calls it; {@link #stop} may be called from anywhere.
 */
public final class NetworkTraining implements AutoCloseable {

  private final NetworkTrainer request;
  private final RunOptions options;
  private final RunSite site;
  private final RunRows rows;
  private final TrainingRun run;
  private final Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
  private Optional<EngineChoice> measured = Optional.empty();
  private Optional<Engine> engine = Optional.empty();
  private volatile Trainer trainer;
  private List<List<Double>> confusionMatrix = List.of();
  private volatile boolean stopping;

  NetworkTraining(NetworkTrainer request, RunOptions options, RunSite site, RunRows rows) {
    this.request = request;
    this.options = options;
    this.site = site;
    this.rows = rows;
    try {
      this.run =
          new TrainingRun(
              options, rows.schema(), rows.form(), rows.trainingRows(), rows.validationRows());
      site.requireMemory(options, rows.schema(), trainingRows());
      rows.notes().forEach(this::note);
      startFromInitialModel();
      rows.check(options.loss(), run.plan().network().output().size());
    } catch (Throwable e) { // Spark throws checked exceptions without saying so
      rows.close();
      throw e;
    }
  }

  private void startFromInitialModel() {
    Optional<TrainingOptions.InitialModel> initial = options.training().initialModel();
    if (request.initial().isPresent()) {
      run.startFrom(request.initial().get().model());
    } else if (initial.isPresent()) {
      try {
        TrainedModel model = TrainedModel.load(folder(initial.get().folder()));
        run.startFrom(model, initial.get().match());
      } catch (IOException e) {
        throw DataException.of(e);
      }
    }
  }

  /**
   * The network layer by layer, the exchanges of a step with their bytes, what each engine takes
   * for them here, the choice, and the memory of the run: a text of several lines.
   */
  public String explain() {
    return String.join(
        "\n", run.plan().network().summary(), measured().explain(), memory(engineKind()).explain());
  }

  private MemoryBudget memory(EngineKind kind) {
    return site.memory(kind, options, rows.schema(), trainingRows());
  }

  private long trainingRows() {
    return Arrays.stream(rows.trainingRows()).sum();
  }

  private EngineChoice measured() {
    if (measured.isEmpty()) {
      int batchSize = options.training().batchSize(trainingRows());
      StepTraffic traffic = StepTraffic.of(run.plan(), batchSize);
      measured =
          Optional.of(
              EngineChoice.measure(
                  site.context(),
                  run.plan(),
                  site.tasks(),
                  traffic,
                  request.engine(),
                  kind -> memory(kind).fits()));
    }
    return measured.get();
  }

  /** The engine that carries the exchanges. */
  public EngineKind engineKind() {
    return request
        .engine()
        .orElseGet(() -> site.context().isLocal() ? EngineKind.GANG : measured().chosen());
  }

  /** The engine and where it computes, for a person. */
  public String engine() {
    return site.description(engineKind());
  }

  /**
   * Trains to the end, or to where it is stopped; then a folder of checkpoints has the state.
   *
   * @return whether it came to the end
   * @throws org.syncbn.train.DivergenceException if numbers stop being finite
   * @throws DataException in a sentence, if checkpoints cannot be read or written
   */
  public boolean run() {
    if (trainer != null) {
      throw new IllegalStateException("a training runs once");
    }
    prepareCheckpoints();
    EngineKind kind = engineKind();
    MemoryBudget memory = memory(kind);
    memory.require();
    site.session()
        .flatMap(spark -> memory.note(spark.sparkContext().master()))
        .ifPresent(this::note);
    Stream.of(
            RowPartitioner.imbalance(rows.trainingRows()),
            RowPartitioner.idleness(options.shards(), site.workers(kind)))
        .flatMap(Optional::stream)
        .forEach(sentence -> note("warning: " + sentence));
    measured
        .flatMap(EngineChoice::obstacle)
        .ifPresent(reason -> note("note: the engine is %s, because %s".formatted(kind, reason)));
    site.session().flatMap(spark -> Engines.note(kind, spark.sparkContext())).ifPresent(this::note);
    if (kind.holdsSlots() && Engines.hasGang(site.context().sc())) {
      note("waiting: another training of this application holds its task slots with a gang");
    }
    engine = Optional.of(rows.open(kind, run.plan()));
    trainer = run.trainer(engine.get(), request.listener());
    if (stopping) {
      trainer.stop();
    }
    return trainer.run();
  }

  private void note(String sentence) {
    request.listener().onNote(sentence);
  }

  private void prepareCheckpoints() {
    Optional<Folder> place =
        request
            .checkpoints()
            .or(
                () ->
                    options
                        .training()
                        .checkpoint()
                        .flatMap(TrainingOptions.Checkpointing::folder)
                        .map(this::folder));
    if (place.isPresent()) {
      try {
        prepareCheckpoints(place.get());
      } catch (IOException e) {
        throw DataException.of(e);
      }
    } else if (request.resumes()) {
      throw new IllegalArgumentException(
          "there is no folder of checkpoints to resume from; name it");
    } else if (options.training().checkpoint().isPresent()) {
      throw new IllegalArgumentException(
          "training.checkpoint has no folder: set training.checkpoint.folder or --checkpoint");
    }
  }

  private Folder folder(String location) {
    Configuration files =
        site.session()
            .map(spark -> spark.sparkContext().hadoopConfiguration())
            .orElseGet(Configuration::new);
    try {
      return HadoopFolder.at(location, files);
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  private void prepareCheckpoints(Folder place) throws IOException {
    place.list(); // rejects what is not a folder
    boolean isNew = !place.exists();
    SavedModel.requireWritable(place.child("checkpoint"));
    if (isNew) {
      place.delete();
    }
    run.keepCheckpointsIn(place);
    run.keepChecksum(rows.checksum());
    if (request.resumes()) {
      long step = run.resume();
      note(
          step == 0
              ? "no checkpoint in %s yet: starting from the beginning".formatted(place.path())
              : "resuming after step " + step);
    }
  }

  /**
   * Ends the run after the step that is under way, with a checkpoint if there is a folder for it.
   */
  public void stop() {
    stopping = true;
    Trainer running = trainer;
    if (running != null) {
      running.stop();
    }
  }

  /** How many steps are done, over all epochs. */
  public long step() {
    return run.step();
  }

  /** The path of the newest checkpoint. */
  public Optional<String> lastCheckpoint() {
    return run.lastCheckpoint();
  }

  /**
   * Finds loss and metrics of all rows, in inference mode, after {@link #run}; {@link #network} has
   * them from then on.
   *
   * @return part of the rows (train, validation, test), then name of the metric
   */
  public Map<String, Map<String, Double>> evaluate() {
    EngineKind kind = engineKind();
    metrics.put("train", trainer.evaluate(Work.Part.TRAINING));
    Optional.ofNullable(metrics.get("train").get(Measures.LOSS))
        .flatMap(run::lag)
        .ifPresent(sentence -> note("warning: " + sentence));
    metrics.put("validation", trainer.evaluate(Work.Part.VALIDATION));
    confusionMatrix = trainer.confusionMatrix();
    closeEngine(); // a gang would hold the slots that the test rows need
    metrics.put("test", rows.evaluateTest(kind, run.trained()));
    metrics.values().removeIf(Map::isEmpty);
    return Collections.unmodifiableMap(metrics);
  }

  /**
   * The weight of the validation rows of each class that are taken for each, row by row, after
   * {@link #evaluate}; empty unless {@code confusionMatrix} is among the metrics.
   */
  public List<List<Double>> confusionMatrix() {
    return confusionMatrix;
  }

  /** The network as the run has left it. */
  public FittedNetwork network() {
    return FittedNetwork.of(run.model(metrics), run.trained());
  }

  FittedNetwork toTheEnd() {
    run();
    evaluate();
    return network();
  }

  private void closeEngine() {
    engine.ifPresent(Engine::close);
    engine = Optional.empty();
  }

  /** Frees the memory of the executors; a network stays. */
  @Override
  public void close() {
    try {
      closeEngine();
    } finally {
      rows.close();
    }
  }
}
