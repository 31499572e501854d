package org.syncbn.cli;

import java.util.Optional;
import org.syncbn.report.RunReport;
import picocli.CommandLine.Option;

/** The options for reports and stack traces. */
public final class ReportOptions {

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the result with versions and settings: a page with charts if the name ends in"
              + " .html, else JSON, of which jobs/report makes pages. A path without a scheme is"
              + " local. An existing file is replaced.")
  private String report;

  @Option(names = "--stacktrace", description = "If the job fails, print a stack trace too.")
  boolean stacktrace;

  /** The place of the report, if one is wanted. */
  public Optional<String> location() {
    return Optional.ofNullable(report);
  }

  /** Something that takes a report, and writes it in the form that its name asks for. */
  @FunctionalInterface
  public interface ReportFile {

    /** Writes the report. */
    void write(RunReport report);
  }

  /** The report as an output that is still to be written, if one is wanted. */
  public Optional<ReportFile> file(OutputCommit outputs) {
    return location()
        .map(
            place -> {
              OutputCommit.TextFile file = outputs.textFile(place);
              return report -> file.write(report.text(place));
            });
  }
}
