package org.syncbn.spark.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;

class CsvReaderTest {

  private static final FeatureSelection ALL = FeatureSelection.allNumeric();

  @TempDir Path folder;

  private Path write(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  private static Dataset<Row> read(Path path, FeatureSelection selection) {
    return DataReader.read(SESSION, List.of(path.toString()), ReadOptions.of(selection)).rows();
  }

  @Test
  void typesAreThoseOfAllFields() throws IOException {
    Path file =
        write(
            "a.csv",
            "long,double,text,zip,big,empty,date,named,few",
            "-5,1,NEAR BAY,02139,12345678901234567890,,2020-01-02,007,07",
            ",2.5e-3,\"a, b\",10115,1,,2021-01-02,08,107",
            ",,,,,,,8,");
    Dataset<Row> data = read(file, ALL);
    assertThat(data.schema().simpleString())
        .isEqualTo(
            "struct<long:bigint,double:double,text:string,zip:string,big:decimal(38,0),empty:string,date:string,named:string,few:bigint>");
    assertThat(data.select("long", "double", "text", "zip").collectAsList())
        .containsExactly(
            RowFactory.create(-5L, 1.0, "NEAR BAY", "02139"),
            RowFactory.create(null, 0.0025, "a, b", "10115"),
            RowFactory.create(null, null, null, null));
    assertThat(data.select("few").collectAsList())
        .containsExactly(
            RowFactory.create(7L), RowFactory.create(107L), RowFactory.create((Object) null));
    Dataset<Row> named = read(file, FeatureSelection.named(List.of("named", "empty")));
    assertThat(named.select("named", "empty").collectAsList())
        .containsExactly(
            RowFactory.create(7.0, null),
            RowFactory.create(8.0, null),
            RowFactory.create(8.0, null));
  }

  @ParameterizedTest
  @CsvSource({
    "1, LONG",
    "-9223372036854775807, LONG",
    "9223372036854775808, BIG_INTEGER",
    "+5, SIGNED_LONG",
    "0, LONG",
    "-0, FRACTION",
    "00, PADDED_INTEGER",
    "-01, PADDED_INTEGER",
    "1., FRACTION",
    ".5, FRACTION",
    "-.5e+30, FRACTION",
    "1E5, FRACTION",
    "NaN, NOT_FINITE",
    "Inf, NOT_FINITE",
    "-Inf, NOT_FINITE",
    "Infinity, NOT_FINITE",
    "+Infinity, NOT_FINITE",
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
    "+Inf, NOT_FINITE",
    "nan, NOT_FINITE",
    "' NaN', NOT_FINITE",
    "-INFINITY, NOT_FINITE",
    "infinit, OTHER",
    "'1,5', OTHER",
    "' ', OTHER",
    "NA, OTHER",
    "2020-01-01, OTHER",
    "١, OTHER"
  })
  void aFieldIsWhatItLooksLike(String field, FieldText expected) throws IOException {
    byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
    assertThat(FieldText.of(bytes, 0, bytes.length)).isEqualTo(expected);
    if (expected != FieldText.OTHER) {
      Path file = write("field.csv", "x,y", "\"" + field + "\",1");
      Number value = (Number) read(file, FeatureSelection.named(List.of("x"))).head().get(0);
      Double number =
          Double.valueOf(
              field.strip().replaceFirst("(?i)inf(inity)?$", "Infinity").replace("nan", "NaN"));
      assertThat(value.doubleValue()).isEqualTo(number);
    }
  }

  @Test
  void aFieldThatIsNoNumberInAMostlyNumericColumnIsRejectedWithFileAndLine() throws IOException {
    Path file = write("bad.csv", "id,price", "1,2.5", "", "2,\"n,a\"", "3,4", "4,unknown", "5,6");
    assertThatThrownBy(() -> read(file, ALL))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s, line 4: column 'price' has 'n,a', which is not a number; leave missing values"
                + " empty, remove the line if it is not a row (such as a line of units or totals),"
                + " or exclude the column.",
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
  void textInANamedColumnIsRejectedHoweverMuchThereIs() throws IOException {
    Path file = write("text.csv", "a,b", "x,1", "y,2", "3,3");
    assertThat(read(file, ALL).schema().simpleString()).isEqualTo("struct<a:string,b:bigint>");
    assertThatThrownBy(() -> read(file, FeatureSelection.named(List.of("a"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("line 2: column 'a' has 'x', which is not a number");
  }

  @Test
  void aRowOfAnotherLengthIsRejected() throws IOException {
    Path file = write("short.csv", "a,b", "1,2", "3", "4,5");
    assertThatThrownBy(() -> read(file, ALL))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("%s, line 3: 1 field where the header has 2; complete it", file)
        .hasMessageEndingWith(": 3");
    assertThatThrownBy(() -> read(write("long.csv", "a,b", "1,2,3"), ALL))
        .hasMessageContaining("line 2: 3 fields where the header has 2; complete it");
  }

  @Test
  void filesWithTheSameColumnsInAnotherOrderAreUnitedAndOthersRejected() throws IOException {
    Path files = Files.createDirectory(folder.resolve("both.csv"));
    Files.writeString(files.resolve("a.csv"), "x,y\n1,2\n");
    Files.writeString(files.resolve("b.csv"), "y, x\n4,3\n");
    assertThat(read(files, ALL).collectAsList())
        .containsExactlyInAnyOrder(RowFactory.create(1L, 2L), RowFactory.create(3L, 4L));
    Files.writeString(files.resolve("c.csv"), "x,z\n1,2\n");
    assertThatThrownBy(() -> read(files, ALL))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s, line 1: the header is not that of the first file, in any order of columns; leave"
                + " the file out, for example with a pattern, or give it the same columns; there it"
                + " is x,y, here x,z",
            files.resolve("c.csv"));
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
            .map(path -> DataReader.read(SESSION, List.of(path), ReadOptions.of(ALL)).rows())
            .map(read -> FeatureStatistics.fit(read, Features.of(read, ALL)).toBytes())
            .toArray(byte[][]::new);
    assertThat(sums[0]).isEqualTo(sums[1]);
  }

  @Test
  void aLongZeroPaddedIntegerAmongNumbersIsReadAsItsValue() throws IOException {
    String decimal = "0" + "9".repeat(25);
    String huge = "0" + "9".repeat(50);
    Path file = write("padded.csv", "d,h", "1,1", "2,2", decimal + "," + huge);
    Dataset<Row> data = read(file, ALL);
    assertThat(data.schema().simpleString()).isEqualTo("struct<d:decimal(38,0),h:double>");
    assertThat(data.selectExpr("cast(d as string)", "h").collectAsList().get(2))
        .isEqualTo(RowFactory.create("9".repeat(25), 1e50));
  }

  @Test
  void quotesInFieldsAreThoseOfRfc4180() throws IOException {
    Path file =
        write("quoted.csv", "x,text", "1,\"a \"\"b\"\" c\"", "2,\"say \"\"hi\"\", you\"", "3,a\\b");
    assertThat(read(file, ALL).collectAsList())
        .containsExactly(
            RowFactory.create(1L, "a \"b\" c"),
            RowFactory.create(2L, "say \"hi\", you"),
            RowFactory.create(3L, "a\\b"));
    Path bad = write("bad.csv", "text,x", "a,1", "b,2", "\"say \"\"hi\"\", you\",oops");
    assertThatThrownBy(() -> read(bad, ALL))
        .hasMessageContaining("line 4: column 'x' has 'oops', which is not a number");
  }

  @Test
  void oneColumnMayHaveNoName() throws IOException {
    Path file = write("pandas.csv", ",a,b", "0,1.5,x", "1,2.5,y");
    Dataset<Row> data = read(file, FeatureSelection.allNumericExcept(List.of("_c0")));
    assertThat(data.schema().simpleString()).isEqualTo("struct<_c0:bigint,a:double,b:string>");
    assertThat(data.collectAsList())
        .containsExactly(RowFactory.create(0L, 1.5, "x"), RowFactory.create(1L, 2.5, "y"));
    Features features = Features.of(data, FeatureSelection.allNumericExcept(List.of("_c0")));
    assertThat(FeatureStatistics.fit(data, features).moments().get(0).mean()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"'a,b,a', a", "',_c0', _c0"})
  void aHeaderWithTwoColumnsOfOneNameIsRejected(String header, String name) throws IOException {
    Path file = write("twice.csv", header, header.replaceAll("[^,]+", "1"));
    assertThatThrownBy(() -> read(file, ALL))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "The header of %s has two columns '%s'; rename one, or use --no-header if it is a row.",
            file, name);
  }

  @Test
  void namesThatDifferOnlyInCaseAreTwoColumns() throws IOException {
    Dataset<Row> rows = read(write("case.csv", "a,A", "1,3"), ALL);
    assertThat(rows.columns()).containsExactly("a", "A");
    assertThat(FeatureStatistics.fit(rows, Features.of(rows, ALL)).moments())
        .extracting(moments -> moments.mean())
        .containsExactly(1.0, 3.0);
  }

  @Test
  void aFirstLineWithEqualTextsIsAHeaderIfNothingFollows() throws IOException {
    Path file = write("alone.csv", "p,x,p");
    assertThatThrownBy(() -> read(file, ALL)).hasMessageContaining("has two columns 'p'");
  }
}
