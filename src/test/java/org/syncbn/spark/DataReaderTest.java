package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.sums.Moments;
import scala.jdk.javaapi.CollectionConverters;

class DataReaderTest {

  @TempDir Path folder;

  private static Dataset<Row> read(Object... paths) {
    return DataReader.read(
            SESSION,
            Arrays.stream(paths).map(Object::toString).toList(),
            ReadOptions.of(FeatureSelection.allNumeric()))
        .rows();
  }

  @Test
  void theFormatIsToldByTheNameOfAFileOrOfTheFilesInAFolder() throws IOException {
    SESSION.range(10).write().parquet(folder.resolve("p").toString());
    SESSION.range(10).write().orc(folder.resolve("o").toString());
    SESSION.range(10).write().json(folder.resolve("j").toString());
    for (String name : List.of("p", "o", "j", "[p]")) {
      assertThat(read(folder.resolve(name)).count()).isEqualTo(10);
    }
    assertThat(read(folder.resolve("p"), folder.resolve("p")).count()).isEqualTo(20);
    assertThatThrownBy(() -> read(folder.resolve("p"), folder.resolve("o")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Files of several formats cannot be read as one data set: ")
        .hasMessageContaining(".parquet is parquet, but ")
        .hasMessageEndingWith(".orc is orc; name those of one format.");
  }

  @Test
  void aMissingFileAnEmptyFolderAndADamagedFileAreSentences() throws IOException {
    assertThatThrownBy(() -> read(folder.resolve("none.csv")))
        .isInstanceOf(DataException.class)
        .hasMessage("There is no file or folder " + folder.resolve("none.csv") + ".");
    Path empty = Files.createDirectory(folder.resolve("empty.parquet"));
    Files.createFile(empty.resolve("_SUCCESS"));
    assertThatThrownBy(() -> read(empty))
        .isInstanceOf(DataException.class)
        .hasMessage("The folder " + empty + " holds no data file.");
    Path damaged = Files.writeString(folder.resolve("d.parquet"), "no parquet at all");
    assertThatThrownBy(() -> read(damaged))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "d.parquet is not a Parquet file: it does not begin with PAR1; name its format.");
    Path json = Files.writeString(folder.resolve("d.json"), "{\"a\": 1}\n{\"a\": \n");
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(json + ", line 2: the text ends within an object or array.");
    assertThatThrownBy(() -> read("nowhere://host/a.csv"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void aDefectIsNotMadeASentence() {
    NullPointerException defect = new NullPointerException("bug");
    assertThatThrownBy(() -> DataException.of(new IllegalStateException("job failed", defect)))
        .isInstanceOf(IllegalStateException.class)
        .hasCause(defect);
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "orc"})
  void filesWithDifferentColumnsGiveAllOfThem(String format) {
    String path = folder.resolve("parts").toString();
    SESSION.sql("select 1D as x, array(1D, 2D) as v").write().format(format).save(path);
    SESSION
        .sql("select 'b' as t, 3D as x, array(3D, 4D) as v, 5D as y")
        .write()
        .mode(SaveMode.Append)
        .format(format)
        .save(path);
    Dataset<Row> data = read(path);
    assertThat(data.columns()).containsExactlyInAnyOrder("x", "v", "t", "y");
    Features features = Features.of(data, FeatureSelection.named(List.of("x", "v", "y")));
    List<Moments> moments = FeatureStatistics.fit(data, features).moments();
    assertThat(moments.get(features.names().indexOf("x")).mean()).isEqualTo(2);
    assertThat(moments.get(features.names().indexOf("v[1]")).mean()).isEqualTo(3);
    Moments y = moments.get(features.names().indexOf("y"));
    assertThat(List.of(y.mean(), (double) y.missing())).containsExactly(5.0, 1.0);
    assertThat(FeatureStatistics.scan(data, features.columns()).batches()).isPresent();
  }

  @Test
  void filesWithOneColumnOfTwoTypesAreRejected() {
    String path = folder.resolve("types.parquet").toString();
    SESSION.sql("select 1D as x").write().parquet(path);
    SESSION.sql("select 'a' as x").write().mode(SaveMode.Append).parquet(path);
    assertThatThrownBy(() -> read(path))
        .isInstanceOf(DataException.class)
        .hasMessageMatching(
            "The column 'x' is \\w+ in .*types.parquet.* and \\w+ in .*; read these files one by"
                + " one, or write them with one type.");
  }

  @Test
  void aTextAmongTheNumbersOfAJsonColumnIsRejected() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("a.json"),
            "{\"x\": 1, \"t\": \"Ulm\"}\n"
                + "{\"x\": 2, \"t\": \"Bonn\"}\n"
                + "{\"x\": \"n/a\", \"t\": \"7\"}\n");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s, line 3: column 'x' has 'n/a', which is not a number; make a missing value"
                + " null, or exclude the column.",
            file);
    FeatureSelection others = FeatureSelection.allNumericExcept(List.of("x"));
    assertThat(
            DataReader.read(SESSION, List.of(file.toString()), ReadOptions.of(others))
                .rows()
                .schema())
        .hasToString("StructType(StructField(x,StringType,true),StructField(t,StringType,true))");
  }

