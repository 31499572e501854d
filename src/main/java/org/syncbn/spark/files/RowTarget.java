package org.syncbn.spark.files;

/** Where rows that are read will be written, which decides the form of what is left alone. */
public sealed interface RowTarget {

  /** Whether they will be files of a format. */
  default boolean isFilesOf(DataFormat format) {
    return equals(new Files(format));
  }

  /** Nowhere. */
  record None() implements RowTarget {}

  /**
   * Into files that are written here, which can hold all that files of the same format hold.
   *
   * @param format of the files
   */
  record Files(DataFormat format) implements RowTarget {}

  /** Into a table of a catalog, which has the types of Spark and no others. */
  record Table() implements RowTarget {}
}
