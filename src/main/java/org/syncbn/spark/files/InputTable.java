package org.syncbn.spark.files;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The rows of an input, and what a person should know about how they were read.
 *
 * @param rows lazily read
 * @param files the files they come from; none for a table of a catalog
 * @param partitionColumns the columns that come from folders {@code key=value}, the outermost first
 * @param notes sentences: what was decided, left out or could not be split
 */
public record InputTable(
    Dataset<Row> rows, List<DataFile> files, List<String> partitionColumns, List<String> notes) {

  /** Copies the lists. */
  public InputTable {
    files = List.copyOf(files);
    partitionColumns = List.copyOf(partitionColumns);
    notes = List.copyOf(notes);
  }

  /** The same input with other rows. */
  public InputTable with(Dataset<Row> newRows) {
    return new InputTable(newRows, files, partitionColumns, notes);
  }
}
