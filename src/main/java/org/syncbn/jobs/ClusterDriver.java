package org.syncbn.jobs;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.syncbn.cli.Failures;
import org.syncbn.spark.files.Location;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Rejects results that would be lost when the driver runs in the cluster ({@code --deploy-mode
 * cluster}).
 */
public final class ClusterDriver {

  /** Options that say where results go; a model is one of training only. */
  private static final List<String> OF_TRAINING = List.of("--model", "--checkpoint", "--report");

  private static final List<String> OF_OTHERS = List.of("--output", "--statistics", "--report");

  private static final Set<String> COMMANDS = Set.of("normalize", "train", "evaluate", "predict");

  private ClusterDriver() {}

  /**
   * Why a job cannot be run with {@code --deploy-mode cluster}: it is a sample or a benchmark, it
   * writes no file, or it writes one to a place without a scheme, such as {@code hdfs:}, which may
   * be the disk of that driver. Also what is wrong with the arguments anyway.
   *
   * @param arguments of the job, its name first
   */
  public static Optional<String> rejection(String[] arguments) {
    try {
      return rejection(SyncBatchNorm.command().parseArgs(arguments));
    } catch (ParameterException wrong) {
      return Optional.of(Failures.oneLine(wrong));
    }
  }

  static Optional<String> rejection(ParseResult arguments) {
    if (!arguments.hasSubcommand()) {
      return Optional.empty();
    }
    ParseResult job = arguments.subcommand();
    if (asksForHelp(job)) {
      return Optional.empty();
    }
    String name = job.commandSpec().name();
    if (!COMMANDS.contains(name)) {
      return Optional.of(
          ("with --deploy-mode cluster the output of %s would be printed where nobody reads it;"
                  + " use --deploy-mode client")
              .formatted(name));
    }
    boolean trains = name.equals("train");
    List<OptionSpec> results =
        (trains ? OF_TRAINING : OF_OTHERS)
            .stream().filter(job::hasMatchedOption).map(job.commandSpec()::findOption).toList();
    for (OptionSpec result : results) {
      String place = result.getValue();
      if (!Location.hasScheme(place)) {
        return Optional.of(
            ("with --deploy-mode cluster %s %s would stay on the disk of a driver somewhere in"
                    + " the cluster; give a path with a scheme, as in hdfs:///folder/name, or use"
                    + " --deploy-mode client")
                .formatted(result.longestName(), place));
      }
    }
    boolean keepsSomething = trains ? job.hasMatchedOption("--model") : !results.isEmpty();
    return keepsSomething
        ? Optional.empty()
        : Optional.of(
            ("with --deploy-mode cluster nobody would see the result; write it to a file system"
                    + " with %s, or use --deploy-mode client")
                .formatted(
                    switch (name) {
                      case "train" -> "--model";
                      case "evaluate" -> "--report";
                      default -> "--output";
                    }));
  }

  private static boolean asksForHelp(ParseResult job) {
    return job.isUsageHelpRequested() || job.isVersionHelpRequested();
  }
}
