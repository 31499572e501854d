package io.syncbn.jobs;

import io.syncbn.spark.files.DataFormat;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How rows are written. */
final class OutputOptions {

  @Option(
      names = "--output-format",
      converter = Choice.OfFormat.class,
      completionCandidates = Choice.OfFormat.class,
      paramLabel = "FORMAT",
      description = "Default: what the output's name ends with, else parquet.")
  DataFormat format;

  @Option(names = "--overwrite", description = "Replace the output, once the new one is complete.")
  boolean overwrite;

  /** The format of an output of that name. */
  DataFormat format(String output) {
    return Optional.ofNullable(format)
        .or(() -> DataFormat.ofFileName(output))
        .orElse(DataFormat.PARQUET);
  }
}
