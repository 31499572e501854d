package io.syncbn.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Reads a data set from files, and refuses what Spark would silently read as something else.
 *
 * <p>Whatever fails here is a {@link DataException}: a path without a file, a format that nothing
 * tells, a damaged file, a CSV field that is no number.
 */
public final class DataReader {

  private DataReader() {}

  /**
   * Opens the files at {@code paths} as one data set.
   *
   * <p>Parquet and ORC bring their types. JSON has Spark's, and a line that is no object is
   * refused. LibSVM gives the columns {@code label} and {@code features}. CSV is read by {@link
   * CsvFiles}.
   *
   * @param paths files, folders or patterns, in Hadoop's file systems
   * @param format of all files; if absent it is told by the files' names, which then must agree
   * @param selection of the columns that will be features, which decides what is wrong in a CSV
   *     file
   */
  public static Dataset<Row> read(
      SparkSession session,
      List<String> paths,
      Optional<DataFormat> format,
      FeatureSelection selection) {
    try {
      List<FileStatus> files = files(session.sessionState().newHadoopConf(), paths);
      String[] locations = paths.toArray(String[]::new);
      DataFormat known = format.orElseGet(() -> formatOf(files));
      return switch (known) {
        case CSV -> CsvFiles.read(session, locations, selection);
        case JSON -> json(session, locations);
        case PARQUET, ORC, LIBSVM -> session.read().format(known.sparkName()).load(locations);
      };
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private static Dataset<Row> json(SparkSession session, String[] paths) {
    try {
      return session.read().option("mode", "FAILFAST").json(paths);
    } catch (Exception failure) { // Spark does not say where.
      throw new DataException(
          "A line of %s is no JSON object: %s"
              .formatted(String.join(", ", paths), DataException.of(failure).getMessage()));
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
