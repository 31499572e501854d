package org.syncbn.spark.columnar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.DataWriter;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.FeatureTransform;
import org.syncbn.spark.Features;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.sums.Moments;

/**
 * Files of all types that pandas, pyarrow, Polars and DuckDB write (columnar_files.py): {@code x}
 * is 1, 2, 4 in each, and all other columns leave as they came.
 */
class FilesOfOtherProgramsTest {

  private static final FeatureSelection X = FeatureSelection.named(List.of("x"));

  @TempDir Path folder;

  private static String resource(String name) {
    try {
      return Path.of(FilesOfOtherProgramsTest.class.getResource("/files/" + name).toURI())
          .toString();
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static InputTable read(String path, ReadOptions options) {
    return DataReader.read(SESSION, List.of(path), options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pandas.parquet",
        "pyarrow.parquet",
        "polars.parquet",
        "duckdb.parquet",
        "duckdb_v2.parquet",
        "duckdb_gzip.parquet",
        "byte_stream_split.parquet",
        "delta.parquet",
        "int96.parquet",
        "pyarrow.orc"
      })
  void whatIsNotNormalizedLeavesAsItCame(String name) {
    DataFormat format = name.endsWith("orc") ? DataFormat.ORC : DataFormat.PARQUET;
    ReadOptions options = ReadOptions.of(X).withTarget(format);
    InputTable table = read(resource(name), options);
    Features features = Features.of(table.rows(), X);
    List<Moments> moments = FeatureStatistics.fit(table.rows(), features).moments();
    assertThat(moments.get(0).mean()).isEqualTo(7.0 / 3);
    assertThat(moments.get(0).min()).isEqualTo(1);
    assertThat(table.notes())
        .isEqualTo(
            format == DataFormat.ORC
                ? List.of(
                    "Column 'instant' holds instants; they are written to ORC as timestamps in"
                        + " UTC.")
                : List.of());

    FeatureScaling scaling = FeatureScaling.batchNorm(features.names(), moments, 0);
    Dataset<Row> normalized =
        FeatureTransform.normalize(table.rows(), features, scaling, MissingValues.ERROR);
    String output = folder.resolve("out." + format.sparkName()).toString();
    new DataWriter(format, List.of()).write(normalized, output);
    InputTable again = read(output, options);

    if (format == DataFormat.PARQUET) { // with the stored types in the metadata
      assertThat(again.rows().schema()).isEqualTo(table.rows().schema());
    }
    assertThat(again.rows().schema().simpleString())
        .isEqualTo(table.rows().schema().simpleString());
    assertThat(left(again.rows())).isEqualTo(left(table.rows()));
    assertThat(again.rows().select("x").collectAsList().stream().mapToDouble(r -> r.getDouble(0)))
        .first()
        .satisfies(x -> assertThat(x).isBetween(-1.07, -1.06));
  }

  private static String left(Dataset<Row> rows) {
    List<String> lines = new ArrayList<>();
    for (Row row : rows.drop("x").collectAsList()) {
      lines.add(text(row));
    }
    return String.join("\n", lines);
  }

  private static String text(Object value) {
    if (value instanceof Row row) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        texts.add(text(row.get(i)));
      }
      return texts.toString();
    }
    return value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "json", "orc"})
  void otherFormatsGetTextsForWhatTheyLack(String format) {
    DataFormat target = DataFormat.valueOf(format.toUpperCase(java.util.Locale.ROOT));
    InputTable table = read(resource("pandas.parquet"), ReadOptions.of(X).withTarget(target));
    Map<String, String> expected =
        Map.of(
            "nanos", "2024-03-31T02:30:00.123456789",
            "instant", "2024-03-31T02:30:00.123456789Z",
            "f16", "1.0");
    expected.forEach(
        (column, text) ->
            assertThat(table.rows().select(column).collectAsList().get(0).get(0))
                .asString()
                .isEqualTo(text));
    assertThat(table.notes())
        .containsExactly(
            "Column 'nanos' is INT64 (TIMESTAMP(NANOS,false)); it is written as text.",
            "Column 'instant' is INT64 (TIMESTAMP(NANOS,true)); it is written as text.");
  }

  static Stream<Arguments> exactStatistics() {
    String x = "x 3 0 %s %s".formatted(7 / 3.0, 14 / 9.0);
    String third = "%s %s".formatted(2.0, 2 / 3.0); // of 1, 2, 3
    return Stream.of(
        arguments("pandas.parquet", "i8", "i8 3 0 " + third),
        arguments("pandas.parquet", "u8", "u8 3 0 86.0 14280.666666666666"), // 1, 2, 255
        arguments("pandas.parquet", "u16", "u16 3 0 21846.0 9.543643606666666E8"),
        arguments("pandas.parquet", "Int64", "Int64 2 1 2.0 1.0"),
        arguments("pandas.parquet", "delta", "delta 2 1 2.0 1.0"),
        arguments("pandas.parquet", "flag", "flag 3 0 %s %s".formatted(2 / 3.0, 2 / 9.0)),
        arguments("pandas.parquet", "list", "list[0] 3 0 3.0 %s; list[1] 3 0 4.0 %1$s"),
        arguments("polars.parquet", "array", "array[0] 3 0 3.0 %s; array[1] 3 0 4.0 %1$s"),
        arguments("polars.parquet", "decimal", "decimal 2 1 1.875 0.140625"),
        arguments("polars.parquet", "struct.a", "struct.a 3 0 " + third),
        arguments("duckdb.parquet", "u8", "u8 3 0 86.0 14280.666666666666"),
        arguments("duckdb.parquet", "huge", "huge 2 1 2.0 1.0"),
        arguments("duckdb.parquet", "list", "list[0] 3 0 3.5 %s; list[1] 3 0 4.5 %1$s"),
        arguments("duckdb.parquet", "dec", "dec 1 2 1.5 0.0"),
        arguments("byte_stream_split.parquet", "y", "y 3 0 " + third),
        arguments("delta.parquet", "y", "y 3 0 " + third),
        arguments("duckdb_gzip.parquet", "x", x),
        arguments("int96.parquet", "x", x),
        arguments("pyarrow.orc", "dec", "dec 2 1 -0.375 3.515625"),
        arguments("pyarrow.orc", "list", "list[0] 3 0 3.0 %s; list[1] 3 0 4.0 %1$s"),
        arguments("pyarrow.orc", "b", "b 2 1 0.5 0.25"));
  }

  @ParameterizedTest
  @MethodSource("exactStatistics")
  void statisticsAreExact(String name, String column, String expected) {
    assertThat(String.join("; ", statistics(name, List.of(column))))
        .isEqualTo(expected.formatted(8 / 3.0)); // of 1, 3, 5
  }

  /** Each feature's name, count, missing values, mean and population variance. */
  private static List<String> statistics(String name, List<String> columns) {
    FeatureSelection selection =
        columns.isEmpty() ? FeatureSelection.allNumeric() : FeatureSelection.named(columns);
    Dataset<Row> rows = read(resource(name), ReadOptions.of(selection)).rows();
    Features features = Features.of(rows, selection);
    List<Moments> moments = FeatureStatistics.fit(rows, features).moments();
    List<String> all = new ArrayList<>();
    for (int i = 0; i < moments.size(); i++) {
      Moments m = moments.get(i);
      all.add(
          "%s %d %d %s %s"
              .formatted(
                  features.names().get(i),
                  m.count(),
                  m.missing(),
                  m.mean(),
                  m.populationVariance()));
    }
    return all;
  }

  @Test
  void encodingsOfVersion2AndLz4GiveTheSameStatisticsAsGzip() {
    List<String> columns = List.of("x", "i", "dec", "u64");
    assertThat(statistics("duckdb_v2.parquet", columns))
        .isEqualTo(statistics("duckdb_gzip.parquet", columns))
        .startsWith(
            "x 3 0 %s %s".formatted(7 / 3.0, 14 / 9.0),
            "i 2 1 1.5 0.25",
            "dec 2 1 -0.375 3.515625"); // ((1.5 + 2.25) / 2)^2
  }

  @Test
  void aCodecThatIsNotThereIsASentence() {
    assertThatThrownBy(() -> statistics("duckdb_brotli.parquet", List.of("x")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("duckdb_brotli.parquet")
        .hasMessageContaining("rotli");
  }

  @Test
  void numbersOf16BitsAreFeaturesWhenNamed() {
    InputTable table =
        read(resource("pyarrow.parquet"), ReadOptions.of(FeatureSelection.named(List.of("half"))));
    Features half = Features.of(table.rows(), FeatureSelection.named(List.of("half")));
    assertThat(FeatureStatistics.fit(table.rows(), half).moments().get(0).mean())
        .isEqualTo(7.0 / 3);
  }

  @Test
  void fieldsOfStructsAreFeaturesWhenNamed() {
    ReadOptions options = ReadOptions.of(FeatureSelection.named(List.of("struct.a")));
    Dataset<Row> rows = read(resource("pyarrow.orc"), options).rows();
    Features features = Features.of(rows, options.selection());
    assertThat(features.names()).containsExactly("struct.a");
    List<Moments> moments = FeatureStatistics.fit(rows, features).moments();
    assertThat(moments.get(0).mean()).isEqualTo(7.0 / 3);
    Dataset<Row> normalized =
        FeatureTransform.normalize(
            rows,
            features,
            FeatureScaling.minMax(features.names(), moments, 0, 3),
            MissingValues.ERROR);
    assertThat(normalized.select("struct.a").collectAsList())
        .extracting(row -> row.getDouble(0))
        .containsExactly(0.0, 1.0, 3.0);
    assertThat(normalized.columns()).isEqualTo(rows.columns());
  }

  @Test
  void whatIsNoNumberIsRejectedWhenNamed() {
    Map<String, String> sentences =
        Map.of(
            "ns",
            "Column 'ns' is INT64 (TIMESTAMP(NANOS,false)), not a number; store it as a number to"
                + " normalize it.",
            "uuid",
            "Column 'uuid' is FIXED_LEN_BYTE_ARRAY (UUID), not a number; store it as a number to"
                + " normalize it.",
            "time_ms",
            "Column 'time_ms' is INT32 (TIME(MILLIS,false)), not a number; store it as a number to"
                + " normalize it.",
            "us",
            "Column 'us' is timestamp_ntz, not a number; store it as a number, such as the seconds"
                + " since a day, to normalize it.",
            "struct",
            "Column 'struct' is struct<a:double,t:bigint>, not a number; name its fields, such as"
                + " struct.a.",
            "struct.t",
            "Column 'struct.t' is INT64 (TIMESTAMP(NANOS,false)), not a number; store it as a"
                + " number to normalize it.");
    Dataset<Row> rows = read(resource("pyarrow.parquet"), ReadOptions.of(X)).rows();
    sentences.forEach(
        (column, sentence) ->
            assertThatThrownBy(() -> Features.of(rows, FeatureSelection.named(List.of(column))))
                .as(column)
                .isInstanceOf(DataException.class)
                .hasMessage(sentence));
  }

  @Test
  void whatIsNumericIsTakenByDefault() {
    ReadOptions options = ReadOptions.of(FeatureSelection.allNumeric());
    Dataset<Row> rows = read(resource("pandas.parquet"), options).rows();
    assertThat(Features.of(rows, options.selection()).names())
        .containsExactly("x", "delta", "i8", "u8", "u16", "u32", "u64", "f32", "Int64");
    StructType schema = rows.schema();
    assertThat(Arrays.stream(schema.fields()).map(StructField::nullable)).containsOnly(true);
  }
}
