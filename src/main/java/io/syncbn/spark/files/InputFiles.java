package io.syncbn.spark.files;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The files of an input, found once: Spark reads exactly these, whatever their names.
 *
 * <p>Folders are read with their subfolders. What is named is read; below a folder, files and
 * folders whose names begin with {@code .} or {@code _} are left out. Folders {@code key=value} are
 * columns of text.
 *
 * <p>Immutable.
 */
public final class InputFiles {

  private final List<String> locations;
  private final List<DataFile> files;
  private final List<String> partitionColumns;

  private InputFiles(List<String> locations, List<DataFile> files, List<String> partitionColumns) {
    this.locations = List.copyOf(locations);
    this.files = List.copyOf(files);
    this.partitionColumns = List.copyOf(partitionColumns);
  }

  /**
   * Finds the files of some locations.
   *
   * @param locations files, folders or patterns, in Hadoop's file systems
   * @throws DataException if one holds no data file
   */
  public static InputFiles find(Configuration configuration, List<String> locations)
      throws IOException {
    List<DataFile> files = new ArrayList<>();
    for (String location : locations) {
      Path path = new Path(location);
      FileSystem fileSystem = path.getFileSystem(configuration);
      FileStatus[] found = fileSystem.globStatus(path);
      if (found == null || found.length == 0) {
        throw new DataException("There is no file or folder " + location + ".");
      }
      int before = files.size();
      for (FileStatus status : found) {
        if (status.isFile()) {
          files.add(new DataFile(status, Map.of()));
        } else {
          addFilesBelow(fileSystem, status.getPath(), files);
        }
      }
      if (files.size() == before) {
        throw new DataException("The folder " + location + " holds no data file.");
      }
    }
    return new InputFiles(locations, files, List.of());
  }

  private static void addFilesBelow(FileSystem fileSystem, Path folder, List<DataFile> files)
      throws IOException {
    RemoteIterator<LocatedFileStatus> all = fileSystem.listFiles(folder, true);
    while (all.hasNext()) {
      FileStatus file = all.next();
      String name = file.getPath().getName();
      if (!name.startsWith("_") && !name.startsWith(".")) {
        files.add(new DataFile(file, Map.of()));
      }
    }
  }

  /** The files, in the order in which they were named and, below a folder, of their paths. */
  public List<DataFile> files() {
    return files;
  }

  /** The columns that come from folders {@code key=value}, the outermost first. */
  public List<String> partitionColumns() {
    return partitionColumns;
  }

  /** Some of the files. */
  public InputFiles with(List<DataFile> some) {
    return new InputFiles(locations, some, partitionColumns);
  }

  /** The format that all files' names tell. */
  public DataFormat format() {
    Set<DataFormat> formats = new TreeSet<>();
    for (DataFile file : files) {
      formats.add(
          DataFormat.ofFileName(file.path().getName())
              .orElseThrow(
                  () ->
                      new DataException(
                          "The name of %s does not tell its format; name the format: parquet, orc, csv, json or libsvm."
                              .formatted(file))));
    }
    if (formats.size() > 1) {
      throw new DataException(
          "Files of several formats cannot be read as one data set: " + formats + ".");
    }
    return formats.iterator().next();
  }

  /**
   * Rows of the files by one of Spark's file formats or ours, the columns of folders last.
   *
   * @param columns of the files, in the order wanted
   * @param options for the format
   */
  public Dataset<Row> rows(
      SparkSession session, FileFormat format, StructType columns, Map<String, String> options) {
    StructType partitions = new StructType();
    for (String column : partitionColumns) {
      partitions = partitions.add(column, DataTypes.StringType);
    }
    var relation =
        new HadoopFsRelation(
            new FileList(files, partitions),
            partitions,
            columns,
            Option.empty(),
            format,
            scala.collection.immutable.Map.from(CollectionConverters.asScala(options)),
            session);
    return session.baseRelationToDataFrame(relation);
  }

  /** The locations as they were named. */
  @Override
  public String toString() {
    return String.join(", ", locations);
  }
}
