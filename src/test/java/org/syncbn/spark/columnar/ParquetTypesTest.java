package org.syncbn.spark.columnar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.SparkInternals;
import org.syncbn.StrictSpark;
import org.syncbn.spark.ColumnScan;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.DataWriter;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;

/** Every type of Parquet, in files that Parquet's own writer makes: values 1, null, 3. */
@SparkInternals
class ParquetTypesTest {

  @TempDir static Path folder;

  /** Columns of types that are features by default: their mean is 2 times a power of ten. */
  private static final List<String> NUMBERS =
      List.of(
          "int32 c",
          "int32 c (INTEGER(8,true))",
          "int32 c (INTEGER(16,true))",
          "int32 c (INTEGER(32,true))",
          "int32 c (INTEGER(8,false))",
          "int32 c (INTEGER(16,false))",
          "int32 c (INTEGER(32,false))",
          "int32 c (DECIMAL(9,0))",
          "int64 c",
          "int64 c (INTEGER(64,true))",
          "int64 c (INTEGER(64,false))",
          "int64 c (DECIMAL(18,0))",
          "float c",
          "double c",
          "binary c (DECIMAL(38,0))",
          "fixed_len_byte_array(16) c (DECIMAL(38,0))",
          "fixed_len_byte_array(3) c (DECIMAL(5,0))");

  /** Columns that leave as they came, to the type. */
  private static final List<String> LEFT_ALONE =
      Stream.of(
              "boolean c",
              "int32 c (DATE)",
              "int32 c (TIME(MILLIS,true))",
              "int32 c (TIME(MILLIS,false))",
              "int32 c (UNKNOWN)",
              "int64 c (TIME(MICROS,true))",
              "int64 c (TIME(MICROS,false))",
              "int64 c (TIME(NANOS,true))",
              "int64 c (TIME(NANOS,false))",
              "int64 c (TIMESTAMP(MICROS,true))",
              "int64 c (TIMESTAMP(MICROS,false))",
              "int64 c (TIMESTAMP(NANOS,true))",
              "int64 c (TIMESTAMP(NANOS,false))",
              "binary c",
              "binary c (STRING)",
              "binary c (ENUM)",
              "binary c (JSON)",
              "binary c (BSON)",
              "binary c (DECIMAL(60,0))",
              "fixed_len_byte_array(2) c (FLOAT16)",
              "fixed_len_byte_array(16) c (UUID)",
              "fixed_len_byte_array(12) c (INTERVAL)",
              "fixed_len_byte_array(5) c",
              "fixed_len_byte_array(26) c (DECIMAL(60,0))",
              "group c { optional int64 v (TIMESTAMP(NANOS,true)); }",
              "group c { optional double v; optional fixed_len_byte_array(16) u (UUID); }",
              "group c (LIST) { repeated group list { optional int32 element; } }",
              "group c (LIST) { repeated group list { optional int64 element"
                  + " (TIMESTAMP(NANOS,false)); } }",
              "group c (LIST) { repeated group list { optional int64 element (TIME(MICROS,false));"
                  + " } }",
              "group c (MAP) { repeated group key_value { required binary key (STRING); optional"
                  + " int64 value (TIMESTAMP(NANOS,true)); } }")
          .filter(ParquetTypesTest::isKnown)
          .toList();

  static Stream<String> numbers() {
    return NUMBERS.stream();
  }

  private static boolean isKnown(String column) {
    return !StrictSpark.IS_SPARK_4_0 || !column.contains("UNKNOWN");
  }

  private static MessageType schema(String... columns) {
    String fields =
        String.join(
            " ",
            Arrays.stream(columns)
                .map(c -> "optional " + c + (c.endsWith("}") ? "" : ";"))
                .toList());
    return MessageTypeParser.parseMessageType("message m { " + fields + " }");
  }

