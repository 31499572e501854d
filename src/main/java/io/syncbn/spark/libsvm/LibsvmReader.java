package io.syncbn.spark.libsvm;

import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.DataFormat;
import io.syncbn.spark.files.FormatReader;
import io.syncbn.spark.files.InputFiles;
import io.syncbn.spark.files.InputTable;
import io.syncbn.spark.files.ReadOptions;
import java.util.List;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Reads LibSVM files into the columns {@code label} and {@code features}. Where the features are
 * known from other data, rows, which leave zeros out, have at least as many as those.
 */
public final class LibsvmReader implements FormatReader {

  private static final String WIDTH = "numFeatures"; // of Spark, as an option and as metadata

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options) {
    int features = options.featureNames().size();
    String[] paths =
        files.files().stream().map(file -> file.path().toString()).toArray(String[]::new);
    try {
      DataFrameReader reader = session.read().format(DataFormat.LIBSVM.sparkName());
      Dataset<Row> found = reader.load(paths);
      long width = found.schema().apply("features").metadata().getLong(WIDTH);
      Dataset<Row> rows = width < features ? reader.option(WIDTH, features).load(paths) : found;
      return new InputTable(rows, files.files(), List.of(), List.of());
    } catch (Exception failure) { // Spark says neither which file nor what kind of file.
      throw new DataException(
          "A line of %s is no LibSVM: %s".formatted(files, DataException.of(failure).getMessage()));
    }
  }
}
