package io.syncbn.spark;

import static io.syncbn.spark.LocalSpark.SESSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataReaderTest {

  @TempDir Path folder;

  private static Dataset<Row> read(Object... paths) {
    return DataReader.read(
        SESSION,
        Arrays.stream(paths).map(Object::toString).toList(),
        Optional.empty(),
        FeatureSelection.allNumeric());
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
        .hasMessage("Files of several formats cannot be read as one data set: [PARQUET, ORC].");
    Path unnamed = Files.createFile(folder.resolve("data.txt"));
    assertThatThrownBy(() -> read(unnamed))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith(
            "data.txt does not tell its format; name the format: parquet, orc, csv, json or libsvm.");
  }

  @Test
  void libSvmGivesALabelAndAVector() throws IOException {
    Path file = Files.writeString(folder.resolve("a.libsvm"), "1 1:0.5 3:2\n0 2:4\n");
    Dataset<Row> data = read(file);
    Features features = Features.of(data, FeatureSelection.allNumericExcept(List.of("label")));
    assertThat(features.names()).containsExactly("features[0]", "features[1]", "features[2]");
    assertThat(FeatureStatistics.fit(data, features).moments())
        .extracting(io.syncbn.sums.Moments::mean)
        .containsExactly(0.25, 2.0, 1.0);
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
        .hasMessageContaining("d.parquet is not a Parquet file");
    Path json = Files.writeString(folder.resolve("d.json"), "{\"a\": 1}\n{\"a\": \n");
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "A line of " + json + " is no JSON object: Unexpected end-of-input");
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
}