  @Test
  void jsonWithoutRowsAndJsonThatIsNoObjectAreDifferentSentences() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.json"));
    assertThatThrownBy(() -> read(empty))
        .isInstanceOf(DataException.class)
        .hasMessage("There are no rows in %s, or none that has a field.", empty);
    Path number = Files.writeString(folder.resolve("n.json"), "5\n");
    assertThatThrownBy(() -> read(number))
        .isInstanceOf(DataException.class)
        .hasMessage(number + ", line 1: an object is expected, but there is 5.");
    Path zip = Files.writeString(folder.resolve("z.json.gz"), "no gzip");
    assertThatThrownBy(() -> read(zip))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("z.json.gz")
        .hasMessageNotContaining("no JSON object");
  }

  @Test
  void whateverFailsWhileAFileIsReadNamesTheFile() {
    SparkException failure =
        new SparkException(
            "FAILED_READ_FILE.NO_HINT",
            scala.collection.immutable.Map.from(
                CollectionConverters.asScala(Map.of("path", "file:/data/a.parquet"))),
            new ArrayIndexOutOfBoundsException());
    assertThat(DataException.of(failure))
        .hasMessageContaining("file:/data/a.parquet")
        .hasCause(failure);
  }

  @Test
  void aFailureWithoutMessageHasItsName() {
    assertThat(DataException.of(new java.net.SocketException()))
        .hasMessageContaining("SocketException");
  }

  @Test
  void tooLittleMemoryIsASentenceWithTheSetting() {
    Error full = new OutOfMemoryError("Java heap space");
    assertThat(DataException.of(new IllegalStateException("Job aborted", full)))
        .hasMessageStartingWith(
            "There is not enough memory (Java heap space); set spark.driver.memory");
  }

  @Test
  void valuesOfPlainTypesAreNamesOfFoldersAndOthersRejected() {
    Dataset<Row> rows =
        SESSION.sql(
            "select 1D as x, 7 as i, 1.50 as dec, true as b, date'2026-11-29' as d,"
                + " timestamp_ntz'2026-11-29 01:02:03.000004' as t, X'ff' as bytes, array(1) as a,"
                + " named_struct('k', 1) as s");
    Map<String, String> expected =
        Map.of(
            "i", "7",
            "dec", "1.50",
            "b", "true",
            "d", "2026-11-29",
            "t", "2026-11-29 01:02:03.000004");
    for (String column : List.of("i", "dec", "b", "d", "t", "bytes", "a", "s")) {
      String path = folder.resolve("by-" + column).toString();
      DataWriter writer = new DataWriter(DataFormat.PARQUET, List.of(column));
      if (expected.containsKey(column)) {
        writer.write(rows, path);
        assertThat(read(path).select(column).head().get(0)).isEqualTo(expected.get(column));
      } else {
        assertThatThrownBy(() -> writer.write(rows, path))
            .isInstanceOf(DataException.class)
            .hasMessage(
                "The column '%s' is %s, whose values cannot be names of folders; name other columns"
                    + " with --partition-by, or none.",
                column, rows.schema().apply(column).dataType().simpleString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"CSV", "PARQUET", "ORC"})
  void anOutputWithoutRowsKeepsItsColumnsAndIsReadBack(DataFormat format) {
    Dataset<Row> rows = SESSION.sql("select 1D as x, 'a' as t, 'b' as p").limit(0);
    for (List<String> by : List.of(List.<String>of(), List.of("p"))) {
      String path = folder.resolve("empty-" + by.size()).toString();
      DataWriter writer = new DataWriter(format, by);
      writer.write(rows, path);
      assertThat(writer.readBack(SESSION, rows.schema(), path).columns())
          .containsExactly("x", "t", "p");
      Dataset<Row> again =
          DataReader.read(
                  SESSION,
                  List.of(path),
                  ReadOptions.of(FeatureSelection.named(List.of("x"))).with(Optional.of(format)))
              .rows();
      assertThat(again.columns()).containsExactly("x", "t", "p");
      assertThat(again.collectAsList()).isEmpty();
    }
  }
}
