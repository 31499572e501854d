package io.syncbn.jobs;

import io.syncbn.data.ShardData;
import io.syncbn.norm.BatchNorm;
import io.syncbn.spark.sync.EngineChoice;
import io.syncbn.spark.sync.EngineKind;
import io.syncbn.spark.sync.Engines;
import io.syncbn.spark.sync.ShardedRows;
import io.syncbn.spark.sync.StepTraffic;
import io.syncbn.train.Engine;
import io.syncbn.train.InProcessEngine;
import io.syncbn.train.TrainingPlan;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Option;

/** Which engine trains, and on what cluster. */
final class EngineOptions {

  @Option(
      names = "--engine",
      paramLabel = "auto|gang|tree|in-process",
      converter = Choice.OfEngine.class,
      completionCandidates = Choice.OfEngine.class,
      description =
          "gang: tasks that stay, one round trip per exchange. tree: a Spark job per exchange."
              + " in-process: threads of this JVM, without Spark. auto: the one of gang and tree"
              + " whose exchanges cost less. The model does not depend on it. Default: gang on a local"
              + " master, else auto.")
  Wanted engine;

  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Spark master, such as local[2], local-cluster[2,1,2048] or spark://host:7077. Default:"
              + " what spark-submit says, else all cores of this machine.")
  String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description = "A Spark setting; may be repeated.")
  Map<String, String> conf = new LinkedHashMap<>();

  @Option(
      names = "--tasks",
      paramLabel = "COUNT",
      description =
          "Tasks that hold the shards and compute at once, at most one per shard; the model does"
              + " not depend on it. Default: as many as the cluster runs at once.")
  Optional<Integer> tasks = Optional.empty();

  @Option(
      names = "--explain",
      description =
          "Print the exchanges of a step with their bytes, what each engine takes for them here,"
              + " and the choice; then stop.")
  boolean explain;

  /** What can be asked for. */
  enum Wanted {
    AUTO,
    GANG,
    TREE,
    IN_PROCESS
  }

  /** An engine and what it stands on, closed together. */
  static final class Opened implements AutoCloseable {

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private Engine engine;
    private String explanation = "";
    private String description = "in-process";

    /** The engine. */
    Engine engine() {
      return engine;
    }

    /** Which engine it is, and where it runs. */
    String description() {
      return description;
    }

    /** The plan of a step, if it was asked for. */
    String explanation() {
      return explanation;
    }

    private <T extends AutoCloseable> T keep(T part) {
      parts.push(part);
      return part;
    }

    @Override
    public void close() {
      while (!parts.isEmpty()) {
        try {
          parts.pop().close();
        } catch (Exception e) { // none of ours throws a checked one
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** Whether a Spark session is needed. */
  boolean usesSpark() {
    return explain || engine != Wanted.IN_PROCESS;
  }

  private Wanted wanted(JavaSparkContext spark) {
    if (engine != null) {
      return engine;
    }
    return spark.isLocal() ? Wanted.GANG : Wanted.AUTO;
  }

  /**
   * Opens the engine.
   *
   * @param plan what the shards have to know
   * @param shards their rows
   * @param threads of the in-process engine
   */
  Opened open(TrainingPlan plan, List<ShardData> shards, int threads) {
    Opened opened = new Opened();
    try {
      if (!usesSpark()) {
        opened.engine = opened.keep(new InProcessEngine(plan, shards, threads));
        return opened;
      }
      SessionOptions session = new SessionOptions();
      session.master = master;
      session.conf = conf;
      JavaSparkContext spark =
          JavaSparkContext.fromSparkContext(
              opened
                  .keep(session.open("syncbn train", SessionOptions.DEFAULT_MASTER))
                  .spark()
                  .sparkContext());
      int count = tasks.orElseGet(() -> Engines.tasks(spark.sc(), shards.size()));
      EngineKind kind = kind(spark, count, plan, opened);
      if (!explain) {
        ShardedRows rows = opened.keep(ShardedRows.of(spark, shards, count));
        opened.engine = opened.keep(Engines.open(kind, rows, plan));
        opened.description =
            "%s, %d task%s on %s".formatted(kind, count, count == 1 ? "" : "s", spark.master());
      }
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private EngineKind kind(JavaSparkContext spark, int count, TrainingPlan plan, Opened opened) {
    Wanted wanted = wanted(spark);
    if (explain || wanted == Wanted.AUTO) {
      EngineChoice choice = EngineChoice.measure(spark, count, traffic(plan));
      opened.explanation = choice.explain();
      return choice.chosen();
    }
    return EngineKind.valueOf(wanted.name());
  }

  private static StepTraffic traffic(TrainingPlan plan) {
    Stream<BatchNorm> layers = plan.network().batchNorms().stream();
    return StepTraffic.of(
        layers.map(layer -> new StepTraffic.Layer(layer.name(), layer.channels())).toList(),
        plan.network().weightCount());
  }
}
