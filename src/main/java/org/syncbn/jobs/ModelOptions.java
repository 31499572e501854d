package org.syncbn.jobs;

import org.syncbn.spark.files.RowFormat;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options for the model and its input. */
final class ModelOptions {

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FOLDER",
      description = "A saved model, on a Hadoop file system.")
  String model;

  @Option(
      names = "--format",
      converter = Choices.OfFormat.class,
      completionCandidates = Choices.OfFormat.class,
      paramLabel = "FORMAT",
      description =
          "${COMPLETION-CANDIDATES}: for tables. Default: from the file names or contents. A"
              + " model of images reads IDX folders.")
  RowFormat format;

  @Mixin CsvOptions csv;

  @Mixin TableOptions table;
}
