package io.syncbn.spark;

import io.syncbn.spark.columnar.ColumnarReader;
import io.syncbn.spark.csv.CsvReader;
import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.DataFormat;
import io.syncbn.spark.files.FeatureSelection;
import io.syncbn.spark.files.FilesOfFormat;
import io.syncbn.spark.files.FormatReader;
import io.syncbn.spark.files.InputFiles;
import io.syncbn.spark.files.InputTable;
import io.syncbn.spark.files.ReadOptions;
import io.syncbn.spark.json.JsonReader;
import io.syncbn.spark.libsvm.LibsvmReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Reads a data set from files or a table, and refuses what would silently be read as something
 * else.
 *
 * <p>Whatever fails here is a {@link DataException}: a path without a file, a format that nothing
 * tells, a damaged file, a field that is no number.
 */
public final class DataReader {

  private DataReader() {}

  /**
   * Opens the files at {@code paths} as one data set.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   */
  public static InputTable read(SparkSession session, List<String> paths, ReadOptions options) {
    try {
      Configuration configuration = session.sessionState().newHadoopConf();
      InputFiles found = InputFiles.find(configuration, paths).withNumbers(options.selection());
      FilesOfFormat files = FilesOfFormat.of(configuration, found, options.format());
      InputTable table = reader(files.format()).read(session, files.files(), options);
      List<String> notes = new ArrayList<>(files.files().notes());
      notes.addAll(table.notes());
      return new InputTable(table.rows(), found.files(), found.partitionColumns(), notes);
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  /** Options for files whose features are known from other data, as {@link Features#names}. */
  public static ReadOptions again(List<String> featureNames) {
    List<String> columns =
        featureNames.stream().map(FeatureColumn::ofBlockFeature).distinct().toList();
    return ReadOptions.of(FeatureSelection.named(columns)).withFeatureNames(featureNames);
  }

  private static FormatReader reader(DataFormat format) {
    return switch (format) {
      case CSV -> new CsvReader();
      case JSON -> new JsonReader();
      case LIBSVM -> new LibsvmReader();
      case PARQUET, ORC -> new ColumnarReader(format);
    };
  }
}
