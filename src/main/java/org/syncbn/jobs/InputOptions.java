package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.RowTarget;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options for the input and its format. */
final class InputOptions {

  @Option(
      names = "--input",
      arity = "1..*",
      paramLabel = "PATH",
      description =
          "Files, folders (with their subfolders) or patterns to read, on Hadoop file systems."
              + " Folders key=value become string columns.")
  List<String> paths = new ArrayList<>();

  @Option(
      names = "--format",
      converter = Choices.OfFormat.class,
      completionCandidates = Choices.OfFormat.class,
      paramLabel = "FORMAT",
      description =
          "${COMPLETION-CANDIDATES}. Default: from the file names, else from the content.")
  RowFormat format;

  /** Of the files below the paths, those of a stream's batch. */
  Set<String> batch = Set.of();

  @Mixin CsvOptions csv;

  @Mixin TableOptions table;

  /** Whether nothing is to be read. */
  boolean isEmpty() {
    return paths.isEmpty() && !table.isNamed();
  }

  /** The same options for reading, with what was said here. */
  ReadOptions on(ReadOptions options, RowTarget target) {
    return options.with(Optional.ofNullable(format)).with(csv.text()).withTarget(target);
  }

  /** The rows. */
  InputTable read(SparkSession spark, ReadOptions options) {
    return batch.isEmpty()
        ? table.read(spark, paths, options)
        : DataReader.some(spark, paths, batch, options);
  }
}
