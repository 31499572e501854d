package org.syncbn.jobs;

import java.util.Optional;
import picocli.CommandLine.Option;

/** What a job says beside its result. */
final class ReportOptions {

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the result as JSON, with what ran it. A path without a scheme is local. An"
              + " existing file is replaced.")
  String report;

  @Option(names = "--stacktrace", description = "Print the stack trace of a failure.")
  boolean stacktrace;

  /** Where the report goes, if one is wanted. */
  Optional<OutputCommit.TextFile> file(OutputCommit outputs) {
    return Optional.ofNullable(report).map(outputs::textFile);
  }
}
