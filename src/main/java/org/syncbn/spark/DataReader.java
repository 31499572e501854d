package org.syncbn.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.syncbn.data.TableEncoding;
import org.syncbn.spark.columnar.ColumnarReader;
import org.syncbn.spark.csv.CsvReader;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.FilesOfFormat;
import org.syncbn.spark.files.FormatReader;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.Location;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.files.TableState;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.spark.json.JsonReader;
import org.syncbn.spark.libsvm.LibsvmReader;

/**
 * Reads a data set from files or a table, and rejects what would silently be read as something
 * else.
 *
 * <p>Whatever fails here is a {@link DataException}: a path without a file, a format that nothing
 * tells, a damaged file, a field that is not a number.
 */
public final class DataReader {

  private DataReader() {}

  /**
   * Opens the files at {@code paths} as one data set, or a table with a log by its connector.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   */
  public static InputTable read(SparkSession session, List<String> paths, ReadOptions options) {
    return read(session, paths, options, TableState.NOW);
  }

  /**
   * Opens the files at {@code paths} as one data set, or a table with a log by its connector.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   * @param state of the table
   */
  public static InputTable read(
      SparkSession session, List<String> paths, ReadOptions options, TableState state) {
    try {
      Configuration configuration = Sessions.hadoop(session);
      Optional<TableFormat> connector = connector(configuration, paths, options.format());
      if (connector.isPresent()) {
        return TableReader.folder(
            session, Location.of(paths.get(0), configuration), connector.get(), state);
      }
      if (!state.isNow()) {
        throw new DataException(
            "%s %s plain files, which have no earlier snapshots; --option is for tables."
                .formatted(String.join(", ", paths), paths.size() == 1 ? "is" : "are"));
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
      InputFiles found = InputFiles.find(Sessions.hadoop(session), paths);
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
   * What files are, by their names or content, or a folder by its log.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   */
  public static RowFormat format(SparkSession session, List<String> paths) {
    try {
      Configuration configuration = Sessions.hadoop(session);
      Optional<TableFormat> connector = connector(configuration, paths, Optional.empty());
      return connector.isPresent()
          ? connector.get()
          : FilesOfFormat.of(configuration, InputFiles.find(configuration, paths), Optional.empty())
              .format();
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private static InputTable files(SparkSession session, InputFiles found, ReadOptions options)
      throws IOException {
    InputFiles typed = found.withNumbers(options.selection());
    FilesOfFormat files =
        FilesOfFormat.of(Sessions.hadoop(session), typed, options.formatOfFiles());
    InputTable table = reader(files.format()).read(session, files.files(), options);
    List<String> notes = new ArrayList<>(files.files().notes());
    notes.addAll(table.notes());
    return new InputTable(table.rows(), found.files(), found.partitionColumns(), notes);
  }

  /** What reads a folder that is a table with a log. */
  private static Optional<TableFormat> connector(
      Configuration configuration, List<String> paths, Optional<RowFormat> named)
      throws IOException {
    Optional<TableFormat> wanted =
        named.filter(TableFormat.class::isInstance).map(TableFormat.class::cast);
    if (paths.size() != 1) {
      if (wanted.isPresent()) {
        throw new DataException(
            "Tables of %s are read one at a time, not %s together."
                .formatted(wanted.get().sparkName(), String.join(", ", paths)));
      }
      return Optional.empty();
    }
    if (named.isPresent()) {
      return wanted;
    }
    Location location = Location.of(paths.get(0), configuration);
    return TableFormat.at(location.fileSystem(), location.path()).filter(TableFormat::hasConnector);
  }

  /**
   * Opens a table of a catalog.
   *
   * @param name in SQL
   */
  public static InputTable table(SparkSession session, String name, TableState state) {
    return TableReader.catalog(session, name, state);
  }

  /** Options for files whose features are known from other data, as {@link Features#names}. */
  public static ReadOptions again(List<String> featureNames) {
    return again(featureNames, featureNames);
  }

  /** Options for files whose columns are known from the training table. */
  public static ReadOptions again(TableEncoding encoding) {
    return again(encoding.numericSources(), encoding.sources());
  }

  private static ReadOptions again(List<String> numbers, List<String> features) {
    List<String> columns = numbers.stream().map(FeatureColumn::ofBlockFeature).distinct().toList();
    FeatureSelection selection =
        columns.isEmpty()
            ? FeatureSelection.allNumericExcept(features)
            : FeatureSelection.named(columns);
    return ReadOptions.of(selection).withFeatureNames(features);
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
