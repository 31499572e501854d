package org.syncbn.spark.files;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
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
 * <p>What is named is read; folders are read with their subfolders, without files and folders whose
 * names begin with {@code .} or {@code _} (those with {@code =} excepted). Folders {@code
 * key=value} below a named place, or matched by a pattern, are columns: texts as they stand.
 *
 * <p>Immutable.
 */
public final class InputFiles {

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?|NaN|-?Infinity");

  private final List<String> locations;
  private final List<DataFile> files;
  private final StructType partitions;
  private final List<String> notes;

  private InputFiles(
      List<String> locations, List<DataFile> files, StructType partitions, List<String> notes) {
    this.locations = List.copyOf(locations);
    this.files = List.copyOf(files);
    this.partitions = partitions;
    this.notes = List.copyOf(notes);
  }

  /**
   * Finds the files of some locations.
   *
   * @param locations files, folders or patterns, in Hadoop's file systems
   * @throws DataException if one holds no data file, or lies in a table that only a connector can
   *     read
   */
  public static InputFiles find(Configuration configuration, List<String> locations)
      throws IOException {
    List<DataFile> files = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (String name : locations) {
      Location location = Location.of(name, configuration);
      int before = files.size();
      for (Location.Match match : matches(location)) {
        for (Location.Match file : FolderTree.files(location.fileSystem(), match)) {
          files.add(new DataFile(file.status(), PartitionFolders.values(file)));
        }
      }
      if (files.size() == before) {
        throw new DataException("The folder " + location + " holds no data file.");
      }
    }
    addRepetition(files, notes);
    StructType partitions = new StructType();
    for (String column : PartitionFolders.columns(files)) {
      partitions = partitions.add(column, DataTypes.StringType);
    }
    return new InputFiles(locations, files, partitions, notes);
  }

  private static List<Location.Match> matches(Location location) throws IOException {
    List<Location.Match> matches = location.matches();
    if (matches.isEmpty()) {
      throw new DataException("There is no file or folder " + location + ".");
    }
    Set<Path> folders = new LinkedHashSet<>();
    for (Location.Match match : matches) {
      Path path = match.status().getPath();
      folders.add(match.status().isDirectory() ? path : path.getParent());
    }
    for (Path folder : folders) {
      TableFormat.requireOutside(location.fileSystem(), folder);
    }
    return matches;
  }

  private static void addRepetition(List<DataFile> files, List<String> notes) {
    Set<Path> seen = new HashSet<>();
    List<DataFile> again = files.stream().filter(file -> !seen.add(file.path())).toList();
    if (!again.isEmpty()) {
      notes.add(
          "%s is named more than once%s: its rows count that often."
              .formatted(
                  again.get(0),
                  again.size() > 1 ? ", like %d other files".formatted(again.size() - 1) : ""));
    }
  }

  /** The files, in the order in which they were named and, below a folder, of their names. */
  public List<DataFile> files() {
    return files;
  }

  /** The columns that come from folders {@code key=value}, the outermost first. */
  public List<String> partitionColumns() {
    return List.of(partitions.fieldNames());
  }

  /** What a person should know about the choice of files. */
  public List<String> notes() {
    return notes;
  }

  /** Some of the files. */
  public InputFiles with(List<DataFile> some) {
    return new InputFiles(locations, some, partitions, notes);
  }

  /**
   * The same files, with numbers in those columns of folders that shall be features.
   *
   * @throws DataException if a value is not a number
   */
  public InputFiles withNumbers(FeatureSelection selection) {
    StructType typed = new StructType();
    for (String column : partitionColumns()) {
      boolean isFeature = selection.named().contains(column);
      if (isFeature) {
        requireNumbers(column);
      }
      typed = typed.add(column, isFeature ? DataTypes.DoubleType : DataTypes.StringType);
    }
    return new InputFiles(locations, files, typed, notes);
  }

  private void requireNumbers(String column) {
    for (DataFile file : files) {
      String value = file.partition().get(column);
      if (value != null && !NUMBER.matcher(value).matches()) {
        throw new DataException(
            "The folder %s=%s above %s is not a number; do not name this column."
                .formatted(column, value, file));
      }
    }
  }

  /**
   * Throws if a file has changed since it was listed: the rows would mix two states.
   *
   * @throws DataException in a sentence that names the file
   */
  public static void requireUnchanged(Configuration configuration, List<DataFile> files)
      throws IOException {
    for (DataFile file : files) {
      FileSystem fileSystem = file.path().getFileSystem(configuration);
      FileStatus now = fileSystem.getFileStatus(file.path());
      if (now.getLen() != file.status().getLen()
          || now.getModificationTime() != file.status().getModificationTime()) {
        throw new DataException("%s was changed while it was read; start again.".formatted(file));
      }
    }
  }

  /**
   * Rows of the files by one of Spark's file formats or ours, the columns of folders last.
   *
   * @param columns of the files, in the order wanted
   * @param options for the format
   * @throws DataException if a folder and the files name the same column
   */
  public Dataset<Row> rows(
      SparkSession session, FileFormat format, StructType columns, Map<String, String> options) {
    boolean caseSensitive = Boolean.parseBoolean(session.conf().get("spark.sql.caseSensitive"));
    requireApart(columns, caseSensitive);
    Map<String, String> strict = new HashMap<>(options);
    strict.put("ignoreMissingFiles", "false");
    strict.put("ignoreCorruptFiles", "false");
    strict.putAll(settings());
    var relation =
        new HadoopFsRelation(
            new FileList(files, partitions),
            partitions,
            columns,
            Option.empty(),
            format,
            scala.collection.immutable.Map.from(CollectionConverters.asScala(strict)),
            session);
    return session.baseRelationToDataFrame(relation);
  }

  private void requireApart(StructType columns, boolean caseSensitive) {
    for (String partition : partitionColumns()) {
      for (String column : columns.fieldNames()) {
        if (caseSensitive ? column.equals(partition) : column.equalsIgnoreCase(partition)) {
          throw new DataException(
              "The column '%s' is in the files of %s and in the names of their folders (%s=...); rename the folders, or name them one by one."
                  .formatted(column, this, partition));
        }
      }
    }
  }

  /** The settings with which these files can be opened. */
  public Configuration configuration(Configuration configuration) {
    Configuration copy = new Configuration(configuration);
    settings().forEach(copy::set);
    return copy;
  }

  /** Hadoop's local file system cannot name the checksum of a file with a colon. */
  private Map<String, String> settings() {
    boolean hasColon =
        files.stream()
            .map(DataFile::path)
            .anyMatch(
                path -> path.getName().indexOf(':') >= 0 && FolderTree.local(path).isPresent());
    return hasColon
        ? Map.of(
            "fs.file.impl",
            RawLocalFileSystem.class.getName(),
            "fs.file.impl.disable.cache",
            "true")
        : Map.of();
  }

  /** The locations as they were named. */
  @Override
  public String toString() {
    return String.join(", ", locations);
  }

  /** The same files with one more note. */
  InputFiles withNote(Optional<String> note) {
    List<String> more = new ArrayList<>(notes);
    note.ifPresent(more::add);
    return new InputFiles(locations, files, partitions, more);
  }
}
