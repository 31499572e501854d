package org.syncbn.jobs;

import java.util.Optional;
import org.syncbn.api.NetworkTrainer;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.RunOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options for the engine and its number of tasks. */
final class EngineOptions {

  @Option(
      names = "--engine",
      paramLabel = "auto|in-process|gang|slices|tree",
      converter = Choices.OfEngine.class,
      completionCandidates = Choices.OfEngine.class,
      description =
          "gang: one long-running barrier stage, one round trip per exchange. slices: the same,"
              + " but executors keep and update the weights, each a slice. tree: one Spark job per"
              + " exchange. in-process: threads of this JVM. auto: gang on a local master,"
              + " elsewhere gang, slices or tree, whichever costs least per step. The model does"
              + " not depend on it. Default: auto.")
  private Optional<EngineKind> engine = Optional.empty();

  @Spec(Spec.Target.MIXEE)
  CommandSpec job;

  @Option(
      names = "--tasks",
      paramLabel = "COUNT",
      description =
          "Number of tasks, at most one per shard; the model does not depend on it. Default: as"
              + " many as the cluster can run at once.")
  private Optional<Integer> tasks = Optional.empty();

  @Option(
      names = "--explain",
      description =
          "Print the exchanges of a step with their bytes, how long each engine takes for them"
              + " here, which engine is chosen, and the memory of the run; then exit. With --input"
              + " and without CONF: print the run file that is inferred, and what it would do.")
  boolean explain;

  /** The request, carried out as these options say. */
  NetworkTrainer over(RunOptions options) {
    NetworkTrainer trainer = NetworkTrainer.of(options);
    if (engine.isPresent()) {
      trainer = trainer.with(engine.get());
    }
    if (tasks.isPresent()) {
      try {
        trainer = trainer.withTasks(tasks.get());
      } catch (IllegalArgumentException e) {
        throw new ParameterException(job.commandLine(), "--" + e.getMessage());
      }
    }
    return trainer;
  }
}