  private static void set(Group group, GroupType type, int field, int value) {
    Type column = type.getType(field);
    if (!column.isPrimitive()) {
      Group child = group.addGroup(field);
      for (int i = 0; i < column.asGroupType().getFieldCount(); i++) {
        set(child, column.asGroupType(), i, value);
      }
      return;
    }
    PrimitiveType primitive = column.asPrimitiveType();
    switch (primitive.getPrimitiveTypeName()) {
      case BOOLEAN -> group.add(field, value == 1);
      case INT32 -> {
        if (!primitive.toString().contains("UNKNOWN")) {
          group.add(field, value);
        }
      }
      case INT64 -> group.add(field, (long) value);
      case FLOAT -> group.add(field, (float) value);
      case DOUBLE -> group.add(field, (double) value);
      case BINARY -> group.add(field, Binary.fromConstantByteArray(new byte[] {(byte) value}));
      case FIXED_LEN_BYTE_ARRAY, INT96 -> {
        int length = primitive.getTypeLength() == 0 ? 12 : primitive.getTypeLength();
        byte[] bytes = new byte[length];
        bytes[length - 1] = (byte) value;
        group.add(field, Binary.fromConstantByteArray(bytes));
      }
    }
  }

  /** A file with the values 1, null and 3 in each column. */
  private static String file(MessageType schema) {
    try {
      Path file = Files.createTempDirectory(folder, "types").resolve("a.parquet");
      try (var writer =
          ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toUri()))
              .withType(schema)
              .build()) {
        for (int value : new int[] {1, 0, 3}) {
          SimpleGroup row = new SimpleGroup(schema);
          for (int i = 0; i < schema.getFieldCount() && value > 0; i++) {
            set(row, schema, i, value);
          }
          writer.write(row);
        }
      }
      return file.toString();
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static InputTable read(ReadOptions options, String... paths) {
    return DataReader.read(SESSION, List.of(paths), options);
  }

  private static final ReadOptions ALL = ReadOptions.of(FeatureSelection.allNumeric());

  @ParameterizedTest
  @MethodSource("numbers")
  void numbersAreFeatures(String column) {
    Dataset<Row> rows = read(ALL, file(schema(column))).rows();
    var moments = FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments().get(0);
    assertThat(moments.mean()).isEqualTo((1 + 3) / 2.0);
    assertThat(moments.missing()).isEqualTo(1);
    assertThat(rows.count()).isEqualTo(3);
  }

  @Test
  void otherTypesAreNoFeaturesAndLeaveAsTheyCame() throws IOException {
    String[] columns = new String[LEFT_ALONE.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = LEFT_ALONE.get(i).replaceFirst(" c", " c" + i);
    }
    MessageType types = schema(columns);
    String file = file(types);
    InputTable table = read(ALL.withTarget(DataFormat.PARQUET), file);
    assertThatThrownBy(() -> Features.of(table.rows(), ALL.selection()))
        .hasMessageStartingWith("There is no numeric column among c0, c1,");
    assertThat(table.notes()).isEmpty();
    String output = folder.resolve("left.parquet").toString();
    new DataWriter(DataFormat.PARQUET, List.of()).write(table.rows(), output);
    assertThat(content(onlyFile(output))).isEqualTo(content(file));
  }

  @Test
  void eachOfTheseTypesIsReadAlone() {
    for (String column : LEFT_ALONE) {
      assertThat(ParquetTypes.column(schema(column).getType(0), java.util.Optional.empty()).name())
          .isEqualTo("c");
    }
  }

