package org.syncbn.spark.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.syncbn.SparkInternals;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.text.FilePart;

/** What is written reads back as it was, without Spark between. */
@SparkInternals
class CsvWriterTest {

  private static final Configuration HADOOP = new Configuration();

  private static String written(StructType columns, Object[]... rows) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (CsvWriter writer = new CsvWriter(out, columns)) {
      for (Object[] row : rows) {
        writer.write(new GenericInternalRow(row));
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static StructType columns(DataType type, int count) {
    StructType columns = new StructType();
    for (int i = 0; i < count; i++) {
      columns = columns.add("c" + i, type);
    }
    return columns;
  }

  @Provide
  Arbitrary<List<List<String>>> tables() {
    Arbitrary<String> texts =
        Arbitraries.strings()
            .withChars(',', '"', '\n', '\r', ' ', '\t', 'a', '0', '.', ';', 'ü', '€', '#', '\\')
            .ofMaxLength(6);
    return Arbitraries.integers()
        .between(2, 4)
        .flatMap(width -> texts.injectNull(0.2).list().ofSize(width).list().ofMaxSize(5));
  }

  @Property(tries = 1000)
  void anyTableOfTextsAndNullsReadsBackEqual(@ForAll("tables") List<List<String>> table)
      throws IOException {
    int width = table.isEmpty() ? 2 : table.get(0).size();
    StructType columns = columns(DataTypes.StringType, width);
    String text =
        written(
            columns,
            table.stream()
                .map(row -> row.stream().map(UTF8String::fromString).toArray())
                .toArray(Object[][]::new));
    assertThat(read(text, columns)).isEqualTo(table);
  }

  @Property(tries = 1000)
  void anyDoubleReadsBackAsTheSameBits(@ForAll long bits, @ForAll double value) throws IOException {
    for (double number : new double[] {Double.longBitsToDouble(bits), value}) {
      StructType columns = columns(DataTypes.DoubleType, 1);
      String text = written(columns, new Object[] {number});
      String field = text.split("\n")[1];
      byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
      double again =
          new CsvNumber(org.syncbn.data.TextOptions.DEFAULTS).parseDouble(bytes, 0, bytes.length);
      assertThat(Double.doubleToLongBits(again)).isEqualTo(Double.doubleToLongBits(number));
      assertThat(FieldText.of(bytes, 0, bytes.length))
          .isEqualTo(Double.isFinite(number) ? FieldText.FRACTION : FieldText.NOT_FINITE);
    }
  }

  @Property(tries = 1000)
  void anyDecimalIsParsedToTheNearestDouble(
      @ForAll @net.jqwik.api.constraints.LongRange(min = 0) long digits,
      @ForAll @net.jqwik.api.constraints.IntRange(min = 0, max = 30) int point) {
    String all = Long.toString(digits);
    String text =
        point < all.length()
            ? all.substring(0, point) + "." + all.substring(point)
            : "0." + "0".repeat(point - all.length()) + all;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(
            new CsvNumber(org.syncbn.data.TextOptions.DEFAULTS).parseDouble(bytes, 0, bytes.length))
        .isEqualTo(Double.parseDouble(text));
  }

  private static List<List<String>> read(String text, StructType columns) throws IOException {
    Path file = Files.createTempFile("written", ".csv");
    try {
      Files.writeString(file, text);
      long size = Files.size(file);
      List<List<String>> rows = new ArrayList<>();
      var part = new FilePart(HADOOP, new org.apache.hadoop.fs.Path(file.toUri()), 0, size, size);
      var iterator = CsvFormat.written(columns).reader(columns).rows(part);
      while (iterator.hasNext()) {
        InternalRow row = iterator.next();
        rows.add(
            IntStream.range(0, columns.size())
                .mapToObj(i -> row.isNullAt(i) ? null : row.getUTF8String(i).toString())
                .collect(ArrayList::new, ArrayList::add, ArrayList::addAll));
      }
      return rows;
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void eachTypeIsWrittenInItsShortestExactForm() throws IOException {
    StructType columns =
        new StructType()
            .add("b", DataTypes.BooleanType)
            .add("i", DataTypes.IntegerType)
            .add("f", DataTypes.FloatType)
            .add("d", DataTypes.DoubleType)
            .add("n", DataTypes.createDecimalType(38, 2))
            .add("day", DataTypes.DateType)
            .add("at", DataTypes.TimestampType)
            .add("local", DataTypes.TimestampNTZType)
            .add("t", DataTypes.StringType);
    Object[] values = {
      true,
      -7,
      0.1f,
      2.0e-3,
      Decimal.apply(new java.math.BigDecimal("12345678901234567890123456.50"), 38, 2),
      -1,
      -1L,
      1_500_000L,
      UTF8String.fromString("a,b")
    };
    assertThat(written(columns, values, new Object[values.length]))
        .isEqualTo(
            "b,i,f,d,n,day,at,local,t\n"
                + "true,-7,0.1,0.002,12345678901234567890123456.50,1969-12-31,"
                + "1969-12-31T23:59:59.999999Z,1970-01-01T00:00:01.5,\"a,b\"\n"
                + ",,,,,,,,\n");
  }

  @Test
  void aTableOfOneColumnHasNoBlankLines() throws IOException {
    assertThat(written(columns(DataTypes.DoubleType, 1), row(1.5), row((Object) null), row(2.0)))
        .isEqualTo("c0\n1.5\n\"\"\n2.0\n");
    assertThat(written(columns(DataTypes.StringType, 1), row(UTF8String.fromString(""))))
        .isEqualTo("c0\n\"\"\n");
    assertThatThrownBy(() -> written(columns(DataTypes.StringType, 1), row((Object) null)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "CSV cannot distinguish null from an empty string in a table of the one column 'c0';"
                + " choose another format, such as --output-format parquet.");
  }

  @Test
  void namesThatLookLikeSeveralAreQuoted() throws IOException {
    StructType columns =
        new StructType()
            .add("a;b", DataTypes.StringType)
            .add("c|d", DataTypes.StringType)
            .add("e f", DataTypes.StringType);
    assertThat(written(columns)).isEqualTo("\"a;b\",\"c|d\",e f\n");
    assertThat(written(new StructType().add("e f", DataTypes.LongType))).isEqualTo("\"e f\"\n");
    assertThat(written(new StructType().add("\uFEFFe", DataTypes.LongType)))
        .isEqualTo("\"\uFEFFe\"\n"); // not taken for a byte order mark
  }

  private static Object[] row(Object... values) {
    return values;
  }

  @Test
  void whatCsvCannotHoldIsRejected() {
    for (DataType type :
        Arrays.asList(
            DataTypes.BinaryType,
            DataTypes.createArrayType(DataTypes.DoubleType),
            DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType),
            columns(DataTypes.LongType, 1),
            new org.apache.spark.ml.linalg.VectorUDT())) {
      assertThatThrownBy(() -> CsvWriter.requireWritable(new StructType().add("v", type)))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "CSV cannot hold column 'v' (%s); choose another format, such as --output-format"
                  + " parquet, or leave the column out.",
              type.simpleString());
    }
  }
}
