package org.syncbn.api;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.model.Folder;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingListener;

/**
 * How to train a network: a request that {@link #fit} carries out.
 *
 * <pre>{@code
 * NetworkTrainer trainer = NetworkTrainer.parse(
 *     """
 *     network = [{ dense = 16 }, batchNorm, relu, { dense = 3 }]
 *     data.label = species
 *     training.epochs = 20
 *     """);
 * FittedNetwork network = trainer.fit(flowers);
 * }</pre>
 *
 * <p>The model is a function of the rows and the options: not of the engine, the tasks or the
 * threads, nor of whether the run was interrupted and resumed. Immutable: each method gives a new
 * request.
 */
public final class NetworkTrainer {

  private final RunOptions options;
  private final Optional<EngineKind> engine;
  private final OptionalInt tasks;
  private final int threads;
  private final Optional<Folder> checkpoints;
  private final boolean resumes;
  private final TrainingListener listener;
  private final Optional<FittedNetwork> initial;

  private NetworkTrainer(
      RunOptions options,
      Optional<EngineKind> engine,
      OptionalInt tasks,
      int threads,
      Optional<Folder> checkpoints,
      boolean resumes,
      TrainingListener listener,
      Optional<FittedNetwork> initial) {
    this.options = options;
    this.engine = engine;
    this.tasks = tasks;
    this.threads = threads;
    this.checkpoints = checkpoints;
    this.resumes = resumes;
    this.listener = listener;
    this.initial = initial;
  }

  /** Trains as options say. */
  public static NetworkTrainer of(RunOptions options) {
    return new NetworkTrainer(
        options,
        Optional.empty(),
        OptionalInt.empty(),
        Runtime.getRuntime().availableProcessors(),
        Optional.empty(),
        false,
        TrainingListener.SILENT,
        Optional.empty());
  }

  /**
   * Trains as a text says.
   *
   * @param runFile the text of a run file, in HOCON; {@code conf/reference-run.conf} explains every
   *     key
   * @param settings overriding it, such as {@code training.epochs=3}, the later ones winning
   * @throws org.syncbn.model.SettingException in a sentence, if something in it is wrong
   */
  public static NetworkTrainer parse(String runFile, String... settings) {
    return of(RunFile.forDataset(runFile, List.of(settings)));
  }

  /**
   * Carries the exchanges by this engine. Otherwise by a gang on a local master; elsewhere by the
   * engine whose exchanges cost less, which is measured first.
   */
  public NetworkTrainer with(EngineKind newEngine) {
    return new NetworkTrainer(
        options, Optional.of(newEngine), tasks, threads, checkpoints, resumes, listener, initial);
  }

  /**
   * Sets the number of tasks. Default: as many as the cluster can run at once.
   *
   * @throws IllegalArgumentException in a sentence, unless there is a shard for each and a task
   */
  public NetworkTrainer withTasks(int newTasks) {
    if (newTasks < 1) {
      throw new IllegalArgumentException("tasks must be at least 1, was " + newTasks);
    }
    if (newTasks > options.shards()) {
      throw new IllegalArgumentException(
          "tasks is %d, but the mini-batch is cut into %d shards, and each task needs one"
              .formatted(newTasks, options.shards()));
    }
    return new NetworkTrainer(
        options,
        engine,
        OptionalInt.of(newTasks),
        threads,
        checkpoints,
        resumes,
        listener,
        initial);
  }

  /** Sets the number of threads for computation outside Spark tasks. Default: all processors. */
  public NetworkTrainer withThreads(int newThreads) {
    if (newThreads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, was " + newThreads);
    }
    return new NetworkTrainer(
        options, engine, tasks, newThreads, checkpoints, resumes, listener, initial);
  }

  /** Keeps the state of the run in a folder: after each epoch, unless the options say otherwise. */
  public NetworkTrainer withCheckpoints(Folder folder) {
    return new NetworkTrainer(
        options, engine, tasks, threads, Optional.of(folder), resumes, listener, initial);
  }

  /** Goes on from the newest checkpoint in the folder of checkpoints, if there is one. */
  public NetworkTrainer resuming() {
    return new NetworkTrainer(
        options, engine, tasks, threads, checkpoints, true, listener, initial);
  }

  /** Notifies a listener of the progress of the run. */
  public NetworkTrainer with(TrainingListener newListener) {
    return new NetworkTrainer(
        options, engine, tasks, threads, checkpoints, resumes, newListener, initial);
  }

