package io.syncbn.jobs;

import io.syncbn.data.Block;
import io.syncbn.data.Dataset;
import io.syncbn.data.Schema;
import io.syncbn.jobs.SessionOptions.Session;
import io.syncbn.model.SavedStatistics;
import io.syncbn.spark.DataFormat;
import io.syncbn.spark.DataReader;
import io.syncbn.spark.FeatureScaling;
import io.syncbn.spark.FeatureSelection;
import io.syncbn.spark.FeatureTransform;
import io.syncbn.spark.Features;
import io.syncbn.spark.MissingValues;
import io.syncbn.spark.sync.TableBlocks;
import io.syncbn.train.DataOptions;
import io.syncbn.train.RunData;
import io.syncbn.train.TrainedModel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** How the files of a table become rows of a run or of a model. */
final class RunInput {

  private static final String LIBSVM_LABEL = "label";
  private static final double EPS = 1e-5;

  private RunInput() {}

  /** The test rows that options name, as a model reads them. */
  static Dataset test(TrainedModel model, DataOptions data) throws IOException {
    if (!data.format().isTable()) {
      return RunData.read(data, model.options().seed())
          .test()
          .orElseThrow(() -> new IllegalArgumentException("the data has no test rows"));
    }
    String path =
        data.testPath()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the run had no test rows; name the place of some"));
    try (Session session = open()) {
      org.apache.spark.sql.Dataset<Row> rows = rows(session.spark(), data, path);
      Features features = Features.ofFeatures(rows, model.schema().features());
      return table(rows, data, features, model.schema().classes(), model.statistics());
    }
  }

  private static Session open() {
    return new SessionOptions().open("syncbn train", SessionOptions.DEFAULT_MASTER);
  }

  /** The rows of a table's files. */
  static org.apache.spark.sql.Dataset<Row> rows(SparkSession spark, DataOptions data, String path) {
    DataFormat format =
        switch (data.format()) {
          case PARQUET -> DataFormat.PARQUET;
          case CSV -> DataFormat.CSV;
          case LIBSVM -> DataFormat.LIBSVM;
          case GENERATED, IDX -> throw new IllegalArgumentException(data.format() + " is no table");
        };
    return DataReader.read(spark, List.of(path), Optional.of(format), selection(data));
  }

  private static Dataset table(
      org.apache.spark.sql.Dataset<Row> rows,
      DataOptions data,
      Features features,
      List<String> classes,
      Optional<String> statistics) {
    Blocks blocks = blocks(rows, data, features, classes, statistics);
    return new Dataset(Block.concatenate(blocks.rdd().collect()), blocks.schema());
  }

  /** Pieces of a table, still to be read, and what their columns mean. */
  record Blocks(JavaRDD<Block> rdd, Schema schema) {}

  /** Standardizes the features of a table, if there are statistics, and leaves out the rest. */
  static Blocks blocks(
      org.apache.spark.sql.Dataset<Row> rows,
      DataOptions data,
      Features features,
      List<String> classes,
      Optional<String> statistics) {
    org.apache.spark.sql.Dataset<Row> standardized =
        statistics.map(text -> standardize(rows, features, text)).orElse(rows);
    TableBlocks blocks =
        new TableBlocks(features, standardized, label(data), classes, data.weight());
    return new Blocks(blocks.blocks(standardized), blocks.schema());
  }

  private static org.apache.spark.sql.Dataset<Row> standardize(
      org.apache.spark.sql.Dataset<Row> rows, Features features, String text) {
    SavedStatistics statistics =
        SavedStatistics.parse(text, "data.statistics").inOrder(features.names());
    FeatureScaling scaling =
        FeatureScaling.batchNorm(statistics.names(), statistics.moments(), EPS);
    return FeatureTransform.normalize(rows, features, scaling, MissingValues.ERROR);
  }

  /** Which columns are features. */
  static FeatureSelection selection(DataOptions data) {
    return data.features().isEmpty()
        ? FeatureSelection.allNumericExcept(
            Stream.concat(Stream.of(label(data)), data.weight().stream()).toList())
        : FeatureSelection.named(data.features());
  }

  /** The column to predict. */
  static String label(DataOptions data) {
    return data.label().orElse(LIBSVM_LABEL);
  }

  /** A file of statistics. */
  static String text(SparkSession spark, String file) {
    return TextFiles.read(file, spark.sparkContext().hadoopConfiguration());
  }
}