  private static String onlyFile(String output) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(output))) {
      return files.filter(f -> f.toString().endsWith(".parquet")).findFirst().get().toString();
    }
  }

  /** The types of the columns and all rows, as Parquet's own reader gives them. */
  private static List<String> content(String file) throws IOException {
    List<String> lines = new ArrayList<>();
    var path = new org.apache.hadoop.fs.Path(Path.of(file).toUri());
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), path).build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        if (lines.isEmpty()) {
          row.getType().getFields().forEach(type -> lines.add(type.toString()));
        }
        lines.add(row.toString());
      }
    }
    return lines;
  }

  @Test
  void timesOfOtherUnitsLeaveAsTheSameMicroseconds() throws IOException {
    String file =
        file(schema("int64 c (TIMESTAMP(MILLIS,true))", "int64 d (TIMESTAMP(MILLIS,false))"));
    InputTable table = read(ALL.withTarget(DataFormat.PARQUET), file);
    String output = folder.resolve("millis.parquet").toString();
    new DataWriter(DataFormat.PARQUET, List.of()).write(table.rows(), output);
    assertThat(content(onlyFile(output)))
        .contains(
            "optional int64 c (TIMESTAMP(MICROS,true))",
            "optional int64 d (TIMESTAMP(MICROS,false))",
            "c: 1000\nd: 1000\n");
  }

  @Test
  void daysAndTimesOfAllCenturiesAreMicrosecondsOfUtc() throws IOException {
    Dataset<Row> rows =
        SESSION.sql(
            "select timestamp'9999-12-31 23:59:59.999999Z' as last, date'0001-01-01' as first,"
                + " timestamp'1500-02-28 00:00:00.000001Z' as julian,"
                + " timestamp_ntz'2024-03-31 02:30:00' as skipped, 1D as x");
    String output = folder.resolve("centuries.parquet").toString();
    new DataWriter(DataFormat.PARQUET, List.of()).write(rows, output);
    assertThat(content(onlyFile(output)))
        .contains(
            "required int64 last (TIMESTAMP(MICROS,true))",
            "required int64 skipped (TIMESTAMP(MICROS,false))")
        .last()
        .asString()
        .contains(
            "last: 253402300799999999",
            "first: -719162",
            "skipped: "
                + java.time.LocalDateTime.parse("2024-03-31T02:30:00")
                        .toEpochSecond(java.time.ZoneOffset.UTC)
                    * 1_000_000);
    assertThat(read(ALL, output).rows().except(rows).count()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          int32 c                    | int64 c                           | bigint
          int32 c (INTEGER(8,true))  | int32 c (INTEGER(16,true))        | smallint
          int32 c (INTEGER(8,false)) | int32 c                           | int
          int32 c                    | double c                          | double
          float c                    | double c                          | double
          float c                    | int32 c                           | double
          int64 c                    | int64 c (INTEGER(64,false))       | decimal(20,0)
          int32 c (DECIMAL(4,0))     | int64 c (DECIMAL(12,0))           | decimal(12,0)
          int32 c (UNKNOWN)          | double c                          | double
          double c                   | int32 c (UNKNOWN)                 | double
          """)
  void twoTypesBecomeTheNarrowestThatHoldsBoth(String first, String second, String type) {
    assumeThat(List.of(first, second)).allMatch(ParquetTypesTest::isKnown);
    Dataset<Row> rows = read(ALL, file(schema(first)), file(schema(second))).rows();
    assertThat(rows.schema().apply("c").dataType().simpleString()).isEqualTo(type);
    boolean hasNulls = (first + second).contains("UNKNOWN");
    var moments = FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments().get(0);
    assertThat(moments.mean()).isEqualTo(2);
    assertThat(moments.missing()).isEqualTo(hasNulls ? 4 : 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          int64 c                          | double c                         | bigint | double
          binary c (STRING)                | int32 c                          | string | int
          int64 c (TIMESTAMP(MICROS,true)) | int64 c (TIMESTAMP(MICROS,false)) | timestamp | timestamp_ntz
          int64 c (TIMESTAMP(NANOS,true))  | int64 c (TIMESTAMP(NANOS,false)) | INT64 (TIMESTAMP(NANOS,true)) | INT64 (TIMESTAMP(NANOS,false))
          int64 c (TIMESTAMP(NANOS,true))  | int64 c                          | INT64 (TIMESTAMP(NANOS,true)) | bigint
          """)
  void typesThatNoTypeHoldsAreRejectedWithBothFiles(
      String first, String second, String one, String other) {
    String a = file(schema(first));
    String b = file(schema(second));
    assertThatThrownBy(() -> read(ALL, a, b))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "The column 'c' is %s in file:%s and %s in file:%s; read these files one by one, or"
                + " write them with one type.",
            one, a, other, b);
  }

  @Test
  void namesThatDifferInCaseAreTwoColumnsOfOneFileAndRejectedBetweenFiles() {
    String both = file(schema("double c", "double C"));
    Dataset<Row> rows = read(ALL, both).rows();
    assertThat(FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments())
        .extracting(moments -> moments.mean())
        .containsExactly(2.0, 2.0);
    String output = folder.resolve("both.parquet").toString();
    new DataWriter(DataFormat.PARQUET, List.of()).write(rows, output);
    assertThat(read(ALL, output).rows().columns()).containsExactly("c", "C");
    String small = file(schema("double c"));
    String large = file(schema("double C"));
    assertThatThrownBy(() -> read(ALL, small, large))
        .hasMessage(
            "The column 'c' of file:%s is 'C' in file:%s; give both the same name.", small, large);
  }

  @Test
  void aColumnThatSomeFilesLackIsNullThere() {
    Dataset<Row> rows =
        read(ALL, file(schema("double c")), file(schema("double d", "double c"))).rows();
    assertThat(rows.columns()).containsExactly("c", "d");
    assertThat(FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments())
        .extracting(moments -> moments.count())
        .containsExactly(4L, 2L);
    assertThat(ColumnScan.of(rows).batches()).isPresent();
  }

  @Test
  void damagedFilesAreASentenceEach() throws IOException {
    Path whole = Path.of(file(schema("double c")));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(bytes, bytes.length - 9));
    assertThatThrownBy(() -> read(ALL, cut.toString()))
        .hasMessage(
            "file:%s ends without the footer of a Parquet file: it was truncated or is not"
                + " complete yet; copy it again.",
            cut);
    byte[] encrypted = bytes.clone();
    encrypted[bytes.length - 1] = 'E';
    Path secret = Files.write(folder.resolve("secret.parquet"), encrypted);
    assertThatThrownBy(() -> read(ALL, secret.toString()))
        .hasMessage("The footer of file:%s is encrypted; decrypt the file first.", secret);
    byte[] broken = bytes.clone();
    Arrays.fill(broken, bytes.length - 60, bytes.length - 8, (byte) 0xff);
    Path damaged = Files.write(folder.resolve("damaged.parquet"), broken);
    assertThatThrownBy(() -> read(ALL, damaged.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("The footer of the Parquet file file:%s cannot be read", damaged);
    byte[] flipped = bytes.clone();
    flipped[placeOf(ONE, bytes)] ^= 1; // of a double, so that every bit makes a number
    Path page = Files.write(folder.resolve("page.parquet"), flipped);
    Dataset<Row> wrong = read(ALL, page.toString()).rows();
    assertThatThrownBy(() -> FeatureStatistics.fit(wrong, Features.of(wrong, ALL.selection())))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("page.parquet", "CRC checksum verification failed");
    Path empty = Files.createFile(folder.resolve("empty.parquet"));
    assertThatThrownBy(() -> read(ALL, empty.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("empty.parquet");
  }

  private static final byte[] ONE =
      ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(1).array();

  private static int placeOf(byte[] wanted, byte[] bytes) {
    return IntStream.range(0, bytes.length - wanted.length)
        .filter(i -> Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void vectorsAndMetadataOfSparkStay() {
    Dataset<Row> vectors =
        new org.apache.spark.ml.feature.VectorAssembler()
            .setInputCols(new String[] {"a", "b"})
            .setOutputCol("v")
            .transform(SESSION.sql("select 1D as a, 3D as b, interval '1' day as i"));
    String path = folder.resolve("vectors.parquet").toString();
    vectors.write().mode(SaveMode.Overwrite).parquet(path);
    Dataset<Row> rows = read(ALL, path).rows();
    assertThat(rows.schema()).isEqualTo(vectors.schema().asNullable());
    assertThat(Features.of(rows, ALL.selection()).names())
        .containsExactly("a", "b", "v[0]", "v[1]");
    assertThat(rows.collectAsList()).isEqualTo(vectors.collectAsList());
  }
}
