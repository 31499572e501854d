package org.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.RowTarget;

/**
 * Columns that hold each value as JSON writes it, to the byte but for line ends. A key that a row
 * lacks is null, and one that is null is the text {@code null}.
 */
public final class JsonText {

  private static final String MARK = "syncbn.json.text";

  private static final Metadata MARKED = new MetadataBuilder().putBoolean(MARK, true).build();

  private JsonText() {}

  /** A column of a type, or of JSON texts if they will be written as JSON again. */
  static StructField column(String name, DataType type, RowTarget target) {
    return target.isFilesOf(DataFormat.JSON)
        ? new StructField(name, DataTypes.StringType, true, MARKED)
        : new StructField(name, type, true, Metadata.empty());
  }

  /** The text of a value; line ends between its tokens become blanks, as a row is a line. */
  static UTF8String of(byte[] value) {
    for (int i = 0; i < value.length; i++) {
      if (value[i] == '\n' || value[i] == '\r') {
        value[i] = ' ';
      }
    }
    return UTF8String.fromBytes(value);
  }

  /** Writes a value as it is. */
  static void write(JsonGenerator out, SpecializedGetters row, int ordinal) throws IOException {
    out.writeRawValue(row.getUTF8String(ordinal).toString());
  }

  /** Whether a column is one of these. */
  static boolean is(StructField column) {
    return column.metadata().contains(MARK);
  }

  /** The plain value of a column, as text, if it holds JSON texts; else the column itself. */
  public static Column plain(Column column, StructField field) {
    Column array = functions.concat(functions.lit("["), column, functions.lit("]"));
    return is(field) ? functions.get_json_object(array, "$[0]") : column;
  }
}
