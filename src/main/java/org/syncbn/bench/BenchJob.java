package org.syncbn.bench;

import org.syncbn.bench.scale.ScaleBenchmark;
import org.syncbn.cli.Versions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code bench}: which benchmark to run. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    customSynopsis = "jobs/bench BENCHMARK [OPTION]...",
    subcommands = {
      NormalizeBenchmark.class,
      MlBenchmark.class,
      TrainBenchmark.class,
      SyncBenchmark.class,
      ScaleBenchmark.class
    },
    description = "Measures a job beside its peers on this machine, in one run.")
public final class BenchJob implements Runnable {

  @Spec private CommandSpec spec;

  /** Without a benchmark: says which there are. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "name a benchmark: " + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }
}
