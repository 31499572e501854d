package org.syncbn.spark.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.syncbn.spark.internals.Files;

/**
 * Folders {@code key=value}, as Hive and Spark write them, and as Arrow, Polars and DuckDB do,
 * which also escape what is not ASCII ({@code %C3%A4}).
 */
public final class PartitionFolders {

  private static final String NULL = Files.nullFolder();

  private static final int LONGEST_NAME = 255; // bytes, of Linux and HDFS

  private static final Pattern ESCAPES = Pattern.compile("(%[0-9A-Fa-f]{2})+");

  private PartitionFolders() {}

  /**
   * The values of the folders above a file, the outermost first; null where a folder says so.
   *
   * @throws DataException if a value is empty, or a key is there twice
   */
  static Map<String, String> values(Location.Match file) {
    Map<String, String> values = new LinkedHashMap<>();
    List<String> folders = file.below().subList(0, Math.max(0, file.below().size() - 1));
    for (String folder : folders) {
      int equals = folder.indexOf('=');
      if (equals <= 0) {
        continue;
      }
      String key = unescaped(folder.substring(0, equals));
      String value = unescaped(folder.substring(equals + 1));
      if (value.isEmpty()) {
        throw new DataException(
            "The folder %s above %s gives its column no value; rename it, for null to %s=%s."
                .formatted(folder, file.status().getPath(), key, NULL));
      }
      if (values.containsKey(key)) {
        throw new DataException(
            "Two folders above %s name the column '%s'; rename one."
                .formatted(file.status().getPath(), key));
      }
      values.put(key, NULL.equals(value) ? null : value);
    }
    return Collections.unmodifiableMap(values);
  }

  /** Escapes that are the UTF-8 of a text stand for it, all others for one character each. */
  private static String unescaped(String name) {
    return ESCAPES.matcher(name).replaceAll(run -> Matcher.quoteReplacement(text(run.group())));
  }

  private static String text(String escapes) {
    byte[] bytes = HexFormat.of().parseHex(escapes.replace("%", ""));
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException single) {
      return new String(bytes, ISO_8859_1);
    }
  }

  /**
   * A text that can be the value of a folder and is read as the same.
   *
   * @return the text
   * @throws DataException if it cannot
   */
  public static String requireValue(String column, String text) {
    if (text.isEmpty() || text.equals(NULL)) {
      throw noFolder(column, "an empty text, or one that stands for null");
    } else if (text.indexOf('\0') >= 0) {
      throw noFolder(column, "a text with the character NUL");
    }
    String folder = Files.escaped(column) + "=" + Files.escaped(text);
    if (folder.getBytes(UTF_8).length > LONGEST_NAME) {
      throw noFolder(
          column,
          "a text of %,d characters, or a name that is too long for %d bytes together"
              .formatted(text.length(), LONGEST_NAME));
    }
    return text;
  }

  private static DataException noFolder(String column, String what) {
    return new DataException(
        "The column '%s' has %s, which cannot be the name of a folder; name other columns with --partition-by, or none."
            .formatted(column, what));
  }

  /**
   * The columns that all files have, in one order.
   *
   * @throws DataException if files differ
   */
  static List<String> columns(List<DataFile> files) {
    DataFile first = files.get(0);
    List<String> columns = new ArrayList<>(first.partition().keySet());
    for (DataFile file : files) {
      if (!columns.equals(new ArrayList<>(file.partition().keySet()))) {
        throw new DataException(
            "%s lies in folders for %s, but %s in folders for %s; name files whose folders agree."
                .formatted(first, names(first), file, names(file)));
      }
    }
    return columns;
  }

  private static String names(DataFile file) {
    return file.partition().isEmpty()
        ? "no column"
        : String.join(", ", file.partition().keySet().stream().map(key -> key + "=").toList());
  }
}
