package org.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.text.RowFileFormat;

/**
 * Writes rows as JSON, an object to a line, with all columns in their order.
 *
 * <p>Not thread-safe.
 */
final class JsonLines implements RowFileFormat.RowWriter {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER) // the shortest digits on every JVM
          .build();

  private final StructField[] columns;
  private final JsonValue[] values;
  private final JsonGenerator out;

  JsonLines(StructType schema, OutputStream file) throws IOException {
    columns = schema.fields();
    values = new JsonValue[columns.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = JsonText.is(columns[i]) ? JsonText::write : JsonValue.of(columns[i].dataType());
    }
    out = FACTORY.createGenerator(file).setRootValueSeparator(null);
  }

  @Override
  public void write(InternalRow row) throws IOException {
    out.writeStartObject();
    for (int i = 0; i < columns.length; i++) {
      boolean isNull = row.isNullAt(i);
      if (isNull && JsonText.is(columns[i])) {
        continue; // the row had no such key
      }
      out.writeFieldName(columns[i].name());
      if (isNull) {
        out.writeNull();
      } else {
        values[i].write(out, row, i);
      }
    }
    out.writeEndObject();
    out.writeRaw('\n');
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
