package org.syncbn.jobs;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.syncbn.cli.Failures;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.model.SettingException;
import org.syncbn.nn.Metric;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;
import org.syncbn.spark.inference.ModelEvaluation;
import org.syncbn.train.RunFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code evaluate}: loss and metrics of a saved model on test rows. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/evaluate --model FOLDER [--input PATH...] [OPTION]...",
    description = {
      "",
      "Evaluates a saved model on test rows. The results do not depend on files, partitions or"
          + " executors.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  jobs/evaluate --model models/generated-images",
      "  jobs/evaluate --model models/adult --metrics rocAuc,f1,confusionMatrix",
      "  jobs/evaluate --model models/sales --input hdfs:///sales/2026 --format parquet"
          + " --master yarn"
    })
final class EvaluateJob implements Callable<Integer> {

  @Spec CommandSpec spec;
  @Mixin ModelOptions model;

  @Option(
      names = "--input",
      arity = "1..*",
      paramLabel = "PATH",
      description =
          "Files, folders or patterns of a table, or a folder of image files, on Hadoop file"
              + " systems; for IDX images a local folder, whose test rows are used. Default: the"
              + " test rows of the run.")
  List<String> data = new ArrayList<>();

  @Option(
      names = "--test",
      description =
          "Evaluate only the rows of --input or --table that the run held out for its tests. They"
              + " are found by their content, so the table may lie elsewhere now.")
  boolean heldOut;

  @Option(
      names = "--metrics",
      paramLabel = "METRICS",
      description =
          "What is measured beside the loss: any of training.metrics in a run file, such as"
              + " rocAuc,f1 or '{f1=macro}'; conf/reference-run.conf lists them. Default: those of"
              + " the run.")
  String metrics;

  @Mixin DryRun dryRun;
  @Mixin SessionOptions session;

  /** Runs the job. */
  @Override
  public Integer call() {
    ArgumentCheck check = ArgumentCheck.of(spec);
    check.reject(
        !data.isEmpty() && model.table.isNamed(),
        "--input and --table cannot be combined: give one of them");
    model.table.check(check, data);
    Optional<List<Metric>> measured = measured();
    try (Session open = session.open("syncbn evaluate")) {
      return Failures.attempt(() -> evaluate(open.spark(), measured));
    }
  }

  private Optional<List<Metric>> measured() {
    try {
      return Optional.ofNullable(metrics).map(RunFile::metrics);
    } catch (SettingException e) {
      throw new ParameterException(spec.commandLine(), "--metrics: " + e.getMessage(), e);
    }
  }

  private int evaluate(SparkSession spark, Optional<List<Metric>> measured) throws IOException {
    OutputPlaces places = new OutputPlaces(spark.sparkContext().hadoopConfiguration());
    data.forEach(places::reads);
    places.reads(model.model);
    try (OutputCommit outputs = new OutputCommit(places)) {
      Optional<ReportFile> report = session.reporting.file(outputs);
      ModelInput network = new ModelInput(model, measured, spark);
      if (dryRun.isWanted) {
        Terminal.of(spec.commandLine())
            .print(network.planned(data, session.reporting.location().stream().toList()));
        return 0;
      }
      RunReport found = new RunReport();
      ModelEvaluation result = found.phase("evaluate", () -> network.evaluate(data, heldOut));
      StringBuilder text = new StringBuilder("rows ").append(result.rows());
      result
          .metrics()
          .forEach(
              (name, value) -> text.append(String.format(Locale.ROOT, "  %s %.4f", name, value)));
      text.append(System.lineSeparator());
      found
          .with("job", "evaluate")
          .with("rows", result.rows())
          .with("metrics", result.metrics())
          .with("provenance", provenance(spark));
      if (!result.confusionMatrix().isEmpty()) {
        text.append(matrix(network.classes(), result.confusionMatrix()));
        found.with("confusionMatrix", result.confusionMatrix()).with("classes", network.classes());
      }
      found.with("text", text.toString());
      report.ifPresent(file -> file.write(found));
      outputs.commit();
      Terminal.of(spec.commandLine()).print(text.toString());
    }
    return 0;
  }

  /** A line for each class, with a column for each class that its rows are taken for. */
  private static TextTable matrix(List<String> classes, List<List<Double>> matrix) {
    TextTable table =
        new TextTable(
            Stream.concat(Stream.of("class \\ predicted"), classes.stream())
                .toArray(String[]::new));
    for (int label = 0; label < matrix.size(); label++) {
      table.row(
          Stream.concat(
                  Stream.of(classes.get(label)), matrix.get(label).stream().map(EvaluateJob::plain))
              .toArray(String[]::new));
    }
    return table;
  }

  private static String plain(double weight) {
    return BigDecimal.valueOf(weight).stripTrailingZeros().toPlainString();
  }

  private Map<String, Object> provenance(SparkSession spark) {
    Map<String, Object> provenance = Versions.of(spark);
    provenance.put("model", model.model);
    provenance.put("data", data);
    provenance.put("table", Optional.ofNullable(model.table.name).orElse(""));
    return provenance;
  }
}
