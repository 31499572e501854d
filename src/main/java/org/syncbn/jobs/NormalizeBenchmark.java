package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.jobs.SessionOptions.Session;
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
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.sums.TableSums;
import org.syncbn.tensor.CounterRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Times of fit and transform beside those of Spark's own tools on the same files, and how exact
 * each is.
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
          + " rounds after one of warming up. Then compares the exactness of the variances.",
      ""
    })
final class NormalizeBenchmark implements Callable<Integer> {

  private static final int FORMAT = 2; // of the generated files; another number generates anew

  /** Of the default number of rows, unless that falls below {@link #FEWEST_ROWS}. */
  private static final int VALUES = 128_000_000;

  private static final int FEWEST_ROWS = 20_000;

  /** Columns from which on Spark plans one expression for each for minutes. */
  private static final int WIDE = 1_000;

  /** Rows of Parquet for one of CSV. */
  private static final int ROWS_PER_CSV_ROW = 8;

  private static final CounterRandom RANDOM = CounterRandom.of(4_051_126);

  private static final String VECTOR = "features";

  /** The time of one work in that of another. */
  private record Ratio(String name, String to) {}

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
          "Rows of the Parquet files; those of CSV have an eighth. Default: 128 million values, and"
              + " 20000 rows at least.")
  private Long wantedRows;

  @Option(
      names = "--features",
      defaultValue = "32",
      paramLabel = "N",
      description =
          "Columns of doubles; beyond 1000 only scans and fits are measured, and no CSV. Default:"
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

  /** One thing to measure. */
  private record Work(String name, String what, Runnable task) {}

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
      Optional<OutputCommit.TextFile> reportFile = session.reporting.file(outputs);
      List<Map<String, Object>> results = times(open.spark(), terminal);
      AccuracyComparison accuracy = AccuracyComparison.run(open.spark(), terminal);
      terminal.print("\n" + accuracy.text());
      RunReport report =
          new RunReport()
              .with("results", results)
              .with("accuracy", accuracy.entries())
              .with("provenance", provenance(open.spark()));
      reportFile.ifPresent(file -> file.write(report.json()));
      outputs.commit();
    }
    return 0;
  }

  private Map<String, Object> provenance(SparkSession spark) {
    Map<String, Object> provenance = Versions.of(spark);
    provenance.put("processors", Runtime.getRuntime().availableProcessors());
    provenance.put("rows", rows);
    provenance.put("features", features);
    provenance.put("runs", runs);
    return provenance;
  }

  private List<Map<String, Object>> times(SparkSession spark, Terminal terminal) {
    List<Work> works = works(spark, terminal);
    double[][] seconds = new double[works.size()][runs];
    for (int round = -1; round < runs; round++) {
      terminal.say(round < 0 ? "Warming up." : "Round %d of %d.".formatted(round + 1, runs));
      for (int w = 0; w < works.size(); w++) {
        spark.sparkContext().setJobDescription(works.get(w).name());
        long start = System.nanoTime();
        works.get(w).task().run();
        double elapsed = (System.nanoTime() - start) * 1e-9;
        if (round >= 0) {
          seconds[w][round] = elapsed;
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    for (int w = 0; w < works.size(); w++) {
      Arrays.sort(seconds[w]);
      medians.put(works.get(w).name(), (seconds[w][runs / 2] + seconds[w][(runs - 1) / 2]) / 2);
    }
    double scan = medians.get("scan");
    TextTable table = new TextTable("name", "seconds", "x scan", "fastest", "slowest");
    List<Map<String, Object>> results = new ArrayList<>();
    for (int w = 0; w < works.size(); w++) {
      String name = works.get(w).name();
      double median = medians.get(name);
      table.row(
          name + ": " + works.get(w).what(),
          "%.3f".formatted(median),
          "%.2f".formatted(median / scan),
          "%.3f".formatted(seconds[w][0]),
          "%.3f".formatted(seconds[w][runs - 1]));
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("name", name);
      result.put("seconds", median);
      result.put("ratioToScan", median / scan);
      results.add(result);
    }
    terminal.print(
        "%s rows x %d doubles in Parquet, %s, median of %d:%n%n"
            .formatted(TextTable.count(rows), features, spark.sparkContext().master(), runs));
    terminal.print(table + "\n" + ratios(medians));
    return results;
  }

  /** What the times come to. */
  private static String ratios(Map<String, Double> medians) {
    TextTable table = new TextTable("ratio", "");
    RATIOS.forEach(
        ratio -> {
          if (medians.containsKey(ratio.name()) && medians.containsKey(ratio.to())) {
            table.row(
                ratio.name() + " / " + ratio.to(),
                "%.2f".formatted(medians.get(ratio.name()) / medians.get(ratio.to())));
          }
        });
    return table + "";
  }

  private List<Work> works(SparkSession spark, Terminal terminal) {
    Dataset<Row> scalars = generated(spark, terminal, "scalars", s -> scalars(s, rows));
    Dataset<Row> vectors = generated(spark, terminal, "vectors", this::vectors);
    Features ours = Features.of(scalars, FeatureSelection.allNumeric());
    Features ourVector = Features.of(vectors, FeatureSelection.allNumeric());
    FeatureScaling scaling =
        FeatureScaling.batchNorm(
            ours.names(),
            FeatureStatistics.fit(scalars, ours).moments(),
            Kind.BATCH_NORM.method().eps());
    StandardScaler scaler =
        new StandardScaler().setInputCol(VECTOR).setOutputCol("scaled").setWithMean(true);
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
            () -> Peers.summarizer(vectors, VECTOR)));
    if (features <= WIDE) {
      works.add(new Work("noop", "columns untouched to the noop sink", () -> noop(scalars)));
      works.add(new Work("noopVector", "the same of one vector column", () -> noop(vectors)));
      works.add(
          new Work(
              "transform",
              "ours, to the noop sink",
              () -> noop(normalized(scalars, ours, scaling))));
      works.add(
          new Work(
              "transformVector",
              "ours, one vector column",
              () -> noop(normalized(vectors, ourVector, scaling))));
      works.add(
          new Work(
              "standardScalerTransform",
              "StandardScalerModel.transform",
              () -> noop(model.transform(vectors).select("scaled"))));
      Dataset<Row> assembled =
          new VectorAssembler()
              .setInputCols(scalars.columns())
              .setOutputCol(VECTOR)
              .transform(scalars)
              .select(VECTOR);
      works.add(
          new Work(
              "standardScalerFitAssembled",
              "VectorAssembler, StandardScaler.fit",
              () -> scaler.fit(assembled)));
      works.add(
          new Work(
              "standardScalerTransformAssembled",
              "VectorAssembler, the same",
              () -> noop(model.transform(assembled).select("scaled"))));
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
      works.addAll(csvWorks(spark, terminal));
    }
    return works;
  }

  /** From text to statistics, the types of the columns unknown. */
  private List<Work> csvWorks(SparkSession spark, Terminal terminal) {
    String location =
        generatedFiles(
            spark,
            terminal,
            "csv",
            (session, place) ->
                scalars(session, Math.max(1, rows / ROWS_PER_CSV_ROW))
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

  private static void noop(Dataset<Row> data) {
    data.write().format("noop").mode("overwrite").save();
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

  /** A data set of Parquet files, made first if they are not there from an earlier run. */
  private Dataset<Row> generated(
      SparkSession spark,
      Terminal terminal,
      String name,
      MapFunction<SparkSession, Dataset<Row>> make) {
    return spark
        .read()
        .parquet(
            generatedFiles(
                spark,
                terminal,
                name,
                (session, place) -> make.call(session).write().mode("overwrite").parquet(place)));
  }

  /** Makes files at a place. */
  private interface Maker {
    void make(SparkSession session, String place) throws Exception;
  }

  /** Where the files of that name are, made first if they are not there from an earlier run. */
  private String generatedFiles(SparkSession spark, Terminal terminal, String name, Maker maker) {
    String place =
        "file:"
            + WorkFolder.named("bench-normalize")
                .resolve("%s-%d-%dx%d".formatted(name, FORMAT, rows, features));
    try {
      Path done = new Path(place, "_SUCCESS");
      if (!done.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(done)) {
        terminal.say("Generating " + place + ".");
        maker.make(spark, place);
      }
    } catch (Exception e) {
      throw new JobFailure("Cannot make %s: %s.".formatted(place, e.getMessage()), e);
    }
    return place;
  }

  private Dataset<Row> scalars(SparkSession spark, long count) {
    StructType schema = new StructType();
    for (int c = 0; c < features; c++) {
      schema = schema.add("x" + c, DataTypes.DoubleType);
    }
    int width = features;
    // Rows in Spark's own form: an encoder of thousands of columns takes minutes to make.
    JavaRDD<InternalRow> made =
        indices(spark, count)
            .javaRDD()
            .map(
                index ->
                    new GenericInternalRow(
                        Arrays.stream(values(index, width)).boxed().toArray(Object[]::new)));
    return ClassicDataset.ofRows(spark.emptyDataFrame(), made, schema);
  }

  private Dataset<Row> vectors(SparkSession spark) {
    StructType schema = new StructType().add(VECTOR, SQLDataTypes.VectorType());
    int width = features;
    return indices(spark, rows)
        .map(
            (MapFunction<Long, Row>)
                index -> RowFactory.create(Vectors.dense(values(index, width))),
            Encoders.row(schema));
  }

  /** Of rows, for two files for each core. */
  private static Dataset<Long> indices(SparkSession spark, long count) {
    return spark.range(0, count, 1, spark.sparkContext().defaultParallelism() * 2);
  }

  private static double[] values(long index, int width) {
    return IntStream.range(0, width).mapToDouble(c -> value(index, c)).toArray();
  }

  /** Mixed distributions: the kind repeats every eight columns, with 64 scales in turn. */
  private static double value(long index, int column) {
    CounterRandom random = RANDOM.fork(column);
    double scale = Math.scalb(1.0, 3 * (column / 8 % 64));
    return scale
        * switch (column % 8) {
          case 0 -> random.gaussian(index);
          case 1 -> 100 + 15 * random.gaussian(index);
          case 2 -> random.uniform(index);
          case 3 -> StrictMath.exp(random.gaussian(index));
          case 4 -> 1e6 + random.gaussian(index);
          case 5 -> -StrictMath.log(1 - random.uniform(index));
          case 6 -> random.below(1000, index);
          default -> 1e-6 * random.gaussian(index);
        };
  }
}
