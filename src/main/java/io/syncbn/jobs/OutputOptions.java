package io.syncbn.jobs;

import io.syncbn.spark.DataWriter;
import io.syncbn.spark.files.DataFormat;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import picocli.CommandLine.Option;

/** How rows are written. */
final class OutputOptions {

  @Option(
      names = "--output-table",
      paramLabel = "NAME",
      description = "Table of a catalog for the rows, instead of a folder.")
  String table;

  @Option(
      names = "--output-format",
      converter = Choice.OfFormat.class,
      completionCandidates = Choice.OfFormat.class,
      paramLabel = "FORMAT",
      description =
          "Default: what the output's name ends with, else parquet; for tables that of the"
              + " catalog.")
  DataFormat format;

  @Option(
      names = "--partition-by",
      paramLabel = "NAMES",
      split = ",",
      description =
          "Columns that become folders key=value, the outermost first; those that were such folders"
              + " of the input, too.")
  List<String> partitionBy = List.of();

  @Option(names = "--overwrite", description = "Replace the output, once the new one is complete.")
  boolean overwrite;

  /** Whether rows are written at all. */
  boolean isWanted(String output) {
    return output != null || table != null;
  }

  /** Where the rows are to be, as a person reads it. */
  String place(String output) {
    return table == null ? output : table;
  }

  /** The format of the files of an output of that name; a catalog may have its own. */
  Optional<DataFormat> format(String output) {
    return table != null || output == null
        ? Optional.ofNullable(format)
        : Optional.of(
            Optional.ofNullable(format)
                .or(() -> DataFormat.ofFileName(output))
                .orElse(DataFormat.PARQUET));
  }

  /** The place of the rows, a folder or a table. */
  RowOutput open(OutputCommit outputs, SparkSession spark, String output) {
    if (table != null) {
      OutputTable pending = new OutputTable(spark, table, overwrite, format(output));
      outputs.add(pending);
      return pending;
    }
    String folder = outputs.folder(output, overwrite);
    DataFormat files = format(output).orElseThrow();
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
   * @param changed columns that were computed, which are no names of folders
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
