package org.syncbn.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.bench.BenchmarkRounds.Ratio;
import org.syncbn.bench.BenchmarkRounds.Work;
import org.syncbn.cli.Choice;
import org.syncbn.cli.JobFailure;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.ml.BatchNormalizer;
import org.syncbn.ml.BatchNormalizerModel;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;
import org.syncbn.sql.ExactFunctionCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Times of the stage for pipelines and of the SQL functions, and accuracy of the classifier, beside
 * those of Spark's own.
 */
@Command(
    name = "ml",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/bench ml [OPTION]...",
    description = {
      "",
      "Generates files of doubles once, then measures in interleaved rounds: BatchNormalizer beside"
          + " StandardScaler, on a vector column and on numeric columns, and exact_avg and"
          + " exact_stddev_pop beside avg and stddev_pop; each time is the median of the rounds"
          + " after one warm-up round.",
      "",
      "Then compares the accuracy of NeuralNetworkClassifier with that of"
          + " MultilayerPerceptronClassifier after the same time, on generated images or on the"
          + " data given by options.",
      ""
    })
final class MlBenchmark implements Callable<Integer> {

  private static final String CATALOG = "syncbn";

  private static final List<Ratio> RATIOS =
      List.of(
          new Ratio("standardScalerFit", "fitVector"),
          new Ratio("standardScalerFitAssembled", "fit"),
          new Ratio("standardScalerTransform", "transformVector"),
          new Ratio("standardScalerTransformAssembled", "transform"),
          new Ratio("sqlAll", "exactSqlAll"),
          new Ratio("exactSqlTwo", "sqlTwo"));

  @Spec private CommandSpec spec;

  @Option(
      names = "--rows",
      defaultValue = "2000000",
      paramLabel = "N",
      description = "Rows of the files. Default: ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--features",
      defaultValue = "32",
      paramLabel = "N",
      description = "Columns of doubles, at least 2. Default: ${DEFAULT-VALUE}.")
  private int features;

  @Option(
      names = "--runs",
      defaultValue = "5",
      paramLabel = "N",
      description = "Rounds to take the median of. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--only",
      paramLabel = "PART",
      converter = Parts.class,
      completionCandidates = Parts.class,
      description = "Only one part: stages (and SQL functions) or classifiers. Default: both.")
  private Part only;

  @Option(
      names = "--iterations",
      defaultValue = "30",
      paramLabel = "N",
      description =
          "Iterations of MultilayerPerceptronClassifier; the other classifier gets the same"
              + " time. Default: ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--images",
      defaultValue = "6000",
      paramLabel = "N",
      description = "Images to generate for the classifiers. Default: ${DEFAULT-VALUE}.")
  private int images;

  @Option(
      names = "--fashion-mnist",
      paramLabel = "FOLDER",
      description = "Folder of the four IDX files of Fashion-MNIST, or of MNIST, to use instead.")
  private Path fashionMnist;

  @Option(
      names = "--credit-card",
      paramLabel = "FILE",
      description =
          "CSV file of the UCI data on the default of credit card clients, to use instead.")
  private Path creditCard;

  @Mixin private SessionOptions session;

  /** What can be measured alone. */
  enum Part {
    STAGES,
    CLASSIFIERS
  }

  /** The names of the parts. */
  static final class Parts extends Choice<Part> {
    Parts() {
      super(Part.values());
    }
  }

  /** Runs the benchmark. */
  @Override
  public Integer call() {
    if (rows < 1 || features < 2 || runs < 1 || iterations < 1 || images < 6) {
      throw new ParameterException(
          spec.commandLine(),
          "--rows, --runs and --iterations must be at least 1, --features at least 2, --images at"
              + " least 6");
    }
    Terminal terminal = Terminal.of(spec.commandLine());
    try (Session open = session.open("syncbn bench ml");
        OutputCommit outputs =
            new OutputCommit(new OutputPlaces(open.spark().sparkContext().hadoopConfiguration()))) {
      Optional<ReportFile> reportFile = session.reporting.file(outputs);
      RunReport report = new RunReport().with("job", "bench ml");
      if (only != Part.CLASSIFIERS) {
        report = report.with("results", stages(open.spark(), terminal));
      }
      if (only != Part.STAGES) {
        report = report.with("classifiers", classifiers(open.spark(), terminal));
      }
      Map<String, Object> provenance =
          BenchmarkRounds.provenance(open.spark(), rows, features, runs);
      RunReport content = report.with("provenance", provenance);
      reportFile.ifPresent(file -> file.write(content));
      outputs.commit();
    }
    return 0;
  }

