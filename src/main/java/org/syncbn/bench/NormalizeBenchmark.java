package org.syncbn.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.bench.BenchmarkRounds.Ratio;
import org.syncbn.bench.BenchmarkRounds.Work;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;
import org.syncbn.spark.ColumnScan;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.FeatureTransform;
import org.syncbn.spark.Features;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.sums.TableSums;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Times fit and transform beside Spark's own tools on the same files, and measures the accuracy of
 * each.
 */
@Command(
    name = "normalize",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/bench normalize [OPTION]...",
    description = {
      "",
      "Generates files of doubles once, then measures in interleaved rounds: the columnar scan"
          + " alone, our fit and transform, and Spark's own tools; each time is the median of the"
          + " rounds after one warm-up round. Then compares the accuracy of the variances.",
      ""
    })
final class NormalizeBenchmark implements Callable<Integer> {

  /** Of the default number of rows, unless that falls below {@link #FEWEST_ROWS}. */
  private static final int VALUES = 128_000_000;

  private static final int FEWEST_ROWS = 20_000;

  /** Columns from which on Spark plans one expression for each for minutes. */
  private static final int WIDE = 1_000;

  /** Rows of Parquet for one of CSV. */
  private static final int ROWS_PER_CSV_ROW = 8;

  private static final List<Ratio> RATIOS =
      List.of(
          new Ratio("fit", "scan"),
          new Ratio("standardScalerFitAssembled", "fit"),
          new Ratio("standardScalerFit", "fitVector"),
          new Ratio("transform", "noop"),
          new Ratio("standardScalerTransformAssembled", "transform"),
          new Ratio("standardScalerTransform", "transformVector"),
          new Ratio("sqlAggregateCsv", "fitCsv"));

