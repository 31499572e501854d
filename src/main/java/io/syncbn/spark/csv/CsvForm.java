package io.syncbn.spark.csv;

import io.syncbn.data.TextOptions;
import io.syncbn.spark.text.TextFile;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The form of the files of an input.
 *
 * @param text what was asked for
 * @param delimiter between fields; empty for {@link TextOptions#BLANKS}
 * @param hasHeader whether the first line of each file names the columns
 * @param header the fields of the first file's header; without one as many empty texts as columns
 * @param whole URIs of files that cannot be read in parts: quotes hold line breaks
 */
record CsvForm(
    TextOptions text, String delimiter, boolean hasHeader, List<String> header, Set<String> whole)
    implements Serializable {

  CsvForm {
    header = List.copyOf(header);
    whole = Set.copyOf(whole);
  }

  CsvForm withWhole(Set<String> files) {
    return new CsvForm(text, delimiter, hasHeader, header, files);
  }

  byte[] delimiterBytes() {
    return delimiter.getBytes(StandardCharsets.UTF_8);
  }

  /** The names of the columns: those of the header, {@code _c0} and so on where it has none. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    for (String name : header) {
      names.add(name.isEmpty() ? "_c" + names.size() : name);
    }
    return names;
  }

  TextFile file(Configuration configuration, Path path) {
    return new TextFile(configuration, path, text);
  }

  boolean isSplittable(TextFile file, Path path) {
    return file.isSplittable() && !whole.contains(path.toUri().toString());
  }
}
