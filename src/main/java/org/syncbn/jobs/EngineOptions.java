package org.syncbn.jobs;

import java.util.Optional;
import org.apache.spark.SparkContext;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.cli.ThreadOptions;
import org.syncbn.spark.sync.EngineChoice;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.StepTraffic;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingPlan;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which engine trains, and with how many tasks. */
final class EngineOptions {

  @Option(
      names = "--engine",
      paramLabel = "auto|gang|tree|in-process",
      converter = Choices.OfEngine.class,
      completionCandidates = Choices.OfEngine.class,
      description =
          "gang: tasks that stay, one round trip per exchange. tree: a Spark job per exchange."
              + " in-process: threads of this JVM. auto: the one of gang and tree whose exchanges"
              + " cost less. The model does not depend on it. Default: gang on a local master, else"
              + " auto.")
  Wanted engine;

  @Spec(Spec.Target.MIXEE)
  CommandSpec job;

  @Option(
      names = "--tasks",
      paramLabel = "COUNT",
      description =
          "Tasks that hold the shards and compute at once, at most one per shard; the model does"
              + " not depend on it. Default: as many as the cluster runs at once.")
  private Optional<Integer> tasks = Optional.empty();

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

  /**
   * The engine of a run.
   *
   * @param kind the engine
   * @param explanation the plan of a step, if engines were measured
   */
  record Decision(EngineKind kind, String explanation) {}

  /** Opens a Spark session if the run needs one. */
  RunSite site(RunOptions options, SessionOptions where, int threads) {
    tasks.ifPresent(count -> checkTasks(count, options.shards()));
    if (engine == Wanted.IN_PROCESS && !explain && !options.data().format().isOnExecutors()) {
      return new RunSite(Optional.empty(), 0, 0, threads);
    }
    Session session = where.open("syncbn train");
    SparkContext spark = session.spark().sparkContext();
    try {
      int fitting = Engines.tasks(spark, options.shards());
      int slots = tasks.orElse(Math.max(fitting, Engines.slots(spark)));
      return new RunSite(Optional.of(session), tasks.orElse(fitting), slots, threads);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private void checkTasks(int count, int shards) {
    if (ThreadOptions.atLeastOne(job, "--tasks", count) > shards) {
      throw new ParameterException(
          job.commandLine(),
          "--tasks is %d, but the mini-batch is cut into %d shards, and each task needs one"
              .formatted(count, shards));
    }
  }

  /** Takes the engine that was asked for, or measures which is best. */
  Decision decide(RunSite site, TrainingPlan plan, int batchRows) {
    Wanted wanted = wanted(site);
    if (explain || wanted == Wanted.AUTO) {
      EngineChoice choice =
          EngineChoice.measure(site.context(), site.tasks(), StepTraffic.of(plan, batchRows));
      return new Decision(choice.chosen(), choice.explain());
    }
    return new Decision(EngineKind.valueOf(wanted.name()), "");
  }

  private Wanted wanted(RunSite site) {
    if (engine != null) {
      return engine;
    }
    return site.context().isLocal() ? Wanted.GANG : Wanted.AUTO;
  }
}
