package org.syncbn.jobs;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.syncbn.bench.BenchJob;
import org.syncbn.cli.Failures;
import org.syncbn.cli.Versions;
import org.syncbn.experiment.ExperimentJob;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line: {@code normalize}, {@code train}, {@code evaluate}, {@code predict}, {@code
 * bench}, {@code experiment}, {@code report}.
 *
 * <p>The result goes to standard output, everything else to standard error. The exit code is 0 when
 * all went well, 1 when the job failed and 2 when the arguments were wrong; a failure is one
 * sentence on standard error.
 */
@Command(
    name = "syncbn",
    description = "Exact statistics, batch normalization and training on Apache Spark.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      NormalizeJob.class,
      TrainJob.class,
      EvaluateJob.class,
      PredictJob.class,
      BenchJob.class,
      ExperimentJob.class,
      ReportJob.class
    },
    versionProvider = Versions.class,
    mixinStandardHelpOptions = true)
public final class SyncBatchNorm implements Runnable {

  @Spec private CommandSpec spec;

  private SyncBatchNorm() {}

  /** Runs a command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    // ORC reads and writes times of day by the zone of the JVM; UTC has every hour of every day.
    TimeZone.setDefault(TimeZone.getTimeZone(ZoneOffset.UTC));
    Locale.setDefault(Locale.ROOT); // no digits but 0 to 9, no i without a dot
    System.exit(run(args, System.out, System.err));
  }

  /**
   * Runs a command inside this JVM.
   *
   * <p>A Spark session that already runs in this JVM is used and left running; one that the command
   * starts is stopped at its end.
   *
   * @return the exit code: 0 done, 1 failed, 2 wrong arguments, more than 128 where a signal ended
   *     training before its time
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    return command()
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(SyncBatchNorm::wrongArguments)
        .setExecutionStrategy(SyncBatchNorm::execute)
        .setExecutionExceptionHandler(Failures::report)
        .execute(args);
  }

  /** The command line, for a look at arguments without running anything. */
  static CommandLine command() {
    return new CommandLine(new SyncBatchNorm());
  }

  /** Runs the command; what fails for lack of memory is reported like any failure. */
  private static int execute(ParseResult arguments) {
    if ("cluster".equals(System.getProperty("spark.submit.deployMode"))) {
      ClusterDriver.rejection(arguments)
          .ifPresent(
              sentence -> {
                throw new ParameterException(arguments.commandSpec().commandLine(), sentence);
              });
    }
    try {
      return new CommandLine.RunLast().execute(arguments);
    } catch (OutOfMemoryError full) {
      throw new ExecutionException(
          arguments.commandSpec().commandLine(), "", new IllegalStateException(full));
    }
  }

  private static int wrongArguments(ParameterException problem, String[] args) {
    CommandLine command = problem.getCommandLine();
    List<String> similar =
        problem instanceof UnmatchedArgumentException unmatched
            ? unmatched.getSuggestions()
            : List.of();
    command
        .getErr()
        .printf(
            "error: %s%s (see --help)%n",
            Failures.oneLine(problem),
            similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** Without a command: says which there are. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "name a command: " + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }
}
