package io.syncbn.spark;

import io.syncbn.spark.columnar.ColumnarReader;
import io.syncbn.spark.csv.CsvReader;
import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.DataFile;
import io.syncbn.spark.files.DataFormat;
import io.syncbn.spark.files.FailureChain;
import io.syncbn.spark.files.FeatureSelection;
import io.syncbn.spark.files.FilesOfFormat;
import io.syncbn.spark.files.FormatReader;
import io.syncbn.spark.files.InputFiles;
import io.syncbn.spark.files.InputTable;
import io.syncbn.spark.files.Location;
import io.syncbn.spark.files.ReadOptions;
import io.syncbn.spark.files.TableFormat;
import io.syncbn.spark.json.JsonReader;
import io.syncbn.spark.libsvm.LibsvmReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
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
    return read(session, paths, options, Map.of());
  }

  /**
   * Opens the files at {@code paths} as one data set, or a table with a log by its connector.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   * @param ofConnector options of the connector, as for an earlier state of the table
   */
  public static InputTable read(
      SparkSession session,
      List<String> paths,
      ReadOptions options,
      Map<String, String> ofConnector) {
    try {
      Configuration configuration = session.sessionState().newHadoopConf();
      Optional<TableFormat> connector = connector(configuration, paths);
      if (connector.isPresent()) {
        String format = connector.get().sparkName();
        Dataset<Row> rows = session.read().format(format).options(ofConnector).load(paths.get(0));
        String note = "%s is read as a table of %s.".formatted(paths.get(0), format);
        return new InputTable(rows, List.of(), List.of(), List.of(note));
      }
      if (!ofConnector.isEmpty()) {
        throw new DataException(
            "Options of a reader (%s) are for tables, and %s are plain files."
                .formatted(ofConnector, String.join(", ", paths)));
      }
      return files(session, InputFiles.find(configuration, paths), options);
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  /**
   * Opens some of the files below {@code paths}, with the columns of their folders.
   *
   * @param files qualified paths
   */
  public static InputTable some(
      SparkSession session, List<String> paths, Set<String> files, ReadOptions options) {
    try {
      InputFiles found = InputFiles.find(session.sessionState().newHadoopConf(), paths);
      List<DataFile> some =
          found.files().stream().filter(file -> files.contains(file.path().toString())).toList();
      if (some.size() < files.size()) {
        throw new DataException(
            "Of %d files below %s only %d are still there."
                .formatted(files.size(), found, some.size()));
      }
      return files(session, found.with(some), options);
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  /**
   * What files are, by their names or content; nothing for a table with a log.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   */
  public static Optional<DataFormat> format(SparkSession session, List<String> paths) {
    try {
      Configuration configuration = session.sessionState().newHadoopConf();
      return connector(configuration, paths).isPresent()
          ? Optional.empty()
          : Optional.of(
              FilesOfFormat.of(
                      configuration, InputFiles.find(configuration, paths), Optional.empty())
                  .format());
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private static InputTable files(SparkSession session, InputFiles found, ReadOptions options)
      throws IOException {
    InputFiles typed = found.withNumbers(options.selection());
    FilesOfFormat files =
        FilesOfFormat.of(session.sessionState().newHadoopConf(), typed, options.format());
    InputTable table = reader(files.format()).read(session, files.files(), options);
    List<String> notes = new ArrayList<>(files.files().notes());
    notes.addAll(table.notes());
    return new InputTable(table.rows(), found.files(), found.partitionColumns(), notes);
  }

  /** What reads a folder that is a table with a log. */
  private static Optional<TableFormat> connector(Configuration configuration, List<String> paths)
      throws IOException {
    if (paths.size() != 1) {
      return Optional.empty();
    }
    Location location = Location.of(paths.get(0), configuration);
    return TableFormat.at(location.fileSystem(), location.path()).filter(TableFormat::hasConnector);
  }

  /**
   * Opens a table of a catalog.
   *
   * @param name in SQL
   * @param ofConnector options of what reads it, as for an earlier state
   */
  public static InputTable table(
      SparkSession session, String name, Map<String, String> ofConnector) {
    try {
      Dataset<Row> rows = session.read().options(ofConnector).table(name);
      return new InputTable(rows, List.of(), List.of(), List.of());
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw FailureChain.of(failure).hasCondition("TABLE_OR_VIEW_NOT_FOUND")
          ? new DataException(
              "There is no table %s in the catalogs of this session; they are set with --conf spark.sql.catalog.NAME=..."
                  .formatted(name))
          : DataException.of(failure);
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
