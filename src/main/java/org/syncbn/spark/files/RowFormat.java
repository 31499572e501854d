package org.syncbn.spark.files;

/** A form in which rows are stored, as the command line names it. */
public sealed interface RowFormat permits DataFormat, TableFormat {

  /** Spark's name of the format, which is also that of the command line. */
  String sparkName();
}
