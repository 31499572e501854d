package org.syncbn.spark.csv;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VarcharType;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.text.RowFileFormat;

/**
 * Writes CSV that reads back as it was (RFC 4180, UTF-8): null is an empty field, an empty text two
 * quotes, and texts are quoted where they hold delimiters, quotes, line breaks or blanks at an end.
 * Doubles and floats are the shortest decimals that read back the same; instants have microseconds
 * and their zone. In a table of one column null is two quotes, since a blank line is not a row.
 *
 * <p>Not thread-safe.
 */
final class CsvWriter implements RowFileFormat.RowWriter {

  private static final DateTimeFormatter LOCAL =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendLiteral('T')
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
          .toFormatter(Locale.ROOT);

  /** Writes a value that is not null. */
  private interface Cell {
    void write(InternalRow row, int column) throws IOException;
  }

  private final OutputStream out;
  private final StructField[] columns;
  private final Cell[] cells;

  CsvWriter(OutputStream out, StructType schema) throws IOException {
    this.out = new BufferedOutputStream(out, 1 << 16);
    columns = schema.fields();
    cells = new Cell[columns.length];
    for (int i = 0; i < columns.length; i++) {
      cells[i] = cell(columns[i].dataType());
      writeDelimiter(i);
      byte[] name = columns[i].name().getBytes(StandardCharsets.UTF_8);
      writeText(name, misleads(columns[i].name()));
    }
    this.out.write('\n');
  }

  /**
   * Whether a name without quotes may be taken for a number, for several names, or for a byte order
   * mark and the rest.
   */
  private boolean misleads(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return FieldText.of(bytes, 0, bytes.length) != FieldText.OTHER
        || name.startsWith("\uFEFF")
        || name.chars().anyMatch(letter -> ";\t|".indexOf(letter) >= 0)
        || columns.length == 1 && name.contains(" ");
  }

  /**
   * Throws if a CSV file cannot hold one of the columns.
   *
   * @throws DataException with the remedy
   */
  static void requireWritable(StructType schema) {
    for (StructField field : schema.fields()) {
      if (!isWritable(field.dataType())) {
        throw new DataException(
            ("CSV cannot hold column '%s' (%s); choose another format, such as --output-format"
                    + " parquet, or leave the column out.")
                .formatted(field.name(), field.dataType().simpleString()));
      }
    }
  }

  private static boolean isWritable(DataType type) {
    return isText(type)
        || type instanceof DecimalType
        || switch (type.typeName()) {
          case "boolean",
              "byte",
              "short",
              "integer",
              "long",
              "float",
              "double",
              "date",
              "timestamp",
              "timestamp_ntz",
              "void" ->
              true;
          default -> false;
        };
  }

  private static boolean isText(DataType type) {
    return type instanceof StringType || type instanceof CharType || type instanceof VarcharType;
  }

  private Cell cell(DataType type) {
    if (isText(type)) {
      return (row, i) -> writeText(row.getUTF8String(i).getBytes(), false);
    } else if (type instanceof DecimalType decimal) {
      return (row, i) ->
          writeAscii(
              row.getDecimal(i, decimal.precision(), decimal.scale())
                  .toJavaBigDecimal()
                  .toPlainString());
    }
    return switch (type.typeName()) {
      case "boolean" -> (row, i) -> writeAscii(Boolean.toString(row.getBoolean(i)));
      case "byte" -> (row, i) -> writeAscii(Byte.toString(row.getByte(i)));
      case "short" -> (row, i) -> writeAscii(Short.toString(row.getShort(i)));
      case "integer" -> (row, i) -> writeAscii(Integer.toString(row.getInt(i)));
      case "long" -> (row, i) -> writeAscii(Long.toString(row.getLong(i)));
      case "float" -> (row, i) -> writeAscii(NumberOutput.toString(row.getFloat(i), true));
      case "double" -> (row, i) -> writeAscii(NumberOutput.toString(row.getDouble(i), true));
      case "date" -> (row, i) -> writeAscii(LocalDate.ofEpochDay(row.getInt(i)).toString());
      case "timestamp" -> (row, i) -> writeAscii(time(row.getLong(i)) + "Z");
      case "timestamp_ntz" -> (row, i) -> writeAscii(time(row.getLong(i)));
      default ->
          (row, i) -> {
            throw new IllegalStateException(type.simpleString());
          };
    };
  }

  private static String time(long micros) {
    Instant instant = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    return LOCAL.format(LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
  }

  @Override
  public void write(InternalRow row) throws IOException {
    for (int i = 0; i < cells.length; i++) {
      writeDelimiter(i);
      if (!row.isNullAt(i)) {
        cells[i].write(row, i);
      } else if (cells.length == 1) {
        writeOnlyNull();
      }
    }
    out.write('\n');
  }

  private void writeOnlyNull() throws IOException {
    if (isText(columns[0].dataType())) {
      throw new DataException(
          ("CSV cannot distinguish null from an empty string in a table of the one column '%s';"
                  + " choose another format, such as --output-format parquet.")
              .formatted(columns[0].name()));
    }
    writeAscii("\"\"");
  }

  private void writeDelimiter(int column) throws IOException {
    if (column > 0) {
      out.write(',');
    }
  }

  private void writeAscii(String text) throws IOException {
    out.write(UTF8String.fromString(text).getBytes());
  }

  private void writeText(byte[] text, boolean quoted) throws IOException {
    if (!quoted && !needsQuotes(text)) {
      out.write(text);
      return;
    }
    out.write('"');
    for (byte b : text) {
      if (b == '"') {
        out.write('"');
      }
      out.write(b);
    }
    out.write('"');
  }

  private static boolean needsQuotes(byte[] text) {
    if (text.length == 0 || text[0] == ' ' || text[text.length - 1] == ' ') {
      return true;
    }
    for (byte b : text) {
      if (b == ',' || b == '"' || b == '\n' || b == '\r') {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
