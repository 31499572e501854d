package org.syncbn.jobs;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.syncbn.cli.JobFailure;
import org.syncbn.cli.OutputCommit;
import org.syncbn.spark.DataWriter;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.RowTarget;
import org.syncbn.spark.files.TableFormat;
import picocli.CommandLine.Option;

/** The options for writing rows. */
final class OutputOptions {

  @Option(
      names = "--output-table",
      paramLabel = "NAME",
      description = "Table of a catalog for the rows, instead of a folder.")
  String table;

  @Option(
      names = "--output-format",
      converter = Choices.OfFormat.class,
      completionCandidates = Choices.OfFormat.class,
      paramLabel = "FORMAT",
      description =
          "Default: from the end of the output's name, else parquet. A table is parquet, orc, delta"
              + " or iceberg; default: that of the table to be replaced, else of the catalog.")
  RowFormat format;

  @Option(
      names = "--partition-by",
      paramLabel = "NAMES",
      split = ",",
      description =
          "Columns that become folders key=value, the outermost first; columns from such folders"
              + " of the input may be named too.")
  List<String> partitionBy = List.of();

  @Option(names = "--overwrite", description = "Replace the output, once the new one is complete.")
  boolean overwrite;

  void check(ArgumentCheck check, String output) {
    check.reject(
        output != null && table != null,
        "--output and --output-table cannot be combined: give one of them");
    check.reject(
        table == null && format instanceof TableFormat,
        "a table of %s is written with --output-table, which names it in its catalog"
            .formatted(format == null ? "" : format.sparkName()));
    check.reject(
        table != null && format != null && !OutputTable.FORMATS.contains(format),
        "--output-format of a table is %s"
            .formatted(
                OutputTable.FORMATS.stream()
                    .map(RowFormat::sparkName)
                    .collect(Collectors.joining(", "))));
  }

  /** Whether rows are written at all. */
  boolean isWanted(String output) {
    return output != null || table != null;
  }

  /** Where the rows are to be, as a person reads it. */
  String place(String output) {
    return table == null ? output : table;
  }

  /** Where the rows of an output of that name go. */
  RowTarget target(String output) {
    return table != null
        ? new RowTarget.Table()
        : output != null ? new RowTarget.Files(formatOfFiles(output)) : new RowTarget.None();
  }

  /** The format of the files of an output of that name. */
  private DataFormat formatOfFiles(String output) {
    return format instanceof DataFormat named
        ? named
        : DataFormat.ofFileName(output).orElse(DataFormat.PARQUET);
  }

  /** Keeps the format that the name of the output says for outputs of other names. */
  void fixFormat(String output) {
    format = formatOfFiles(output);
  }

  /** The place of the rows, a folder or a table. */
  RowOutput open(OutputCommit outputs, SparkSession spark, String output) {
    if (table != null) {
      OutputTable pending = new OutputTable(spark, table, overwrite, Optional.ofNullable(format));
      outputs.add(pending);
      return pending;
    }
    String folder = outputs.folder(output, overwrite);
    DataFormat files = formatOfFiles(output);
    return new RowOutput() {
      private DataWriter writer;

      @Override
      public void write(Dataset<Row> rows, List<String> columns) {
        writer = new DataWriter(files, columns);
        writer.write(rows, folder);
      }

      @Override
      public Dataset<Row> readBack(StructType schema) {
        return writer.readBack(spark, schema, folder);
      }
    };
  }

  /**
   * The columns that become folders.
   *
   * @param changed columns that were computed, which cannot be names of folders
   */
  List<String> partitionBy(Dataset<Row> rows, Collection<String> changed) {
    List<String> columns = Arrays.asList(rows.columns());
    for (String column : partitionBy) {
      if (!columns.contains(column)) {
        throw new JobFailure(
            "There is no column '%s' for --partition-by; there are %s."
                .formatted(column, String.join(", ", columns)));
      }
      if (changed.contains(column)) {
        throw new JobFailure(
            "The column '%s' is computed, so its values cannot be names of folders (--partition-by); exclude it, or name another."
                .formatted(column));
      }
    }
    return partitionBy;
  }
}
