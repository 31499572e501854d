package org.syncbn.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.syncbn.cli.Failures;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.report.ReportPage;
import org.syncbn.report.SavedReport;
import org.syncbn.spark.files.TextFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code report}: a page of a saved report, or of two laid over each other. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/report FILE.json [FILE.json] --output FILE.html",
    description = {
      "",
      "Makes an HTML page of a report that --report FILE.json of a job has written, the same that"
          + " --report FILE.html writes, or lays the reports of two runs of the same job over each"
          + " other.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  jobs/report run.json --output run.html",
      "  jobs/report monday.json tuesday.json --output both.html",
      "",
      "The exit code is 0 for success, 1 if the job failed, 2 for invalid arguments."
    })
final class ReportJob implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(
      arity = "1..2",
      paramLabel = "FILE.json",
      description = "One or two reports of the same job. A path without a scheme is local.")
  List<String> files = new ArrayList<>();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE.html",
      description = "The page. A path without a scheme is local. An existing file is replaced.")
  String output;

  @Option(names = "--stacktrace", description = "If the job fails, print a stack trace too.")
  boolean stacktrace;

  /** Runs the job. */
  @Override
  public Integer call() {
    return Failures.attempt(this::write);
  }

  private int write() throws IOException {
    Configuration settings = new Configuration();
    OutputPlaces places = new OutputPlaces(settings);
    files.forEach(places::readsText);
    try (OutputCommit outputs = new OutputCommit(places)) {
      OutputCommit.TextFile page = outputs.textFile(output);
      List<SavedReport> reports = new ArrayList<>();
      for (String file : files) {
        reports.add(SavedReport.parse(TextFiles.read(file, settings), file));
      }
      page.write(ReportPage.of(reports).html());
      outputs.commit();
      Terminal.of(spec.commandLine()).print("page  " + output + "\n");
    }
    return 0;
  }
}
