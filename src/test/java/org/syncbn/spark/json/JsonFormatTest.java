package org.syncbn.spark.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.SparkInternals;
import org.syncbn.spark.DataWriter;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;

@SparkInternals
class JsonFormatTest {

  private static final DataWriter WRITER = new DataWriter(DataFormat.JSON, List.of());

  @TempDir Path folder;

  private String written(Dataset<Row> rows) throws IOException {
    Path output = folder.resolve("o.json");
    WRITER.write(rows.coalesce(1), output.toString());
    try (Stream<Path> files = Files.list(output)) {
      Path part =
          files.filter(file -> file.getFileName().toString().startsWith("part-")).findFirst().get();
      assertThat(part.toString()).endsWith(".json");
      return Files.readString(part);
    }
  }

  @Test
  void everyTypeIsWrittenSoThatItIsReadBackTheSame() throws IOException {
    String zone = SESSION.conf().get("spark.sql.session.timeZone");
    try {
      SESSION.conf().set("spark.sql.session.timeZone", "Europe/Berlin");
      Dataset<Row> rows =
          SESSION.sql(
              "select 1.10 as dec, cast('12345678901234567890123456789012345678' as decimal(38,0))"
                  + " as big, 0.1D as d, float(0.1) as f, 2e-44F as tiny, 4.9e-324D as least, 1e23D"
                  + " as e23, double('NaN') as nan, float('-Infinity') as inf, -0D as zero,"
                  + " timestamp_micros(1) as t, timestamp'0001-01-01 00:00:00Z' as first,"
                  + " timestamp_ntz'2026-03-29 02:30:00.000001' as local, date'9999-12-31' as day,"
                  + " array(1, null) as a, named_struct('k', 'v', 'n', null) as s, map('k', 1.5D)"
                  + " as m, true as b, tinyint(1) as i8, smallint(2) as i16, 3 as i32, 4L as i64,"
                  + " 'a\"\\n"
                  + "\\u00e9\\ud83d\\ude00' as text, cast(null as string) as `null.text`");
      String line = written(rows);
      assertThat(line)
          .isEqualTo(
              "{\"dec\":1.10,\"big\":12345678901234567890123456789012345678,\"d\":0.1,\"f\":0.1,"
                  + "\"tiny\":2.0E-44,\"least\":4.9E-324,\"e23\":1.0E23,"
                  + "\"nan\":\"NaN\",\"inf\":\"-Infinity\",\"zero\":-0.0,"
                  + "\"t\":\"1970-01-01T00:00:00.000001Z\",\"first\":\"0001-01-01T00:00:00Z\","
                  + "\"local\":\"2026-03-29T02:30:00.000001\",\"day\":\"9999-12-31\","
                  + "\"a\":[1,null],\"s\":{\"k\":\"v\",\"n\":null},\"m\":{\"k\":1.5},\"b\":true,"
                  + "\"i8\":1,\"i16\":2,\"i32\":3,\"i64\":4,"
                  + "\"text\":\"a\\\"\\né\ud83d\ude00\",\"null.text\":null}\n");
      Dataset<Row> again =
          WRITER.readBack(SESSION, rows.schema(), folder.resolve("o.json").toString());
      assertThat(again.collectAsList()).isEqualTo(rows.collectAsList());
    } finally {
      SESSION.conf().set("spark.sql.session.timeZone", zone);
    }
  }

  @Test
  void vectorsAreArraysWithAllOfTheirZeros() throws IOException {
    Path file = Files.writeString(folder.resolve("v.libsvm"), "1 2:0.5 4:0\n0 1:1 2:2 3:3 4:4\n");
    Dataset<Row> rows = SESSION.read().format("libsvm").option("numFeatures", 4).load("" + file);
    assertThat(written(rows))
        .isEqualTo(
            "{\"label\":1.0,\"features\":[0.0,0.5,0.0,0.0]}\n"
                + "{\"label\":0.0,\"features\":[1.0,2.0,3.0,4.0]}\n");
    assertThat(
            WRITER
                .readBack(SESSION, rows.schema(), folder.resolve("o.json").toString())
                .schema()
                .simpleString())
        .isEqualTo("struct<label:double,features:array<double>>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X'00' as c",
        "array(X'00') as c",
        "named_struct('b', X'00') as c",
        "map(1, 'a') as c",
        "interval 1 day as c"
      })
  void whatJsonCannotHoldIsRejected(String column) {
    Dataset<Row> rows = SESSION.sql("select " + column);
    assertThatThrownBy(() -> WRITER.write(rows, folder.resolve("o.json").toString()))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Column 'c' is %s, which JSON cannot hold; write Parquet, or leave the column out.",
            rows.schema().apply("c").dataType().simpleString());
  }
}
