package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.syncbn.spark.LocalSpark.SESSION;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.SparkInternals;
import org.syncbn.spark.columnar.OrcTimes;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.json.JsonTexts;
import org.syncbn.sums.Moments;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What is not normalized leaves as it came: generated values are equal to those that are read from
 * the output. To save runs of Spark, the columns of many tables stand in one file.
 */
@SparkInternals
class RoundTripTest {

  private static final int TABLES = 25; // in a file
  private static final int MOST_ROWS = 8;

  private static final FeatureSelection X = FeatureSelection.named(List.of("x"));

  /** Columns of one file, with as many values each. */
  private record Columns(List<StructField> fields, List<List<Object>> values) {

    int rows() {
      return values.get(0).size();
    }

    Object[] row(int index) {
      return values.stream().map(column -> column.get(index)).toArray();
    }

    @Override
    public String toString() {
      return rows() + " rows";
    }

    /** With names that ORC can hold. */
    Columns withoutBackticks() {
      return new Columns(
          fields.stream().map(f -> field(f.name().replace('`', '\u02cb'), f.dataType())).toList(),
          values);
    }

    List<String> names() {
      return fields.stream().map(StructField::name).toList();
    }
  }

  /** A type and values of it. */
  private record Values(DataType type, Arbitrary<?> values) {}

  private static SparkSession session() {
    SparkSession session = SESSION.newSession();
    session.conf().set("spark.sql.datetime.java8API.enabled", true);
    return session;
  }

