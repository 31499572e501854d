package org.syncbn.spark.csv;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.text.TextFile;

/**
 * The form of the files of an input.
 *
 * @param text what was asked for
 * @param delimiter between fields; empty for {@link TextOptions#BLANKS}
 * @param headerLine what the first line of each file is
 * @param header the names of the columns as the first file's header has them, an empty text for a
 *     field of the rows that it does not name; without one as many empty texts as columns
 * @param declaresDelimiter whether a line {@code sep=;} comes first, as Excel writes it
 * @param whole URIs of files that cannot be read in parts: quotes hold line breaks
 */
record CsvForm(
    TextOptions text,
    String delimiter,
    HeaderLine headerLine,
    List<String> header,
    boolean declaresDelimiter,
    Set<String> whole)
    implements Serializable {

  private static final Pattern DECLARATION =
      Pattern.compile("\"?sep=(\\\\t|.)\"?", Pattern.CASE_INSENSITIVE);

  /** What the first line of a file is. */
  enum HeaderLine {
    /** A row. */
    NONE,
    /** A header with a name for each field of the rows. */
    WHOLE,
    /** A header without a name for the first field: R writes row names so. */
    WITHOUT_FIRST,
    /** A header without the delimiter that all rows end with. */
    WITHOUT_LAST,
    /** A header that ends with a delimiter, which the rows do not. */
    WITH_DELIMITER_AT_END
  }

  CsvForm {
    header = List.copyOf(header);
    whole = Set.copyOf(whole);
  }

  /** Comma-separated values with a whole header. */
  static CsvForm plain(List<String> header) {
    return new CsvForm(TextOptions.DEFAULTS, ",", HeaderLine.WHOLE, header, false, Set.of());
  }

  CsvForm withWhole(Set<String> files) {
    return new CsvForm(text, delimiter, headerLine, header, declaresDelimiter, files);
  }

  boolean hasHeader() {
    return headerLine != HeaderLine.NONE;
  }

  /** The delimiter that a line as {@code sep=;} declares. */
  static Optional<String> declaredDelimiter(String line) {
    Matcher matcher = DECLARATION.matcher(line);
    return matcher.matches()
        ? Optional.of(matcher.group(1).replace("\\t", "\t"))
        : Optional.empty();
  }

  /** A name for each field of the rows, from the fields of a header line. */
  static List<String> names(HeaderLine line, List<String> fields) {
    List<String> names = new ArrayList<>(fields);
    switch (line) {
      case NONE, WHOLE -> {}
      case WITHOUT_FIRST -> names.add(0, "");
      case WITHOUT_LAST -> names.add("");
      case WITH_DELIMITER_AT_END -> names.remove(names.size() - 1);
    }
    return names;
  }

  /** The names of the columns: those of the header, {@code _c0} and so on where it has none. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    for (String name : header) {
      names.add(name.isEmpty() ? "_c" + names.size() : name);
    }
    return names;
  }

  CsvFields fields() {
    return new CsvFields(delimiter, text.escape());
  }

  TextFile file(Configuration configuration, Path path) {
    return new TextFile(configuration, path, text);
  }

  boolean isSplittable(TextFile file, Path path) {
    return file.isSplittable() && !whole.contains(path.toUri().toString());
  }
}
