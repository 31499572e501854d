package org.syncbn.spark.columnar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.common.type.HiveDecimal;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DecimalColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DoubleColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ListColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.LongColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.MapColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.StructColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.TimestampColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.UnionColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.OrcFile;
import org.apache.orc.TypeDescription;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.SparkInternals;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.DataWriter;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;

/** Every type of ORC, in files that ORC's own writer makes: values 1, null, 3. */
@SparkInternals
class OrcTypesTest {

  private static final ReadOptions ALL = ReadOptions.of(FeatureSelection.allNumeric());

  @TempDir static Path folder;

  private static void set(ColumnVector vector, int row, int value) {
    if (vector instanceof LongColumnVector longs) {
      longs.vector[row] = value;
    } else if (vector instanceof DoubleColumnVector doubles) {
      doubles.vector[row] = value;
    } else if (vector instanceof BytesColumnVector bytes) {
      bytes.setVal(row, ("v" + value).getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof DecimalColumnVector decimals) {
      decimals.set(row, HiveDecimal.create(value));
    } else if (vector instanceof TimestampColumnVector times) {
      times.time[row] = 1000L * value;
      times.nanos[row] = 1000 * value;
    } else if (vector instanceof StructColumnVector struct) {
      Arrays.stream(struct.fields).forEach(field -> set(field, row, value));
    } else if (vector instanceof ListColumnVector list) {
      list.offsets[row] = row;
      list.lengths[row] = 1;
      list.childCount = row + 1;
      set(list.child, row, value);
    } else if (vector instanceof MapColumnVector map) {
      map.offsets[row] = row;
      map.lengths[row] = 1;
      map.childCount = row + 1;
      set(map.keys, row, value);
      set(map.values, row, value);
    } else if (vector instanceof UnionColumnVector union) {
      union.tags[row] = 0;
      set(union.fields[0], row, value);
    }
  }

  private static String file(String schema) {
    try {
      TypeDescription type = TypeDescription.fromString(schema);
      Path file = Files.createTempDirectory(folder, "types").resolve("a.orc");
      var options = OrcFile.writerOptions(new Configuration()).setSchema(type);
      try (var writer =
          OrcFile.createWriter(new org.apache.hadoop.fs.Path(file.toUri()), options)) {
        VectorizedRowBatch batch = type.createRowBatch();
        batch.size = 3;
        for (ColumnVector column : batch.cols) {
          set(column, 0, 1);
          column.noNulls = false;
          column.isNull[1] = true;
          set(column, 2, 3);
        }
        writer.addRowBatch(batch);
      }
      return file.toString();
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static InputTable read(ReadOptions options, String... paths) {
    return DataReader.read(SESSION, List.of(paths), options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "decimal(5,2)",
        "decimal(18,4)",
        "decimal(38,10)"
      })
  void numbersAreFeatures(String type) {
    Dataset<Row> rows = read(ALL, file("struct<c:" + type + ">")).rows();
    var moments = FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments().get(0);
    assertThat(moments.mean()).isEqualTo((1 + 3) / 2.0);
    assertThat(moments.missing()).isEqualTo(1);
  }

  @Test
  void otherTypesAreNoFeaturesAndLeaveAsTheyCame() {
    List<String> types =
        List.of(
            "boolean",
            "string",
            "date",
            "timestamp",
            "char(5)",
            "varchar(5)",
            "array<int>",
            "array<timestamp>",
            "map<string,double>",
            "struct<a:double,b:string>",
            "struct<a:timestamp>");
    StringBuilder schema = new StringBuilder("struct<x:double");
    for (int i = 0; i < types.size(); i++) {
      schema.append(",c").append(i).append(':').append(types.get(i));
    }
    InputTable table = read(ALL.withTarget(DataFormat.ORC), file(schema + ">"));
    assertThat(Features.of(table.rows(), ALL.selection()).names()).containsExactly("x");
    assertThat(table.notes()).isEmpty();
    String output = folder.resolve("left.orc").toString();
    new DataWriter(DataFormat.ORC, List.of()).write(table.rows(), output);
    Dataset<Row> again = read(ALL.withTarget(DataFormat.ORC), output).rows();
    assertThat(again.dtypes()).isEqualTo(table.rows().dtypes());
    assertThat(again.collectAsList().toString())
        .isEqualTo(table.rows().collectAsList().toString())
        .contains("1970-01-01 00:00:01.000001");
  }

  @Test
  void timestampsAreTimesOfDayWithoutAZoneInOtherFormats() {
    InputTable table =
        read(
            ALL.withTarget(DataFormat.PARQUET),
            file("struct<x:double,t:timestamp,s:struct<t:timestamp>>"));
    assertThat(table.rows().schema().simpleString())
        .isEqualTo("struct<x:double,t:timestamp_ntz,s:struct<t:timestamp_ntz>>");
    assertThat(table.rows().select("t").collectAsList().get(2).get(0))
        .hasToString("1970-01-01T00:00:03.000003");
  }

  @Test
  void instantsAreInstants() {
    String file = file("struct<x:double,t:timestamp with local time zone>");
    Dataset<Row> rows = read(ALL.withTarget(DataFormat.PARQUET), file).rows();
    assertThat(rows.schema().simpleString()).isEqualTo("struct<x:double,t:timestamp>");
    assertThat(rows.selectExpr("unix_micros(t)").collectAsList().toString())
        .isEqualTo("[[1000001], [null], [3000003]]");
    assertThat(
            FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments().get(0).mean())
        .isEqualTo(2);
    assertThat(read(ALL.withTarget(DataFormat.ORC), file).notes())
        .containsExactly(
            "Column 't' holds instants; they are written to ORC as timestamps in UTC.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"uniontype<int,string>", "array<uniontype<int,string>>"})
  void unionsAreLeftOutWithANoteAndRejectedWhenNamed(String type) {
    String file = file("struct<u:" + type + ",x:double>");
    InputTable table = read(ALL, file);
    assertThat(table.notes())
        .containsExactly("Column 'u' is %s, which cannot be read; it is left out.".formatted(type));
    assertThat(table.rows().collectAsList().toString()).isEqualTo("[[1.0], [null], [3.0]]");
    assertThatThrownBy(() -> read(ReadOptions.of(FeatureSelection.named(List.of("u"))), file))
        .isInstanceOf(DataException.class)
        .hasMessage("Column 'u' is %s, which cannot be read; name other columns.", type);
  }

  @Test
  void columnsWithoutNamesOfTheirOwnAreRead() {
    Dataset<Row> rows =
        read(ALL, file("struct<_col0:int,_col1:double>"), file("struct<_col1:double>")).rows();
    assertThat(rows.columns()).containsExactly("_col0", "_col1");
    assertThat(FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments())
        .extracting(moments -> moments.count())
        .containsExactly(2L, 4L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          int          | bigint        | bigint
          tinyint      | double        | double
          float        | double        | double
          decimal(5,2) | decimal(10,4) | decimal(10,4)
          """)
  void twoTypesBecomeTheNarrowestThatHoldsBoth(String first, String second, String type) {
    Dataset<Row> rows =
        read(ALL, file("struct<c:" + first + ">"), file("struct<c:" + second + ">")).rows();
    assertThat(rows.schema().apply("c").dataType().simpleString()).isEqualTo(type);
    assertThat(
            FeatureStatistics.fit(rows, Features.of(rows, ALL.selection())).moments().get(0).mean())
        .isEqualTo(2);
  }

  @Test
  void anEmptyFileHasNoRowsAndADamagedOneIsASentence() throws IOException {
    Path parts = Files.createDirectory(folder.resolve("parts"));
    Path whole = Path.of(file("struct<c:double>"));
    Files.copy(whole, parts.resolve("a.orc"));
    Files.createFile(parts.resolve("b.orc"));
    assertThat(read(ALL, parts.toString()).rows().count()).isEqualTo(3);
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = Files.write(folder.resolve("cut.orc"), Arrays.copyOf(bytes, bytes.length - 5));
    assertThatThrownBy(() -> read(ALL, cut.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("The footer of the ORC file file:%s cannot be read", cut);
    assertThatThrownBy(() -> read(ALL, file("int")))
        .hasMessageEndingWith("are int and have no columns; write them as a struct.");
  }

  @Test
  void everyHourAndDayLeavesAsItCame() {
    Dataset<Row> rows =
        SESSION.sql(
            "select timestamp'2024-03-31 02:30:00Z' as skipped, timestamp'1883-11-18 12:00:00.5Z'"
                + " as old, date'1500-02-28' as julian, timestamp'1500-02-28 00:00:00Z' as time,"
                + " timestamp_ntz'2024-10-27 02:30:00.000001' as twice, 1D as x");
    String output = folder.resolve("hours.orc").toString();
    new DataWriter(DataFormat.ORC, List.of()).write(rows, output);
    Dataset<Row> again = read(ALL.withTarget(DataFormat.CSV), output).rows();
    assertThat(again.selectExpr("cast(struct(*) as string)").collectAsList().toString())
        .isEqualTo(
            "[[{2024-03-31 02:30:00, 1883-11-18 12:00:00.5, 1500-02-28, 1500-02-28 00:00:00,"
                + " 2024-10-27 02:30:00.000001, 1.0}]]");
  }

  /** ORC's library would write "a" for the second, and files that it cannot read for the others. */
  @ParameterizedTest
  @ValueSource(strings = {"", "a`b", "`"})
  void namesThatOrcCannotHoldAreRejected(String name) {
    String quoted = "`" + name.replace("`", "``") + "`";
    List<String> queries =
        name.isEmpty()
            ? List.of("select array(named_struct('', 1)) as c")
            : List.of(
                "select 1 as " + quoted, "select map('k', named_struct('" + name + "', 1)) as c");
    for (String query : queries) {
      assertThatThrownBy(
              () ->
                  new DataWriter(DataFormat.ORC, List.of())
                      .write(SESSION.sql(query), folder.resolve("no.orc").toString()))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "ORC cannot hold the name '%s' of a column or field; rename it, or choose another"
                  + " format, such as --output-format parquet.",
              name);
    }
    assertThat(folder.resolve("no.orc")).doesNotExist();
  }
}
