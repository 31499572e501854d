package org.syncbn.spark.csv;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.data.TextOptions;

/**
 * Columns that hold fields as they stand in a CSV file. Each remembers how numbers and missing
 * values are written there.
 */
public final class CsvText {

  private static final String DECIMAL_COMMA = "syncbn.csv.decimalComma";
  private static final String THOUSANDS = "syncbn.csv.thousands";
  private static final String NULLS = "syncbn.csv.nulls";

  private CsvText() {}

  /** A column of a type in a file of such texts. */
  static StructField column(String name, DataType type, TextOptions text) {
    boolean plain = !text.decimalComma() && text.thousands().isEmpty() && text.nulls().isEmpty();
    return new StructField(
        name, type, true, plain || !(type instanceof StringType) ? Metadata.empty() : marked(text));
  }

  private static Metadata marked(TextOptions text) {
    return new MetadataBuilder()
        .putBoolean(DECIMAL_COMMA, text.decimalComma())
        .putString(THOUSANDS, text.thousands())
        .putStringArray(NULLS, text.nulls().toArray(String[]::new))
        .build();
  }

  /**
   * The texts of a column with its numbers as programs write them, and null for what was declared
   * to mean a missing value; the column itself if it remembers nothing.
   */
  public static Column plain(Column column, StructField field) {
    Metadata marks = field.metadata();
    if (!marks.contains(DECIMAL_COMMA)) {
      return column;
    }
    TextOptions text =
        TextOptions.DEFAULTS
            .withNumbers(marks.getBoolean(DECIMAL_COMMA), marks.getString(THOUSANDS))
            .withNulls(List.of(marks.getStringArray(NULLS)));
    return functions.udf(new Plain(text), DataTypes.StringType).apply(column);
  }

  /** A function that travels; each task has its own. */
  private static final class Plain implements UDF1<String, String> {

    private static final long serialVersionUID = 1L;

    private final TextOptions text;
    private transient CsvNumber number;
    private transient CsvNulls nulls;

    Plain(TextOptions text) {
      this.text = text;
    }

    @Override
    public String call(String field) {
      if (field == null) {
        return null;
      }
      if (number == null) {
        number = new CsvNumber(text);
        nulls = new CsvNulls(text);
      }
      byte[] bytes = UTF8String.fromString(field).getBytes();
      FieldText look = number.look(bytes, 0, bytes.length);
      if (nulls.contain(bytes, 0, bytes.length, look)) {
        return null;
      }
      return look == FieldText.OTHER
          ? field
          : Double.toString(number.parseDouble(bytes, 0, bytes.length));
    }
  }
}