  private List<Map<String, Object>> stages(SparkSession spark, Terminal terminal) {
    return BenchmarkRounds.times(
        works(new BenchmarkTables(spark, terminal, rows, features)),
        runs,
        "%s rows x %d doubles in Parquet".formatted(TextTable.count(rows), features),
        "fit",
        RATIOS,
        spark,
        terminal);
  }

  private List<Map<String, Object>> classifiers(SparkSession spark, Terminal terminal) {
    List<ClassifierData> data = new ArrayList<>();
    try {
      if (fashionMnist != null) {
        data.add(ClassifierData.idx(spark, fashionMnist));
      }
    } catch (IOException e) {
      throw new JobFailure(e.getMessage(), e);
    }
    if (creditCard != null) {
      data.add(ClassifierData.creditCards(spark, creditCard));
    }
    if (data.isEmpty()) {
      data.add(ClassifierData.generated(spark, images));
    }
    return new ClassifierComparison(iterations, terminal).on(data);
  }

  private List<Work> works(BenchmarkTables tables) {
    Dataset<Row> scalars = tables.scalars();
    Dataset<Row> vectors = tables.vectors();
    String[] columns = scalars.columns();
    String vector = BenchmarkTables.VECTOR;
    Dataset<Row> assembled =
        new VectorAssembler()
            .setInputCols(columns)
            .setOutputCol(vector)
            .transform(scalars)
            .select(vector);
    String[] outputs = Arrays.stream(columns).map(name -> name + "_scaled").toArray(String[]::new);
    BatchNormalizer ofColumns = new BatchNormalizer().setInputCols(columns).setOutputCols(outputs);
    BatchNormalizer ofVectors = new BatchNormalizer().setInputCol(vector).setOutputCol("scaled");
    StandardScaler scaler =
        new StandardScaler().setInputCol(vector).setOutputCol("scaled").setWithMean(true);
    BatchNormalizerModel ourModel = ofColumns.fit(scalars);
    BatchNormalizerModel ourVectorModel = ofVectors.fit(vectors);
    StandardScalerModel model = scaler.fit(vectors);
    SparkSession spark = tables.spark();
    spark.conf().set("spark.sql.catalog." + CATALOG, ExactFunctionCatalog.class.getName());
    scalars.createOrReplaceTempView("scalars");
    return List.of(
        new Work("fit", "BatchNormalizer.fit, columns", () -> ofColumns.fit(scalars)),
        new Work("fitVector", "BatchNormalizer.fit, vectors", () -> ofVectors.fit(vectors)),
        new Work("standardScalerFit", "StandardScaler.fit, vectors", () -> scaler.fit(vectors)),
        new Work(
            "standardScalerFitAssembled",
            "VectorAssembler, StandardScaler.fit",
            () -> scaler.fit(assembled)),
        new Work(
            "transform",
            "BatchNormalizerModel, columns",
            () -> BenchmarkRounds.noop(only(ourModel.transform(scalars), outputs))),
        new Work(
            "transformVector",
            "BatchNormalizerModel, vectors",
            () -> BenchmarkRounds.noop(only(ourVectorModel.transform(vectors), "scaled"))),
        new Work(
            "standardScalerTransform",
            "StandardScalerModel, vectors",
            () -> BenchmarkRounds.noop(only(model.transform(vectors), "scaled"))),
        new Work(
            "standardScalerTransformAssembled",
            "VectorAssembler, the same",
            () -> BenchmarkRounds.noop(only(model.transform(assembled), "scaled"))),
        new Work("sqlAll", "avg, stddev_pop, all columns", () -> query(spark, "", columns)),
        new Work(
            "exactSqlAll",
            "exact_avg, exact_stddev_pop, all columns",
            () -> query(spark, CATALOG + ".exact_", columns)),
        new Work("sqlTwo", "avg, stddev_pop, two columns", () -> query(spark, "", two(columns))),
        new Work(
            "exactSqlTwo",
            "exact_avg, exact_stddev_pop, two columns",
            () -> query(spark, CATALOG + ".exact_", two(columns))));
  }

  private static String[] two(String[] columns) {
    return Arrays.copyOf(columns, 2);
  }

  private static Dataset<Row> only(Dataset<Row> rows, String... columns) {
    return rows.select(Arrays.stream(columns).map(rows::col).toArray(Column[]::new));
  }

  /** Mean and standard deviation of columns by the functions with this prefix. */
  private static Row query(SparkSession spark, String prefix, String[] columns) {
    return spark
        .sql(
            Arrays.stream(columns)
                .map(name -> "%1$savg(%2$s), %1$sstddev_pop(%2$s)".formatted(prefix, name))
                .collect(Collectors.joining(", ", "SELECT ", " FROM scalars")))
        .head();
  }
}