  @Spec private CommandSpec spec;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description =
          "Rows of the Parquet files; CSV files have an eighth. Default: as many as give 128"
              + " million values, at least 20000.")
  private Long wantedRows;

  @Option(
      names = "--features",
      defaultValue = "32",
      paramLabel = "N",
      description =
          "Columns of doubles; above 1000 it measures only scans and fits, without CSV. Default:"
              + " ${DEFAULT-VALUE}.")
  private int features;

  @Option(
      names = "--runs",
      defaultValue = "5",
      paramLabel = "N",
      description = "Rounds to take the median of. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Mixin private SessionOptions session;

  private long rows;

  /** Runs the benchmark. */
  @Override
  public Integer call() {
    if (wantedRows != null && wantedRows < 1 || features < 1 || runs < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rows, --features and --runs are at least 1");
    }
    rows = wantedRows != null ? wantedRows : Math.max(FEWEST_ROWS, VALUES / features);
    Terminal terminal = Terminal.of(spec.commandLine());
    try (Session open = session.open("syncbn bench normalize");
        OutputCommit outputs =
            new OutputCommit(new OutputPlaces(open.spark().sparkContext().hadoopConfiguration()))) {
      Optional<ReportFile> reportFile = session.reporting.file(outputs);
      List<Map<String, Object>> results =
          BenchmarkRounds.times(
              works(new BenchmarkTables(open.spark(), terminal, rows, features)),
              runs,
              "%s rows x %d doubles in Parquet".formatted(TextTable.count(rows), features),
              "scan",
              RATIOS,
              open.spark(),
              terminal);
      AccuracyComparison accuracy = AccuracyComparison.run(open.spark(), terminal);
      terminal.print("\n" + accuracy.text());
      RunReport report =
          new RunReport()
              .with("job", "bench normalize")
              .with("results", results)
              .with("accuracy", accuracy.entries())
              .with("provenance", BenchmarkRounds.provenance(open.spark(), rows, features, runs));
      reportFile.ifPresent(file -> file.write(report));
      outputs.commit();
    }
    return 0;
  }

  private List<Work> works(BenchmarkTables tables) {
    Dataset<Row> scalars = tables.scalars();
    Dataset<Row> vectors = tables.vectors();
    Features ours = Features.of(scalars, FeatureSelection.allNumeric());
    Features ourVector = Features.of(vectors, FeatureSelection.allNumeric());
    FeatureScaling scaling =
        FeatureScaling.batchNorm(
            ours.names(),
            FeatureStatistics.fit(scalars, ours).moments(),
            Kind.BATCH_NORM.method().eps());
    StandardScaler scaler =
        new StandardScaler()
            .setInputCol(BenchmarkTables.VECTOR)
            .setOutputCol("scaled")
            .setWithMean(true);
    StandardScalerModel model = scaler.fit(vectors);

    List<Work> works = new ArrayList<>();
    works.add(new Work("scan", "columnar batches pulled, values unread", () -> drain(scalars)));
    works.add(new Work("scanVector", "the same of one vector column", () -> drain(vectors)));
    works.add(new Work("fit", "ours", () -> FeatureStatistics.fit(scalars, ours)));
    works.add(
        new Work(
            "fitVector",
            "ours, one vector column",
            () -> FeatureStatistics.fit(vectors, ourVector)));
    works.add(new Work("standardScalerFit", "StandardScaler.fit", () -> scaler.fit(vectors)));
    works.add(
        new Work(
            "summarizer",
            "Summarizer of mean and variance",
            () -> Peers.summarizer(vectors, BenchmarkTables.VECTOR)));
    if (features <= WIDE) {
      works.add(
          new Work(
              "noop", "columns untouched to the noop sink", () -> BenchmarkRounds.noop(scalars)));
      works.add(
          new Work(
              "noopVector", "the same of one vector column", () -> BenchmarkRounds.noop(vectors)));
      works.add(
          new Work(
              "transform",
              "ours, to the noop sink",
              () -> BenchmarkRounds.noop(normalized(scalars, ours, scaling))));
      works.add(
          new Work(
              "transformVector",
              "ours, one vector column",
              () -> BenchmarkRounds.noop(normalized(vectors, ourVector, scaling))));
      works.add(
          new Work(
              "standardScalerTransform",
              "StandardScalerModel.transform",
              () -> BenchmarkRounds.noop(model.transform(vectors).select("scaled"))));
      Dataset<Row> assembled =
          new VectorAssembler()
              .setInputCols(scalars.columns())
              .setOutputCol(BenchmarkTables.VECTOR)
              .transform(scalars)
              .select(BenchmarkTables.VECTOR);
      works.add(
          new Work(
              "standardScalerFitAssembled",
              "VectorAssembler, StandardScaler.fit",
              () -> scaler.fit(assembled)));
      works.add(
          new Work(
              "standardScalerTransformAssembled",
              "VectorAssembler, the same",
              () -> BenchmarkRounds.noop(model.transform(assembled).select("scaled"))));
      works.add(
          new Work(
              "sqlAggregate",
              "agg(avg, stddev_pop) of each column",
              () -> Peers.sqlAggregate(scalars)));
      works.add(
          new Work(
              "handTreeAggregate",
              "treeAggregate of sums and squares",
              () -> Peers.handTreeAggregate(scalars)));
      works.addAll(csvWorks(tables));
    }
    return works;
  }

  /** From text to statistics, the types of the columns unknown. */
  private List<Work> csvWorks(BenchmarkTables tables) {
    SparkSession spark = tables.spark();
    String location =
        tables.files(
            "csv",
            (session, place) ->
                tables
                    .made(Math.max(1, rows / ROWS_PER_CSV_ROW))
                    .write()
                    .mode("overwrite")
                    .option("header", true)
                    .csv(place));
    return List.of(
        new Work("fitCsv", "ours, of CSV", () -> fitCsv(spark, location)),
        new Work(
            "sqlAggregateCsv",
            "CSV with inferSchema, agg(avg, stddev_pop)",
            () ->
                Peers.sqlAggregate(
                    spark
                        .read()
                        .option("header", true)
                        .option("inferSchema", true)
                        .csv(location))));
  }

  private static TableSums fitCsv(SparkSession spark, String location) {
    FeatureSelection all = FeatureSelection.allNumeric();
    Dataset<Row> rows = DataReader.read(spark, List.of(location), ReadOptions.of(all)).rows();
    return FeatureStatistics.fit(rows, Features.of(rows, all));
  }

  /** As the job does it once the fit has found no missing value. */
  private static Dataset<Row> normalized(
      Dataset<Row> data, Features features, FeatureScaling scaling) {
    return FeatureTransform.normalize(data, features, scaling, MissingValues.SKIP);
  }

  /** Pulls every batch and counts its rows. */
  private static void drain(Dataset<Row> data) {
    ColumnScan.of(data)
        .batches()
        .orElseThrow()
        .foreachPartition(
            batches -> {
              long count = 0;
              while (batches.hasNext()) {
                count += batches.next().numRows();
              }
              if (count < 0) {
                throw new IllegalStateException("no number of rows: " + count);
              }
            });
  }
}
