package io.syncbn.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/**
 * Reads a data set from files, and refuses what Spark would silently read as something else.
 *
 * <p>Whatever fails here is a {@link DataException}: a path without a file, a format that nothing
 * tells, a damaged file, a CSV field that is no number.
 */
public final class DataReader {

  private static final String LIBSVM_WIDTH =
      "numFeatures"; // of Spark, as an option and as metadata

  private DataReader() {}

  /**
   * Opens the files at {@code paths} as one data set.
   *
   * <p>Parquet and ORC bring their types; a column that some files lack is null there. JSON has
   * Spark's types; a line that is no object is refused, and so is a column of which more than half
   * of the values, but not all, are numbers. LibSVM gives the columns {@code label} and {@code
   * features}. CSV is read by {@link CsvFiles}.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   * @param format of all files; if absent it is told by the files' names, which then must agree
   * @param selection of the columns that will be features, which decides what is wrong in a CSV or
   *     JSON file
   */
  public static Dataset<Row> read(
      SparkSession session,
      List<String> paths,
      Optional<DataFormat> format,
      FeatureSelection selection) {
    return read(session, paths, format, selection, 0);
  }

  /**
   * Opens files whose features are known from other data. Rows of LibSVM files, which leave zeros
   * out, have at least as many features as that.
   *
   * @param featureNames as {@link Features#names} gave them
   */
  public static Dataset<Row> readAgain(
      SparkSession session,
      List<String> paths,
      Optional<DataFormat> format,
      List<String> featureNames) {
    List<String> columns =
        featureNames.stream().map(FeatureColumn::ofBlockFeature).distinct().toList();
    return read(session, paths, format, FeatureSelection.named(columns), featureNames.size());
  }

  private static Dataset<Row> read(
      SparkSession session,
      List<String> paths,
      Optional<DataFormat> format,
      FeatureSelection selection,
      int libsvmFeatures) {
    try {
      List<FileStatus> files = files(session.sessionState().newHadoopConf(), paths);
      String[] locations = paths.toArray(String[]::new);
      DataFormat known = format.orElseGet(() -> formatOf(files));
      return switch (known) {
        case CSV -> CsvFiles.read(session, locations, selection);
        case JSON -> json(session, locations, selection);
        case PARQUET, ORC -> merged(session, known, locations);
        case LIBSVM -> libsvm(session, locations, libsvmFeatures);
      };
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private static Dataset<Row> libsvm(SparkSession session, String[] paths, int features) {
    try {
      DataFrameReader reader = session.read().format(DataFormat.LIBSVM.sparkName());
      Dataset<Row> found = reader.load(paths);
      long width = found.schema().apply("features").metadata().getLong(LIBSVM_WIDTH);
      return width < features ? reader.option(LIBSVM_WIDTH, features).load(paths) : found;
    } catch (Exception failure) { // Spark says neither which file nor what kind of file.
      throw new DataException(
          "A line of %s is no LibSVM: %s"
              .formatted(String.join(", ", paths), DataException.of(failure).getMessage()));
    }
  }

  /** All columns of all files: Spark otherwise takes those of one file. */
  private static Dataset<Row> merged(SparkSession session, DataFormat format, String[] paths) {
    try {
      return session.read().format(format.sparkName()).option("mergeSchema", true).load(paths);
    } catch (Exception failure) { // Spark does not say which column.
      String sentence = DataException.of(failure).getMessage();
      throw says(failure, "CANNOT_MERGE_SCHEMAS")
          ? new DataException(
              "Files of %s have a column of one name and different types: %s"
                  .formatted(String.join(", ", paths), sentence))
          : DataException.of(failure);
    }
  }

  private static boolean says(Throwable failure, String words) {
    return ExceptionUtils.getThrowableList(failure).stream()
        .anyMatch(link -> link.getMessage() != null && link.getMessage().contains(words));
  }

  private static Dataset<Row> json(
      SparkSession session, String[] paths, FeatureSelection selection) {
    Dataset<Row> data;
    try {
      data = session.read().option("mode", "FAILFAST").json(paths);
    } catch (Exception failure) { // Spark does not say where.
      String sentence = DataException.of(failure).getMessage();
      throw says(failure, "Malformed records") || says(failure, "INVALID_JSON_RECORD_TYPE")
          ? new DataException(
              "A line of %s is no JSON object: %s".formatted(String.join(", ", paths), sentence))
          : DataException.of(failure);
    }
    if (data.schema().isEmpty()) {
      throw new DataException(
          "There are no rows in %s, or none that has a field.".formatted(String.join(", ", paths)));
    }
    requireNumbersOrTexts(data, selection);
    return data;
  }

  /** One text among numbers makes Spark read them all as texts, which are no features. */
  private static void requireNumbersOrTexts(Dataset<Row> data, FeatureSelection selection) {
    List<Column> all = Features.columnsOf(data);
    StructField[] fields = data.schema().fields();
    List<Column> texts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      if (fields[i].dataType().equals(DataTypes.StringType) && selection.admits(fields[i].name())) {
        texts.add(all.get(i));
        names.add(fields[i].name());
      }
    }
    if (texts.isEmpty()) {
      return;
    }
    CsvColumn[] columns = CsvFiles.columns(data.select(texts.toArray(Column[]::new)));
    for (int i = 0; i < columns.length; i++) {
      if (columns[i].isMostlyNumeric() && columns[i].firstOther().isPresent()) {
        CsvColumn.Field field = columns[i].firstOther().get();
        throw new DataException(
            "%s: column '%s' has '%s', which is no number; make a missing value null, or exclude the column."
                .formatted(field.file, names.get(i), field.text));
      }
    }
  }

  private static List<FileStatus> files(Configuration conf, List<String> paths) throws IOException {
    List<FileStatus> files = new ArrayList<>();
    for (String location : paths) {
      Path path = new Path(location);
      FileSystem fileSystem = path.getFileSystem(conf);
      FileStatus[] found = fileSystem.globStatus(path);
      if (found == null || found.length == 0) {
        throw new DataException("There is no file or folder " + location + ".");
      }
      int before = files.size();
      for (FileStatus status : found) {
        if (status.isFile()) {
          files.add(status);
        } else {
          firstFile(fileSystem, status.getPath()).ifPresent(files::add);
        }
      }
      if (files.size() == before) {
        throw new DataException("The folder " + location + " holds no data file.");
      }
    }
    return files;
  }

  /** Any data file below a folder: one that Spark does not hide. */
  private static Optional<FileStatus> firstFile(FileSystem fileSystem, Path folder)
      throws IOException {
    RemoteIterator<LocatedFileStatus> files = fileSystem.listFiles(folder, true);
    while (files.hasNext()) {
      FileStatus file = files.next();
      String name = file.getPath().getName();
      if (!name.startsWith("_") && !name.startsWith(".")) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static DataFormat formatOf(List<FileStatus> files) {
    Set<DataFormat> formats = new TreeSet<>();
    for (FileStatus file : files) {
      formats.add(
          DataFormat.ofFileName(file.getPath().getName())
              .orElseThrow(
                  () ->
                      new DataException(
                          "The name of %s does not tell its format; name the format: parquet, orc, csv, json or libsvm."
                              .formatted(file.getPath()))));
    }
    if (formats.size() > 1) {
      throw new DataException(
          "Files of several formats cannot be read as one data set: " + formats + ".");
    }
    return formats.iterator().next();
  }
}
