package org.syncbn.spark.csv;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.codegen.UnsafeRowWriter;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.text.FilePart;
import org.syncbn.spark.text.RowFileFormat;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;

/**
 * Reads and writes CSV files of known columns. Numbers are parsed to the nearest; other fields are
 * texts as they stand. An empty field is null, two quotes are an empty text, or null where numbers
 * are read.
 */
public final class CsvFormat extends RowFileFormat {

  private static final long serialVersionUID = 1L;

  private final CsvForm form;

  /** For writing, as Spark creates it by its name. */
  public CsvFormat() {
    this(CsvForm.plain(List.of()));
  }

  /** For reading. */
  CsvFormat(CsvForm form) {
    this.form = form;
  }

  /**
   * Throws if a CSV file cannot hold a column.
   *
   * @throws org.syncbn.spark.files.DataException with the remedy
   */
  public static void requireWritable(StructType columns) {
    CsvWriter.requireWritable(columns);
  }

  /** For reading files that were written with these columns. */
  public static CsvFormat written(StructType columns) {
    return new CsvFormat(CsvForm.plain(List.of(columns.fieldNames())));
  }

  @Override
  protected PartReader reader(StructType columns) {
    CsvForm sent = form;
    return part -> new Rows(sent, columns, part);
  }

  @Override
  protected TextFile file(Configuration configuration, Path path) {
    return form.file(configuration, path);
  }

  @Override
  protected boolean isSplittable(TextFile file, Path path) {
    return form.isSplittable(file, path);
  }

  @Override
  protected String extension() {
    return ".csv";
  }

  @Override
  protected RowWriter writer(OutputStream out, StructType columns) throws IOException {
    return new CsvWriter(out, columns);
  }

  @Override
  public String toString() {
    return "CSV";
  }

  /** How a column is read. */
  private enum Kind {
    BYTE,
    SHORT,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    DECIMAL,
    TEXT;

    static Kind of(DataType type) {
      if (type instanceof DecimalType) {
        return DECIMAL;
      }
      return switch (type.typeName()) {
        case "byte" -> BYTE;
        case "short" -> SHORT;
        case "integer" -> INT;
        case "long" -> LONG;
        case "float" -> FLOAT;
        case "double" -> DOUBLE;
        default -> TEXT;
      };
    }
  }

  /** The rows of a part: one object, refilled. */
  private static final class Rows implements Iterator<InternalRow>, Closeable {

    private final CsvRecords records;
    private final CsvFields fields;
    private final int[] places;
    private final Kind[] kinds;
    private final DataType[] types;
    private final CsvNulls nulls;
    private final CsvNumber number;
    private final UnsafeRowWriter writer;
    private boolean found;

    Rows(CsvForm form, StructType columns, FilePart part) {
      records = new CsvRecords(form, part);
      fields = records.fields();
      StructField[] wanted = columns.fields();
      int size = wanted.length;
      Map<String, Integer> indexes = new HashMap<>();
      form.names().forEach(name -> indexes.put(name, indexes.size()));
      places = new int[size];
      kinds = new Kind[size];
      types = new DataType[size];
      for (int i = 0; i < size; i++) {
        places[i] = records.place(indexes.get(wanted[i].name()));
        types[i] = wanted[i].dataType();
        kinds[i] = Kind.of(types[i]);
      }
      nulls = new CsvNulls(form.text());
      number = new CsvNumber(form.text());
      writer = new UnsafeRowWriter(size, 32 * size);
    }

    @Override
    public boolean hasNext() {
      found = found || records.next();
      return found;
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      found = false;
      writer.reset();
      writer.zeroOutNullBytes();
      for (int i = 0; i < places.length; i++) {
        if (fields.isEmpty(places[i])) {
          writer.setNullAt(i);
        } else {
          write(i, places[i]);
        }
      }
      return writer.getRow();
    }

    private void write(int column, int field) {
      byte[] bytes = fields.bytes(field);
      int from = fields.from(field);
      int to = fields.to(field);
      Kind kind = kinds[column];
      if (kind == Kind.TEXT) {
        writer.write(column, bytes, from, to - from);
      } else if (from == to || isNull(bytes, from, to)) {
        writer.setNullAt(column);
      } else {
        try {
          writeNumber(column, kind, bytes, from, to);
        } catch (ArithmeticException | NumberFormatException e) {
          throw new TextFault(
              records.position(),
              "'%s' is not a %s; the file has changed since its types were found."
                  .formatted(fields.text(field), types[column].typeName()));
        }
      }
    }

    private boolean isNull(byte[] bytes, int from, int to) {
      return !nulls.isEmpty() && nulls.contain(bytes, from, to, number.look(bytes, from, to));
    }

    private void writeNumber(int column, Kind kind, byte[] bytes, int from, int to) {
      switch (kind) {
        case BYTE -> writer.write(column, (byte) number.parseLong(bytes, from, to));
        case SHORT -> writer.write(column, (short) number.parseLong(bytes, from, to));
        case INT -> writer.write(column, (int) number.parseLong(bytes, from, to));
        case LONG -> writer.write(column, number.parseLong(bytes, from, to));
        case FLOAT -> writer.write(column, number.parseFloat(bytes, from, to));
        case DOUBLE -> writer.write(column, number.parseDouble(bytes, from, to));
        case DECIMAL -> {
          DecimalType type = (DecimalType) types[column];
          writer.write(
              column,
              Decimal.apply(number.parseDecimal(bytes, from, to), type.precision(), type.scale()),
              type.precision(),
              type.scale());
        }
        case TEXT -> throw new IllegalStateException("a text");
      }
    }

    @Override
    public void close() {
      records.close();
    }
  }

  /** The columns as they are read back: what CSV cannot tell from text is text. */
  public static StructType readable(StructType columns) {
    StructField[] readable = columns.fields().clone();
    for (int i = 0; i < readable.length; i++) {
      DataType type = readable[i].dataType();
      DataType told = Kind.of(type) == Kind.TEXT ? DataTypes.StringType : type;
      readable[i] = DataTypes.createStructField(readable[i].name(), told, true);
    }
    return new StructType(readable);
  }
}