  /**
   * Starts from the weights and the running statistics of a network, in the place of drawn ones.
   * Its layers have to be those of the options, and its features as many. It counts in the place of
   * {@code training.initialModel}.
   */
  public NetworkTrainer startingFrom(FittedNetwork network) {
    return new NetworkTrainer(
        options, engine, tasks, threads, checkpoints, resumes, listener, Optional.of(network));
  }

  /** Whether the rows that the options name, or the engine, need Spark. */
  public boolean needsSpark() {
    return options.data().format().isOnExecutors()
        || !engine.equals(Optional.of(EngineKind.IN_PROCESS));
  }

  /**
   * Trains on the rows of a table: see {@link #prepare(Dataset)}.
   *
   * @return the network with its history and the metrics of all training and validation rows
   */
  public FittedNetwork fit(Dataset<Row> training) {
    try (NetworkTraining run = prepare(training)) {
      return run.toTheEnd();
    }
  }

  /**
   * Trains on the rows of a table, and evaluates on those of another after each epoch: see {@link
   * #prepare(Dataset, Dataset)}.
   *
   * @return the network with its history and the metrics of all training and validation rows
   */
  public FittedNetwork fit(Dataset<Row> training, Dataset<Row> validation) {
    try (NetworkTraining run = prepare(training, validation)) {
      return run.toTheEnd();
    }
  }

  /**
   * Trains on the rows that the options name: see {@link #prepare(SparkSession)}.
   *
   * @return the network with its history and the metrics of training, validation and test rows
   */
  public FittedNetwork fit(SparkSession spark) {
    try (NetworkTraining run = prepare(spark)) {
      return run.toTheEnd();
    }
  }

  /**
   * Partitions the rows of a table to the shards and checks that they fit the network.
   *
   * @param training with the columns that the options name: {@code data.label}, which they must
   *     name, {@code data.weight} and {@code data.features}, without which all other columns but
   *     identifiers are features. What the options say of files does not count.
   * @throws org.syncbn.spark.files.DataException in a sentence, if a column is not there, or holds
   *     what a network cannot be trained on
   * @throws IllegalArgumentException in a sentence, if network, loss or batch size do not fit
   */
  public NetworkTraining prepare(Dataset<Row> training) {
    return prepare(training, Optional.empty());
  }

  /**
   * Partitions the rows of two tables.
   *
   * @param training as for {@link #prepare(Dataset)}
   * @param validation with the same columns; evaluated after each epoch
   */
  public NetworkTraining prepare(Dataset<Row> training, Dataset<Row> validation) {
    return prepare(training, Optional.of(validation));
  }

  private NetworkTraining prepare(Dataset<Row> training, Optional<Dataset<Row>> validation) {
    RunOptions ofRows = options.with(options.data().ofDataset(validation.isPresent()));
    RunSite site = site(training.sparkSession());
    return new NetworkTraining(
        this, ofRows, site, TableRows.of(TablePlan.of(ofRows, training, validation), site));
  }

  /** Reads and partitions the rows that the options name. */
  public NetworkTraining prepare(SparkSession spark) {
    return prepare(site(spark));
  }

  /**
   * Reads and partitions the rows that the options name, in this JVM alone.
   *
   * @throws IllegalArgumentException if that {@link #needsSpark}
   */
  public NetworkTraining prepareWithoutSpark() {
    if (needsSpark()) {
      throw new IllegalArgumentException("the rows or the engine of this run need Spark");
    }
    return prepare(new RunSite(Optional.empty(), 0, 0, threads, engine));
  }

  private NetworkTraining prepare(RunSite site) {
    return new NetworkTraining(this, options, site, RunRows.read(options, site));
  }

  private RunSite site(SparkSession spark) {
    SparkContext context = spark.sparkContext();
    int fitting = Engines.tasks(context, options.shards());
    return new RunSite(
        Optional.of(spark),
        tasks.orElse(fitting),
        tasks.orElse(Math.max(fitting, Engines.slots(context))),
        threads,
        engine);
  }

  Optional<EngineKind> engine() {
    return engine;
  }

  Optional<Folder> checkpoints() {
    return checkpoints;
  }

  Optional<FittedNetwork> initial() {
    return initial;
  }

  boolean resumes() {
    return resumes;
  }

  TrainingListener listener() {
    return listener;
  }
}
