package io.syncbn.spark;

import static io.syncbn.spark.LocalSpark.SESSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvFilesTest {

  private static final FeatureSelection ALL = FeatureSelection.allNumeric();

  @TempDir Path folder;

  private Path write(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  private static Dataset<Row> read(Path path, FeatureSelection selection) {
    return DataReader.read(SESSION, List.of(path.toString()), Optional.empty(), selection);
  }

  @Test
  void typesAreThoseOfAllFields() throws IOException {
    Path file =
        write(
            "a.csv",
            "long,double,text,zip,big,empty,date,named",
            "-5,1,NEAR BAY,02139,12345678901234567890,,2020-01-02,007",
            ",2.5e-3,\"a, b\",10115,1,,2021-01-02,8");
    Dataset<Row> data = read(file, ALL);
    assertThat(data.schema().simpleString())
        .isEqualTo(
            "struct<long:bigint,double:double,text:string,zip:string,big:decimal(38,0),empty:string,date:string,named:string>");
    assertThat(data.select("long", "double", "text", "zip").collectAsList())
        .containsExactly(
            RowFactory.create(-5L, 1.0, "NEAR BAY", "02139"),
            RowFactory.create(null, 0.0025, "a, b", "10115"));
    Dataset<Row> named = read(file, FeatureSelection.named(List.of("named", "empty")));
    assertThat(named.select("named", "empty").collectAsList())
        .containsExactly(RowFactory.create(7.0, null), RowFactory.create(8.0, null));
  }

  @ParameterizedTest
  @CsvSource({
    "1, LONG",
    "-9223372036854775807, LONG",
    "9223372036854775808, BIG_INTEGER",
    "+5, LONG",
    "0, LONG",
    "-0, FRACTION",
    "00, PADDED_INTEGER",
    "-01, PADDED_INTEGER",
    "1., FRACTION",
    ".5, FRACTION",
    "-.5e+30, FRACTION",
    "1E5, FRACTION",
    "NaN, FRACTION",
    "Inf, FRACTION",
    "-Inf, FRACTION",
    "Infinity, FRACTION",
    "+Infinity, FRACTION",
    "' 1', FRACTION",
    "'1 ', FRACTION",
    "., OTHER",
    "-, OTHER",
    "e5, OTHER",
    "1e, OTHER",
    "1e+, OTHER",
    "1d, OTHER",
    "0x10, OTHER",
    "1 2, OTHER",
    "1.2.3, OTHER",
    "+Inf, OTHER",
    "nan, OTHER",
    "' NaN', OTHER",
    "'1,5', OTHER",
    "' ', OTHER",
    "NA, OTHER",
    "2020-01-01, OTHER",
    "١, OTHER"
  })
  void aFieldIsWhatItLooksLikeAndSparkReadsItSo(String field, FieldText expected)
      throws IOException {
    assertThat(FieldText.of(org.apache.spark.unsafe.types.UTF8String.fromString(field)))
        .isEqualTo(expected);
    if (expected != FieldText.OTHER) {
      Path file = write("field.csv", "x,y", "\"" + field + "\",1");
      Number value = (Number) read(file, FeatureSelection.named(List.of("x"))).head().get(0);
      Double number = Double.valueOf(field.replaceFirst("Inf$", "Infinity"));
      assertThat(value.doubleValue()).isEqualTo(number);
    }
  }

  @Test
  void aFieldThatIsNoNumberInAMostlyNumericColumnIsRefusedWithFileAndLine() throws IOException {
    Path file = write("bad.csv", "id,price", "1,2.5", "", "2,\"n,a\"", "3,4", "4,unknown", "5,6");
    assertThatThrownBy(() -> read(file, ALL))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "file://%s, line 4: column 'price' has 'n,a', which is no number; leave a missing value empty, or exclude the column.",
            file);
    assertThat(read(file, FeatureSelection.named(List.of("id"))).schema().simpleString())
        .isEqualTo("struct<id:bigint,price:string>");
    assertThat(read(file, FeatureSelection.allNumericExcept(List.of("price"))).count())
        .isEqualTo(5);
  }

  @Test
  void theFirstOffenderIsFoundInAnyPartOfAnyFile() throws IOException {
    Path files = Files.createDirectory(folder.resolve("parts.csv"));
    for (String part : List.of("b", "a")) {
      StringBuilder text = new StringBuilder("x,y\n");
      for (int i = 0; i < 20_000; i++) {
        text.append(i).append(i == 11_111 || i == 19_000 ? ",bad" + part : ",1").append('\n');
      }
      Files.writeString(files.resolve(part + ".csv"), text);
    }
    SESSION.conf().set("spark.sql.files.maxPartitionBytes", "20000");
    try {
      assertThatThrownBy(() -> read(files, ALL))
          .hasMessageContaining("/a.csv, line 11113: column 'y' has 'bada'");
    } finally {
      SESSION.conf().unset("spark.sql.files.maxPartitionBytes");
    }
  }

  @Test
  void aCompressedFileIsReadAndSearchedToo() throws IOException {
    Path file = folder.resolve("data.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("x\n1\n2\noops\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThatThrownBy(() -> read(file, ALL)).hasMessageContaining("line 4: column 'x' has 'oops'");
  }

  @Test
  void textInANamedColumnIsRefusedHoweverMuchThereIs() throws IOException {
    Path file = write("text.csv", "a,b", "x,1", "y,2", "3,3");
    assertThat(read(file, ALL).schema().simpleString()).isEqualTo("struct<a:string,b:bigint>");
    assertThatThrownBy(() -> read(file, FeatureSelection.named(List.of("a"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("line 2: column 'a' has 'x', which is no number");
  }

  @Test
  void aRowOfAnotherLengthIsRefused() throws IOException {
    Path file = write("short.csv", "a,b", "1,2", "3", "4,5");
    assertThatThrownBy(() -> read(file, ALL))
        .isInstanceOf(DataException.class)
        .hasMessage("file://%s, line 3 has more or fewer fields than the header: 3", file);
    assertThatThrownBy(() -> read(write("long.csv", "a,b", "1,2,3"), ALL))
        .hasMessageContaining("line 2 has more or fewer fields than the header: 1,2,3");
  }

  @Test
  void filesWithDifferentHeadersAreRefused() throws IOException {
    Path files = Files.createDirectory(folder.resolve("both.csv"));
    Files.writeString(files.resolve("a.csv"), "x,y\n1,2\n");
    Files.writeString(files.resolve("b.csv"), "y,x\n1,2\n");
    assertThatThrownBy(() -> read(files, ALL))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("CSV header does not conform to the schema");
  }

  @Test
  void aFileWithoutHeaderOrWithoutRowsIsDefined() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.csv"));
    assertThatThrownBy(() -> read(empty, ALL))
        .isInstanceOf(DataException.class)
        .hasMessage("There is no header in " + empty + ".");
    Dataset<Row> header = read(write("header.csv", "x,y"), FeatureSelection.named(List.of("x")));
    assertThat(header.schema().simpleString()).isEqualTo("struct<x:double,y:string>");
    assertThat(header.count()).isZero();
  }

  @Test
  void csvGivesTheBitsOfParquet() throws IOException {
    Dataset<Row> data =
        SESSION.range(0, 1000).selectExpr("id", "sin(id) * pow(10, id % 30 - 15) as x");
    String csv = folder.resolve("same.csv").toString();
    String parquet = folder.resolve("same.parquet").toString();
    data.repartition(5).write().option("header", true).csv(csv);
    data.write().parquet(parquet);
    byte[][] sums =
        List.of(csv, parquet).stream()
            .map(path -> DataReader.read(SESSION, List.of(path), Optional.empty(), ALL))
            .map(read -> FeatureStatistics.fit(read, Features.of(read, ALL)).toBytes())
            .toArray(byte[][]::new);
    assertThat(sums[0]).isEqualTo(sums[1]);
  }
}
