package org.syncbn.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.syncbn.cli.Failures;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.RowTarget;
import org.syncbn.spark.inference.Predictions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code predict}: what a saved model says about each row. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/predict --model FOLDER --input PATH... --output PATH [OPTION]...",
    description = {
      "",
      "Writes the rows of a dataset with the predictions of a saved model: prediction (the index of"
          + " the class, or the predicted number), probability (of each class) and predictedLabel"
          + " (the name of the class, if the model has class names).",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  jobs/predict --model models/sales --input new.csv --output predicted",
      "  jobs/predict --model hdfs:///models/sales --input hdfs:///sales/2026 --format parquet"
          + " --output hdfs:///predicted --master yarn"
    })
final class PredictJob implements Callable<Integer> {

  /** Whose vectors are of float32. */
  private static final List<String> OURS = List.of(Predictions.PREDICTION, Predictions.PROBABILITY);

  @Spec CommandSpec spec;
  @Mixin ModelOptions model;

  @Option(
      names = "--input",
      arity = "1..*",
      paramLabel = "PATH",
      description =
          "Files, folders or patterns of a table, or a folder of image files, on Hadoop file"
              + " systems; for IDX images a local folder, whose test rows are used.")
  List<String> input = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "PATH",
      description =
          "Folder for the rows, on a Hadoop file system: all their columns in order, then the"
              + " predictions.")
  String output;

  @Option(
      names = "--test",
      description =
          "Predict only the rows of the table that the run of the model held out for its tests;"
              + " they are found by their content.")
  boolean heldOut;

  @Mixin OutputOptions writing;
  @Mixin DryRun dryRun;
  @Mixin SessionOptions session;

  /** Runs the job. */
  @Override
  public Integer call() {
    ArgumentCheck check = ArgumentCheck.of(spec);
    check.reject(
        input.isEmpty() == !model.table.isNamed(), "name what is read: either --input or --table");
    check.reject(
        (output == null) == (writing.table == null),
        "name where the rows go: either --output or --output-table");
    model.table.check(check, input);
    writing.check(check, output);
    try (Session open = session.open("syncbn predict")) {
      return Failures.attempt(() -> predict(open.spark()));
    }
  }

  private int predict(SparkSession spark) throws IOException {
    Terminal terminal = Terminal.of(spec.commandLine());
    OutputPlaces places = new OutputPlaces(spark.sparkContext().hadoopConfiguration());
    input.forEach(places::reads);
    places.reads(model.model);
    try (OutputCommit outputs = new OutputCommit(places)) {
      RowOutput target = writing.open(outputs, spark, output);
      Optional<ReportFile> report = session.reporting.file(outputs);
      ModelInput network = new ModelInput(model, Optional.empty(), spark);
      InputTable predicted = network.predict(input, writing.target(output), heldOut);
      if (dryRun.isWanted) {
        Stream<String> written =
            Stream.concat(Stream.of(writing.place(output)), session.reporting.location().stream());
        terminal.print(network.planned(input, written.toList()));
        return 0;
      }
      predicted.notes().forEach(terminal::say);
      RunReport found = new RunReport();
      long rows = found.phase("predict", () -> write(predicted, target, terminal));
      String text =
          "%s rows predicted, in %s%n".formatted(TextTable.count(rows), writing.place(output));
      report.ifPresent(
          file ->
              file.write(
                  found
                      .with("job", "predict")
                      .with("text", text)
                      .with("rows", rows)
                      .with("output", writing.place(output))
                      .with("provenance", provenance(spark))));
      outputs.commit();
      terminal.print(text);
    }
    return 0;
  }

  private Map<String, Object> provenance(SparkSession spark) {
    Map<String, Object> provenance = Versions.of(spark);
    provenance.put("model", model.model);
    provenance.put("input", input);
    provenance.put("table", Optional.ofNullable(model.table.name).orElse(""));
    return provenance;
  }

  /** Writes the rows; how many there were. */
  private long write(InputTable input, RowOutput place, Terminal terminal) {
    Dataset<Row> predicted = input.rows();
    RowTarget target = writing.target(output);
    boolean isTable = target instanceof RowTarget.Table;
    Dataset<Row> ready =
        target.isFilesOf(DataFormat.CSV)
            ? withVectors(predicted, name -> true, PredictJob::text)
            : isTable ? withVectors(predicted, OURS::contains, numbers -> numbers) : predicted;
    Progress progress =
        Progress.start("predict", predicted.sparkSession().sparkContext(), terminal);
    try {
      List<String> partitionBy = writing.partitionBy(ready, List.of());
      if (isTable) { // Not every catalog hands on what a query observes while it writes.
        place.write(ready, partitionBy);
        return place.readBack(ready.schema()).count();
      }
      Observation written = new Observation();
      place.write(
          ready.observe(written, functions.count(functions.lit(1)).as("rows")), partitionBy);
      return (long) written.getAsJava().get("rows");
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    } finally {
      progress.close();
    }
  }

  /** An array as text like {@code [0.25,0.75]}, which is what CSV can hold. */
  private static Column text(Column numbers) {
    return functions.concat(
        functions.lit("["),
        functions.concat_ws(",", numbers.cast("array<string>")),
        functions.lit("]"));
  }

  /** Vectors, which only Spark's own files can hold, in another form of their arrays. */
  private static Dataset<Row> withVectors(
      Dataset<Row> predicted, Predicate<String> wanted, UnaryOperator<Column> form) {
    List<Column> columns = new ArrayList<>(ClassicDataset.columnsOf(predicted));
    for (int i = 0; i < columns.size(); i++) {
      StructField field = predicted.schema().fields()[i];
      if (field.dataType().equals(SQLDataTypes.VectorType()) && wanted.test(field.name())) {
        String numbers = OURS.contains(field.name()) ? "float32" : "float64";
        Column array = org.apache.spark.ml.functions.vector_to_array(columns.get(i), numbers);
        columns.set(i, form.apply(array).as(field.name()));
      }
    }
    return predicted.select(columns.toArray(Column[]::new));
  }
}
