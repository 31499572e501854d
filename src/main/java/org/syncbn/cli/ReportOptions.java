package org.syncbn.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** The options for reports and stack traces. */
public final class ReportOptions {

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the result as JSON, with versions and settings. A path without a scheme is"
              + " local. An existing file is replaced.")
  private String report;

  @Option(names = "--stacktrace", description = "If the job fails, print a stack trace too.")
  boolean stacktrace;

  /** The place of the report, if one is wanted. */
  public Optional<String> location() {
    return Optional.ofNullable(report);
  }

  /** The report as an output that is still to be written, if one is wanted. */
  public Optional<OutputCommit.TextFile> file(OutputCommit outputs) {
    return location().map(outputs::textFile);
  }
}
