package org.syncbn.jobs;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.FeatureTransform;
import org.syncbn.spark.Features;
import org.syncbn.spark.ImageFiles;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.TableBlocks;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.files.TableState;
import org.syncbn.train.DataOptions;

/** How the files of a table become rows of a run or of a model. */
final class RunInput {

  private static final String LIBSVM_LABEL = "label";

  private RunInput() {}

  /** The training rows of a table. */
  static Dataset<Row> training(SparkSession spark, DataOptions data, ReadOptions options) {
    return rows(spark, data, options, data.path().orElseThrow(), data.state());
  }

  /** The test rows of a table, which must be there. */
  static Dataset<Row> test(SparkSession spark, DataOptions data, ReadOptions options) {
    return rows(spark, data, options, data.testPath().orElseThrow(), data.testState());
  }

  /**
   * The rows of a table, in the format of the training data.
   *
   * @param place files of a table, or the name of a table of a catalog
   */
  private static Dataset<Row> rows(
      SparkSession spark,
      DataOptions data,
      ReadOptions options,
      String place,
      Map<String, String> state) {
    Optional<RowFormat> format = format(data);
    return (format.isPresent()
            ? DataReader.read(spark, List.of(place), options.with(format), TableState.of(state))
            : DataReader.table(spark, place, TableState.of(state)))
        .rows();
  }

  /** The format of the files of a table; none if it is a table of a catalog. */
  static Optional<RowFormat> format(DataOptions data) {
    return switch (data.format()) {
      case PARQUET -> Optional.of(DataFormat.PARQUET);
      case ORC -> Optional.of(DataFormat.ORC);
      case CSV -> Optional.of(DataFormat.CSV);
      case JSON -> Optional.of(DataFormat.JSON);
      case LIBSVM -> Optional.of(DataFormat.LIBSVM);
      case DELTA -> Optional.of(TableFormat.DELTA);
      case ICEBERG -> Optional.of(TableFormat.ICEBERG);
      case TABLE -> Optional.empty();
      case GENERATED, IDX, IMAGES ->
          throw new IllegalArgumentException(data.format() + " is no table");
    };
  }

  /** Pieces of a table, still to be read, and what their columns mean. */
  record Blocks(JavaRDD<Block> rdd, Schema schema) {}

  /** Standardizes the features of a table, if there are statistics, and leaves out the rest. */
  static Blocks blocks(
      Dataset<Row> rows,
      DataOptions data,
      Features features,
      List<String> classes,
      Optional<String> statistics) {
    Dataset<Row> standardized =
        statistics.map(text -> standardize(rows, features, text)).orElse(rows);
    TableBlocks blocks =
        new TableBlocks(standardized, features.names(), label(data), classes, data.weight());
    return new Blocks(blocks.blocks(standardized), blocks.schema());
  }

  /** The images of a folder with a folder for each class. */
  static Blocks images(SparkSession spark, DataOptions data, List<String> classes, String folder) {
    ImageFiles images = ImageFiles.in(spark, folder, data.image().orElseThrow());
    return new Blocks(images.blocks(spark, classes), images.schema(classes));
  }

  private static Dataset<Row> standardize(Dataset<Row> rows, Features features, String text) {
    return FeatureTransform.normalize(
        rows, features, scaling(features.names(), text), MissingValues.ERROR);
  }

  /** By which features of these names are standardized. */
  static FeatureScaling scaling(List<String> names, String text) {
    SavedStatistics statistics = SavedStatistics.parse(text, "data.statistics").inOrder(names);
    return FeatureScaling.batchNorm(
        statistics.names(), statistics.moments(), Kind.BATCH_NORM.method().eps());
  }

  /** Which columns are features. */
  static FeatureSelection selection(DataOptions data) {
    return data.features().isEmpty()
        ? FeatureSelection.allNumericExcept(
            Stream.concat(Stream.of(label(data)), data.weight().stream()).toList())
        : FeatureSelection.named(data.features());
  }

  /**
   * The columns beside the features that are read as numbers.
   *
   * @param classes whether labels are names of classes
   */
  static List<String> numbers(DataOptions data, boolean classes) {
    return Stream.concat(classes ? Stream.of() : Stream.of(label(data)), data.weight().stream())
        .toList();
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