  @Provide
  Arbitrary<Columns> csv() {
    Arbitrary<Object> numbers = Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.doubles());
    return columns(
        Stream.of(
                Texts.all(), Texts.any(), Texts.lookalikes(), numbers, Arbitraries.of(true, false))
            .map(values -> new Values(DataTypes.StringType, values.map(Object::toString)))
            .toList());
  }

  @Provide
  Arbitrary<Columns> json() {
    return columns(List.of(new Values(DataTypes.StringType, JsonTexts.value(2))));
  }

  @Provide
  Arbitrary<Columns> orc() {
    return columns(withNested(plain())).map(Columns::withoutBackticks);
  }

  @Provide
  Arbitrary<Columns> parquet() {
    List<Values> plain = new ArrayList<>(plain());
    plain.add(new Values(DataTypes.TimestampType, times().map(t -> t.toInstant(ZoneOffset.UTC))));
    return columns(withNested(plain));
  }

  private static Arbitrary<LocalDateTime> times() {
    return Arbitraries.longs()
        .between(-62_135_596_800_000_000L, 253_402_300_799_999_999L)
        .withDistribution(RandomDistribution.uniform()) // years 1 to 9999
        .map(micros -> Instant.EPOCH.plus(micros, ChronoUnit.MICROS))
        .map(instant -> LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
  }

  private static List<Values> plain() {
    return List.of(
        new Values(DataTypes.StringType, Texts.all()),
        new Values(DataTypes.BooleanType, Arbitraries.of(true, false)),
        new Values(DataTypes.ByteType, Arbitraries.bytes()),
        new Values(DataTypes.ShortType, Arbitraries.shorts()),
        new Values(DataTypes.IntegerType, Arbitraries.integers()),
        new Values(DataTypes.LongType, Arbitraries.longs()),
        new Values(
            DataTypes.FloatType,
            Arbitraries.integers()
                .withDistribution(RandomDistribution.uniform())
                .map(Float::intBitsToFloat)),
        new Values(
            DataTypes.DoubleType,
            Arbitraries.longs()
                .withDistribution(RandomDistribution.uniform())
                .map(Double::longBitsToDouble)),
        decimals(9, 2),
        decimals(38, 10),
        new Values(DataTypes.DateType, times().map(LocalDateTime::toLocalDate)),
        new Values(DataTypes.TimestampNTZType, times()),
        new Values(DataTypes.BinaryType, Arbitraries.bytes().array(byte[].class).ofMaxSize(5)));
  }

  private static Values decimals(int precision, int scale) {
    BigInteger end = BigInteger.TEN.pow(precision).subtract(BigInteger.ONE);
    return new Values(
        DataTypes.createDecimalType(precision, scale),
        Arbitraries.bigIntegers().between(end.negate(), end).map(n -> new BigDecimal(n, scale)));
  }

  private static List<Values> withNested(List<Values> plain) {
    List<Values> all = new ArrayList<>(plain);
    for (Values inner : plain) {
      Arbitrary<Object> values = nullable(inner);
      Arbitrary<Object[]> arrays = values.array(Object[].class).ofMaxSize(3);
      StructType struct = new StructType().add("a.b", inner.type).add("é", inner.type);
      all.add(new Values(DataTypes.createArrayType(inner.type), arrays));
      all.add(new Values(struct, values.array(Object[].class).ofSize(2).map(RowFactory::create)));
      all.add(
          new Values(
              DataTypes.createMapType(DataTypes.StringType, DataTypes.createArrayType(inner.type)),
              Arbitraries.maps(Texts.any(), arrays)
                  .ofMaxSize(2)
                  .map(CollectionConverters::asScala)));
    }
    return all;
  }

  private static Arbitrary<Object> nullable(Values values) {
    return values.values.map(value -> (Object) value).injectNull(0.2);
  }

  /** Columns of tables of up to six columns each. */
  private static Arbitrary<Columns> columns(List<Values> kinds) {
    Arbitrary<Integer> widths =
        Arbitraries.integers()
            .between(1, 6)
            .list()
            .ofSize(TABLES)
            .map(w -> w.stream().mapToInt(n -> n).sum());
    return Arbitraries.integers()
        .between(1, MOST_ROWS)
        .flatMap(
            rows ->
                widths.flatMap(
                    width ->
                        column(kinds, rows)
                            .list()
                            .ofSize(width)
                            .map(columns -> withFeature(columns, rows))));
  }

  private record Column(String name, DataType type, List<Object> values) {}

  private static Arbitrary<Column> column(List<Values> kinds, int rows) {
    return Arbitraries.of(kinds)
        .flatMap(
            kind ->
                Texts.all()
                    .flatMap(
                        name ->
                            nullable(kind)
                                .list()
                                .ofSize(rows)
                                .map(values -> new Column(name, kind.type, values))));
  }

  /** Makes names differ, and puts a feature {@code x} with the row's number in the middle. */
  private static Columns withFeature(List<Column> columns, int rows) {
    List<StructField> fields = new ArrayList<>();
    List<List<Object>> values = new ArrayList<>();
    Set<String> taken = new HashSet<>(Set.of("", "x"));
    for (Column column : columns) {
      if (fields.size() == columns.size() / 2) {
        fields.add(field("x", DataTypes.LongType));
        values.add(IntStream.range(0, rows).<Object>mapToObj(i -> (long) i).toList());
      }
      boolean isNew = taken.add(column.name.toLowerCase(Locale.ROOT));
      fields.add(field(isNew ? column.name : column.name + "_" + fields.size(), column.type));
      values.add(column.values);
    }
    return new Columns(fields, values);
  }

  private static StructField field(String name, DataType type) {
    return DataTypes.createStructField(name, type, true);
  }

  @Property(tries = 2, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void parquetLeavesAsItCame(@ForAll("parquet") Columns columns) throws IOException {
    columnar(DataFormat.PARQUET, columns);
  }

  @Tag("full")
  @Property(tries = 40, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void parquetOfAThousandTablesLeavesAsItCame(@ForAll("parquet") Columns columns)
      throws IOException {
    columnar(DataFormat.PARQUET, columns);
  }

  @Property(tries = 2, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void orcLeavesAsItCame(@ForAll("orc") Columns columns) throws IOException {
    columnar(DataFormat.ORC, columns);
  }

  @Tag("full")
  @Property(tries = 40, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void orcOfAThousandTablesLeavesAsItCame(@ForAll("orc") Columns columns) throws IOException {
    columnar(DataFormat.ORC, columns);
  }

  @Property(tries = 2, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void csvLeavesAsItCame(@ForAll("csv") Columns columns) throws IOException {
    csv(columns);
  }

  @Tag("full")
  @Property(tries = 40, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void csvOfAThousandTablesLeavesAsItCame(@ForAll("csv") Columns columns) throws IOException {
    csv(columns);
  }

  @Property(tries = 2, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void jsonLeavesAsItCame(@ForAll("json") Columns columns) throws IOException {
    json(columns);
  }

  @Tag("full")
  @Property(tries = 40, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void jsonOfAThousandTablesLeavesAsItCame(@ForAll("json") Columns columns) throws IOException {
    json(columns);
  }

  /** Texts for the folders of a few rows, most of which a folder can be named after. */
  @Provide
  Arbitrary<List<String>> folders() {
    Arbitrary<String> nasty =
        Arbitraries.of(
            "a=b",
            "/",
            "..",
            ".",
            "%2F",
            "a%",
            "\u007f",
            "\u0001",
            "x._COPYING_",
            "_",
            "*{?}[a]",
            "C:\\",
            "ü\u0308",
            "\ud83d\ude00",
            "€".repeat(80));
    Arbitrary<String> rejected =
        Arbitraries.of("", "__HIVE_DEFAULT_PARTITION__", "a\0b", "€".repeat(90), "/".repeat(90));
    return Arbitraries.frequencyOf(
            Tuple.of(10, Texts.any().filter(text -> !text.isEmpty() && text.indexOf('\0') < 0)),
            Tuple.of(10, nasty),
            Tuple.of(10, Texts.lookalikes().filter(text -> !text.isEmpty())),
            Tuple.of(1, rejected))
        .injectNull(0.1)
        .list()
        .ofMinSize(1)
        .ofMaxSize(MOST_ROWS);
  }

  @Property(tries = 2, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void namesOfFoldersAreReadAsTheSameTextsOrRejected(@ForAll("folders") List<String> texts)
      throws IOException {
    folders(texts);
  }

  @Tag("full")
  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void namesOfAThousandFoldersAreReadAsTheSameTextsOrRejected(@ForAll("folders") List<String> texts)
      throws IOException {
    folders(texts);
  }

  private static void folders(List<String> texts) throws IOException {
    StructType schema =
        new StructType()
            .add("ü=%", DataTypes.StringType)
            .add("x", DataTypes.DoubleType)
            .add("t", DataTypes.StringType);
    List<Row> rows =
        IntStream.range(0, texts.size())
            .mapToObj(i -> RowFactory.create(texts.get(i), (double) i, texts.get(i)))
            .toList();
    boolean isRejected = texts.stream().anyMatch(RoundTripTest::isNoFolder);
    Path folder = Files.createTempDirectory("folders");
    try {
      for (DataFormat format :
          List.of(DataFormat.CSV, DataFormat.JSON, DataFormat.PARQUET, DataFormat.ORC)) {
        String output = folder.resolve("out." + format.sparkName()).toString();
        Dataset<Row> written = SESSION.createDataFrame(rows, schema).coalesce(1);
        DataWriter writer = new DataWriter(format, List.of("ü=%"));
        if (isRejected) {
          assertThatThrownBy(() -> writer.write(written, output))
              .satisfies(
                  failure ->
                      assertThat(DataException.of((Exception) failure))
                          .hasMessageStartingWith("The column 'ü=%' has ")
                          .hasMessageEndingWith(
                              ", which cannot be the name of a folder; name other columns with"
                                  + " --partition-by, or none."));
        } else {
          writer.write(written, output);
          List<Row> again =
              DataReader.read(SESSION, List.of(output), ReadOptions.of(X))
                  .rows()
                  .orderBy("x")
                  .collectAsList();
          assertThat(again).extracting(row -> row.getAs("ü=%")).isEqualTo(texts);
          assertThat(again)
              .extracting(row -> Objects.toString(row.getAs("t"), null))
              .isEqualTo(texts);
        }
      }
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private static boolean isNoFolder(String text) {
    return text != null
        && (text.isEmpty()
            || text.equals("__HIVE_DEFAULT_PARTITION__")
            || text.indexOf('\0') >= 0
            || text.length() >= 90);
  }

  private static void csv(Columns columns) throws IOException {
    Path folder = Files.createTempDirectory("csv");
    try {
      List<String> lines = new ArrayList<>();
      lines.add(csv(columns.names().toArray()));
      for (int i = 0; i < columns.rows(); i++) {
        lines.add(csv(columns.row(i)));
      }
      Files.writeString(folder.resolve("in.csv"), String.join("\n", lines));
      Dataset<Row> again = normalized(DataFormat.CSV, session(), folder);
      assertThat(again.columns()).containsExactlyElementsOf(columns.names());
      requireLeft(again, columns);
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private static void json(Columns columns) throws IOException {
    Path folder = Files.createTempDirectory("json");
    try {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < columns.rows(); i++) {
        Object[] row = columns.row(i);
        Map<String, String> object = new LinkedHashMap<>();
        for (int c = 0; c < row.length; c++) {
          if (row[c] != null) {
            object.put(
                new String(JsonStringEncoder.getInstance().quoteAsString(columns.names().get(c))),
                row[c].toString());
          }
        }
        lines.add(JsonTexts.object(object, " "));
      }
      Files.write(folder.resolve("in.json"), lines);
      requireLeft(normalized(DataFormat.JSON, session(), folder), columns);
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private static String csv(Object[] row) {
    return Arrays.stream(row)
        .map(
            value ->
                value == null
                    ? ""
                    : value instanceof Long
                        ? value.toString()
                        : "\"" + value.toString().replace("\"", "\"\"") + "\"")
        .collect(Collectors.joining(","));
  }

  private static void columnar(DataFormat format, Columns columns) throws IOException {
    SparkSession session = session();
    Path folder = Files.createTempDirectory(format.sparkName());
    try {
      List<Row> rows =
          IntStream.range(0, columns.rows())
              .mapToObj(i -> RowFactory.create(columns.row(i)))
              .toList();
      StructType schema = new StructType(columns.fields.toArray(StructField[]::new));
      Dataset<Row> input = session.createDataFrame(rows, schema).coalesce(1);
      (format == DataFormat.ORC ? OrcTimes.ofOrc(input) : input)
          .write()
          .format(format.sparkName())
          .save(folder.resolve("in." + format.sparkName()).toString());
      Dataset<Row> again = normalized(format, session, folder);
      int x = columns.names().indexOf("x");
      StructType expected = new StructType();
      for (StructField field : schema.fields()) {
        expected =
            expected.add(
                field.name(), expected.size() == x ? DataTypes.DoubleType : field.dataType());
      }
      assertThat(again.schema().simpleString()).isEqualTo(expected.simpleString());
      requireLeft(again, columns);
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private static Dataset<Row> normalized(DataFormat format, SparkSession session, Path folder) {
    ReadOptions options = ReadOptions.of(X).withTarget(format);
    Dataset<Row> rows =
        DataReader.read(
                session, List.of(folder.resolve("in." + format.sparkName()).toString()), options)
            .rows();
    Features features = Features.of(rows, X);
    List<Moments> moments = FeatureStatistics.fit(rows, features).moments();
    FeatureScaling scaling = FeatureScaling.batchNorm(features.names(), moments, 1);
    String output = folder.resolve("out." + format.sparkName()).toString();
    new DataWriter(format, List.of())
        .write(FeatureTransform.normalize(rows, features, scaling, MissingValues.ERROR), output);
    // Only for other formats are the times of ORC shown as what they are.
    DataFormat next = format == DataFormat.ORC ? DataFormat.PARQUET : format;
    return DataReader.read(session, List.of(output), options.withTarget(next)).rows();
  }

  private static void requireLeft(Dataset<Row> again, Columns columns) {
    List<String> names = List.of(again.columns());
    int x = names.indexOf("x");
    List<Row> rows = new ArrayList<>(again.collectAsList());
    int n = rows.size();
    assertThat(n).isEqualTo(columns.rows());
    for (int i = 0; i < n; i++) {
      assertThat(((Number) rows.get(i).get(x)).doubleValue())
          .isCloseTo((i - (n - 1) / 2.0) / Math.sqrt((n * n - 1) / 12.0 + 1), within(1e-15 * n));
    }
    for (int c = 0; c < columns.fields.size(); c++) {
      String name = columns.names().get(c);
      int column = names.indexOf(name);
      boolean isText = columns.fields.get(c).dataType().equals(DataTypes.StringType);
      if (column != x) {
        List<Object> left =
            column < 0
                ? Collections.nCopies(n, null)
                : rows.stream()
                    .map(row -> row.get(column))
                    .map(value -> isText && value != null ? value.toString() : plain(value))
                    .toList();
        assertThat(left)
            .as("%s", columns.fields.get(c))
            .isEqualTo(columns.values.get(c).stream().map(RoundTripTest::plain).toList());
      }
    }
  }

  private static Object plain(Object value) {
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    } else if (value instanceof Object[] elements) {
      return Arrays.stream(elements).map(RoundTripTest::plain).toList();
    } else if (value instanceof Row row) {
      return IntStream.range(0, row.size()).mapToObj(i -> plain(row.get(i))).toList();
    } else if (value instanceof scala.collection.Seq<?> elements) {
      return CollectionConverters.asJava(elements).stream().map(RoundTripTest::plain).toList();
    } else if (value instanceof scala.collection.Map<?, ?> map) {
      return CollectionConverters.asJava(map).entrySet().stream()
          .collect(Collectors.toMap(Map.Entry::getKey, entry -> plain(entry.getValue())));
    }
    return value;
  }
}
