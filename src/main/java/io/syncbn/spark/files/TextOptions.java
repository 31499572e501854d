package io.syncbn.spark.files;

import java.io.Serializable;
import java.util.List;

/**
 * How the text of CSV, JSON and LibSVM files is to be understood. All but the encoding is of CSV.
 *
 * @param encoding name of a charset of Java, for files without a byte order mark
 * @param delimiter between fields; empty if the files tell it, {@code blanks} for runs of blanks
 * @param header whether the first line names the columns
 * @param decimalComma whether {@code 1,5} is a number
 * @param thousands the mark between groups of three digits; empty for none
 * @param comment what lines begin with that are not read; empty for none
 * @param skippedLines lines before the header that are not read
 * @param nulls texts that mean a missing value in columns of numbers
 */
public record TextOptions(
    String encoding,
    String delimiter,
    Header header,
    boolean decimalComma,
    String thousands,
    String comment,
    int skippedLines,
    List<String> nulls)
    implements Serializable {

  /** Fields with any number of blanks and tabs between them. */
  public static final String BLANKS = "blanks";

  /** Files that tell everything themselves. */
  public static final TextOptions DEFAULTS =
      new TextOptions("UTF-8", "", Header.TOLD_BY_FILE, false, "", "", 0, List.of());

  /** Whether the first line of a file names its columns. */
  public enum Header {
    /** Unless it looks like a row. */
    TOLD_BY_FILE,
    /** Always. */
    PRESENT,
    /** Never. */
    ABSENT
  }

  /** Copies the list. */
  public TextOptions {
    nulls = List.copyOf(nulls);
  }
}
