package org.syncbn.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.files.TableState;
import org.syncbn.train.DataOptions;
import org.syncbn.train.DataPaths;

/** How the files of a table become rows of a run or of a model. */
public final class RunInput {

  private RunInput() {}

  /** The training rows of a table. */
  public static Dataset<Row> training(SparkSession spark, DataOptions data, ReadOptions options) {
    return rows(spark, data, options, data.path().orElseThrow().all(), data.state());
  }

  /** The test rows of a table, which must be there. */
  public static Dataset<Row> test(SparkSession spark, DataOptions data, ReadOptions options) {
    return rows(spark, data, options, List.of(data.testPath().orElseThrow()), data.testState());
  }

  /**
   * The rows of a table, in the format of the training data.
   *
   * @param places of files of a table, or the name of a table of a catalog
   */
  private static Dataset<Row> rows(
      SparkSession spark,
      DataOptions data,
      ReadOptions options,
      List<String> places,
      Map<String, String> state) {
    Optional<RowFormat> format = format(data);
    return (format.isPresent()
            ? DataReader.read(spark, places, options.with(format), TableState.of(state))
            : DataReader.table(spark, places.get(0), TableState.of(state)))
        .rows();
  }

  /** The format of the files of a table; none if it is a table of a catalog or of a program. */
  public static Optional<RowFormat> format(DataOptions data) {
    return switch (data.format()) {
      case PARQUET -> Optional.of(DataFormat.PARQUET);
      case ORC -> Optional.of(DataFormat.ORC);
      case CSV -> Optional.of(DataFormat.CSV);
      case JSON -> Optional.of(DataFormat.JSON);
      case LIBSVM -> Optional.of(DataFormat.LIBSVM);
      case DELTA -> Optional.of(TableFormat.DELTA);
      case ICEBERG -> Optional.of(TableFormat.ICEBERG);
      case TABLE, DATASET -> Optional.empty();
      case GENERATED, IDX, IMAGES ->
          throw new IllegalArgumentException(data.format() + " is not a table");
    };
  }

  /**
   * What a run file calls the format of files.
   *
   * @param places of the files
   */
  public static DataOptions.Format formatOf(SparkSession spark, DataPaths places) {
    RowFormat format = DataReader.format(spark, places.all());
    return Arrays.stream(DataOptions.Format.values())
        .filter(candidate -> candidate.name().equals(format.toString()))
        .findFirst()
        .orElseThrow(
            () ->
                new DataException(
                    "%s is a table of %s, which run files do not read."
                        .formatted(places, format.sparkName())));
  }

  /** The images of a folder with a folder for each class. */
  public static TrainingColumns.Blocks images(
      SparkSession spark, DataOptions data, List<String> classes, String folder) {
    ImageFiles images = ImageFiles.in(spark, folder, data.image().orElseThrow());
    return new TrainingColumns.Blocks(images.blocks(spark, classes), images.schema(classes));
  }
}
