package org.syncbn.spark.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.datasources.csv.CSVFileFormat;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files belong to an input, and which columns their folders are. */
class InputFilesTest {

  private static final StructType X = new StructType().add("x", "double");

  @TempDir Path folder;
  private Configuration configuration;

  /** The local disk under another name, as a cluster's file system has one. */
  public static final class Store extends RawLocalFileSystem {

    /** For Hadoop. */
    public Store() {}

    @Override
    public URI getUri() {
      return URI.create("store:///");
    }

    @Override
    public String getScheme() {
      return "store";
    }
  }

  @BeforeEach
  void configure() {
    configuration = new Configuration(SESSION.sparkContext().hadoopConfiguration());
    configuration.set("fs.store.impl", Store.class.getName());
  }

  private void write(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "1\n");
    }
  }

  private InputFiles find(String... names) throws IOException {
    return InputFiles.find(
        configuration, Arrays.stream(names).map(name -> folder + "/" + name).toList());
  }

  private List<String> names(InputFiles files) {
    return files.files().stream()
        .map(file -> folder.relativize(Path.of(file.path().toUri().getPath())).toString())
        .toList();
  }

  @Test
  void aFolderIsReadWithItsSubfoldersInTheOrderOfNames() throws IOException {
    write("d/b.csv", "d/a/z.csv", "d/a/1/y.csv", "d/c.csv", "d/B.csv");
    assertThat(names(find("d")))
        .containsExactly("d/B.csv", "d/a/1/y.csv", "d/a/z.csv", "d/b.csv", "d/c.csv");
    assertThat(names(find("d/c.csv", "d/a"))).startsWith("d/c.csv");
  }

  @Test
  void hiddenNamesBelowAFolderAreLeftOut() throws IOException {
    write("d/a.csv", "d/_SUCCESS", "d/.a.csv.crc", "d/_temporary/0/b.csv", "d/.git/c.csv");
    write("d/_delta", "d/e.csv._COPYING_");
    assertThat(names(find("d"))).containsExactly("d/a.csv");
    assertThat(names(find("d/*"))).containsExactly("d/a.csv");
    write("e/t=a._COPYING_/a.csv", "e/t=_b/a.csv"); // values of columns
    assertThat(names(find("e"))).hasSize(2);
  }

  @Test
  void whatIsNamedIsReadWhateverItsName() throws IOException {
    write("_b.csv", ".x.csv", "_d/c.csv");
    assertThat(names(find("_b.csv", ".x.csv", "_d")))
        .containsExactly("_b.csv", ".x.csv", "_d/c.csv");
    assertThat(names(find("_*"))).containsExactly("_b.csv", "_d/c.csv");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:b.csv",
        "a b.csv",
        "run[1].csv",
        "a#b.csv",
        "100%.csv",
        "a%20b.csv",
        "a*b.csv",
        "{a,b}.csv",
        "ä€𝄞.csv",
        "what?.csv",
        "a=b.csv",
        "a+b&c;d.csv",
        "back\\slash.csv"
      })
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void anyCharacterMayStandInAName(String name) throws IOException {
    write(name, "deep [x]:y/" + name);
    for (String named : List.of(name, "deep [x]:y/" + name, "deep [x]:y", "deep [x]:y/*")) {
      for (String scheme : List.of("", "file:", "store:")) {
        InputFiles files = InputFiles.find(configuration, List.of(scheme + folder + "/" + named));
        assertThat(names(files))
            .containsExactly(named.endsWith("csv") ? named : "deep [x]:y/" + name);
        if (scheme.isEmpty() && named.equals(name)) {
          assertThat(rows(files).collectAsList())
              .extracting(row -> row.get(0))
              .containsExactly(1.0);
        }
      }
    }
  }

  @Test
  void aNameWithAColonIsAFileAndNoFileSystem() {
    assertThat(Location.path("a:b.csv").toUri().getScheme()).isNull();
    assertThat(Location.path("data:2024/x.csv").toUri().getScheme()).isNull();
    assertThat(Location.path("hdfs://host/a:b").toUri().getScheme()).isEqualTo("hdfs");
  }

  @Test
  void aPatternIsOneOnlyWhereNothingHasThatName() throws IOException {
    write("a[1].csv", "a1.csv", "p[1]/x.csv", "p1/y.csv", "q/1.csv", "q/2.csv");
    assertThat(names(find("a[1].csv"))).containsExactly("a[1].csv");
    assertThat(names(find("a[12].csv"))).containsExactly("a1.csv");
    assertThat(names(find("p[1]/*.csv"))).containsExactly("p[1]/x.csv");
    assertThat(names(find("q/{1,2}.csv"))).containsExactly("q/1.csv", "q/2.csv");
    assertThat(names(find("*/[12].csv"))).containsExactly("q/1.csv", "q/2.csv");
    assertThatThrownBy(() -> find("r*/x.csv"))
        .isInstanceOf(DataException.class)
        .hasMessage("There is no file or folder %s/r*/x.csv.", folder);
  }

  @Test
  void escapedUtf8InFoldersIsTheTextAndAnyOtherEscapeACharacter() throws IOException {
    write("u/h=%C3%A4%2F1 x%25/a.csv", "u/h=%E4/b.csv", "u/h=100%/c.csv", "u/h=ä/d.csv");
    assertThat(find("u").files())
        .extracting(file -> file.partition().get("h"))
        .containsExactlyInAnyOrder("ä/1 x%", "ä", "100%", "ä");
  }

  @Test
  void foldersKeyValueAreColumnsOfText() throws IOException {
    write("d/year=2020/m=007/a.csv", "d/year=__HIVE_DEFAULT_PARTITION__/m=a%2Fb %3D/b.csv");
    InputFiles files = find("d");
    assertThat(files.partitionColumns()).containsExactly("year", "m");
    Map<String, String> second = new LinkedHashMap<>();
    second.put("year", null);
    second.put("m", "a/b =");
    assertThat(files.files())
        .extracting(DataFile::partition)
        .containsExactly(Map.of("year", "2020", "m", "007"), second);
    Dataset<Row> rows = rows(files);
    assertThat(rows.columns()).containsExactly("x", "year", "m");
    assertThat(rows.collectAsList().stream().map(Row::toString))
        .containsExactlyInAnyOrder("[1.0,2020,007]", "[1.0,null,a/b =]");
    assertThat(rows.where("m = '007'").count()).isEqualTo(1);
    assertThat(rows.where("year is null and x = 1").count()).isEqualTo(1);
    assertThat(rows.where("year > '2020'").count()).isZero();
  }

  @Test
  void onlyFoldersBelowTheNamedPlaceAreColumns() throws IOException {
    write("d/year=2020/a.csv", "d/year=2021/_m=1/b.csv", "d/year=2020/_m=2/c.csv");
    assertThat(find("d/year=2020/a.csv").partitionColumns()).isEmpty();
    assertThat(find("d/year=2021").partitionColumns()).containsExactly("_m");
    assertThat(find("d/year=*/_m=*").partitionColumns()).containsExactly("year", "_m");
  }

  @Test
  void aFolderThatIsNamedAsAFeatureIsANumber() throws IOException {
    write("d/year=2020/a.csv", "d/year=2024/b.csv");
    InputFiles files = find("d").withNumbers(FeatureSelection.named(List.of("year")));
    assertThat(rows(files).selectExpr("avg(year)").head().getDouble(0)).isEqualTo(2022);
    write("d/year=now/c.csv");
    assertThatThrownBy(() -> find("d").withNumbers(FeatureSelection.named(List.of("year"))))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("The folder year=now above ")
        .hasMessageContaining("is not a number");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "year=2020/a.csv | b.csv              | in folders for no column",
        "year=2020/a.csv | month=1/b.csv      | in folders for month=",
        "a=1/b=1/a.csv   | b=1/a=1/b.csv      | in folders for b=, a=",
        "a=1/a.csv       | a=/b.csv           | gives its column no value",
        "a=1/a.csv       | a=1/a=2/b.csv      | Two folders above",
        "x=1/a.csv       | x=2/b.csv          | is in the files of",
        "X=1/a.csv       | X=2/b.csv          | is in the files of",
      })
  void foldersThatDoNotAgreeAreRejected(String first, String second, String sentence)
      throws IOException {
    write("d/" + first, "d/" + second);
    assertThatThrownBy(() -> rows(find("d")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void linksAreFollowedUnlessTheyLeadNowhereOrIntoThemselves() throws IOException {
    write("d/a.csv", "e/b.csv");
    Path link = Files.createSymbolicLink(folder.resolve("d/l"), folder.resolve("e"));
    assertThat(names(find("d"))).containsExactly("d/a.csv", "d/l/b.csv");
    Files.delete(link);
    Files.createSymbolicLink(link, folder.resolve("none"));
    assertThatThrownBy(() -> find("d"))
        .isInstanceOf(DataException.class)
        .hasMessage("The link %s is broken; repair it, or remove it from the folder.", link);
    Files.delete(link);
    Files.createSymbolicLink(link, folder.resolve("d"));
    assertThatThrownBy(() -> find("d"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is a link to a folder that contains it");
    assertThatThrownBy(() -> InputFiles.find(configuration, List.of("/dev/null")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is a pipe or a device");
  }

  @Test
  void aFileNamedTwiceIsSaid() throws IOException {
    write("d/a.csv", "d/b.csv");
    InputFiles files = find("d", "d/a.csv");
    assertThat(files.files()).hasSize(3);
    assertThat(files.notes())
        .containsExactly(
            "file:%s/d/a.csv is named more than once: its rows count that often."
                .formatted(folder));
    assertThat(find("d").notes()).isEmpty();
  }

  @Test
  void aFileThatChangesWhileItIsReadIsRejected() throws IOException {
    write("a.csv");
    InputFiles files = find("a.csv");
    InputFiles.requireUnchanged(configuration, files.files());
    Files.writeString(folder.resolve("a.csv"), "1\n2\n");
    assertThatThrownBy(() -> InputFiles.requireUnchanged(configuration, files.files()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.csv was changed while it was read");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "t/_delta_log/00000000000000000000.json | Delta   | --packages io.delta:delta-spark_4",
        "t/metadata/v1.metadata.json            | Iceberg | --packages"
            + " org.apache.iceberg:iceberg-spark",
        "t/.hoodie/hoodie.properties            | Hudi    | no connector is known",
      })
  void aTableWithALogIsRejectedWithWhatReadsIt(String marker, String title, String remedy)
      throws IOException {
    write("all/" + marker, "all/t/data/a.parquet");
    for (String named : List.of("all/t", "all", "all/t/data", "all/t/data/a.parquet", "all/*")) {
      assertThatThrownBy(() -> find(named))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("file:%s/all/t is a table of %s, ".formatted(folder, title))
          .hasMessageContaining(remedy);
    }
  }

  private Dataset<Row> rows(InputFiles files) {
    return files.rows(SESSION, new CSVFileFormat(), X, Map.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "adult.data   | '39, State-gov, 77516'           | CSV",
        "mtcars.txt   | 'mpg cyl disp'                   | CSV",
        "heart_scale  | '+1 1:0.7 2:1 4:-0.3 '           | LIBSVM",
        "a1a.train    | '-1 3:1 11:1 # note'             | LIBSVM",
        "noname       | ' {\"x\": 1}'                    | JSON",
        "array.dat    | '[{\"x\": 1}]'                   | JSON",
        "times.txt    | 'a 12:30'                        | CSV",
        "rows.jsonl   | '{}'                             | JSON",
        "rows.TSV     | 'a'                              | CSV",
      })
  void theFormatIsThatOfTheNameElseOfTheContent(String name, String content, DataFormat format)
      throws IOException {
    Files.writeString(folder.resolve(name), content + "\n");
    FilesOfFormat found = format(name, Optional.empty());
    assertThat(found.format()).isEqualTo(format);
    assertThat(found.files().notes()).hasSize(name.contains("rows") ? 0 : 1);
  }

  @Test
  void parquetAndOrcAreKnownByTheirFirstBytes() throws IOException {
    for (String format : List.of("parquet", "orc")) {
      Path files = folder.resolve(format);
      SESSION.range(3).coalesce(1).write().format(format).save(files.toString());
      String part = names(find(format)).get(0);
      Files.copy(folder.resolve(part), folder.resolve(format + ".bin"));
      Files.copy(folder.resolve(part), folder.resolve(format + ".csv"));
      assertThat(format(format + ".bin", Optional.empty()).format().sparkName()).isEqualTo(format);
      assertThatThrownBy(() -> format(format + ".csv", Optional.empty()))
          .isInstanceOf(DataException.class)
          .hasMessageEndingWith(
              "/%s.csv is a file of %s, not csv; rename it, or name its format.", format, format);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.xlsx | 504b0304                   | an Excel workbook",
        "a.csv  | 504b0304                   | an Excel workbook",
        "a.xls  | d0cf11e0a1b11ae1           | an Excel workbook (.xls)",
        "a.csv  | 255044462d312e37           | a PDF document",
        "a.avro | 4f626a01                   | an Avro file",
        "a.pkl  | 80049500                   | a Python pickle",
        "a.csv  | 1f8b0800                   | compressed by gzip",
        "a.data | fd377a585a00               | compressed by xz",
        "a.csv  | 3c21444f43545950452068746d6c3e | a web page (HTML)",
        "a.arff | 4052454c4154494f4e206972697 30a | an ARFF file",
        "a.bin  | 0001020300                 | of no format known here",
      })
  void whatNothingHereCanReadIsRejectedWithARemedy(String name, String hex, String sentence)
      throws IOException {
    Files.write(
        folder.resolve(name), java.util.HexFormat.of().parseHex(hex.strip().replace(" ", "")));
    assertThatThrownBy(() -> format(name, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(sentence)
        .hasMessageContaining("which cannot be read; ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PARENT,x", "PAR1,x", "ORC", "RDX2,x", "BZhours,x", "ARROW1,x"})
  void namesOfColumnsAreNoSignaturesOfBinaryFiles(String header) throws IOException {
    for (String name : List.of("a.csv", "a.data")) {
      Files.writeString(folder.resolve(name), header + "\n1,2\n");
      assertThat(format(name, Optional.empty()).format()).isEqualTo(DataFormat.CSV);
    }
  }

  @Test
  void emptyTextsAreLeftOutAndFilesOfSeveralFormatsRejected() throws IOException {
    write("d/a.csv", "d/c.csv", "e/a.csv", "e/b.json");
    Files.createFile(folder.resolve("d/b.csv"));
    FilesOfFormat found = format("d", Optional.empty());
    assertThat(names(found.files())).containsExactly("d/a.csv", "d/c.csv");
    assertThat(found.files().notes()).singleElement().asString().endsWith("/d/b.csv is empty.");
    assertThatThrownBy(() -> format("e", Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("e/a.csv is csv, but ")
        .hasMessageContaining("e/b.json is json");
    assertThat(format("e", Optional.of(DataFormat.CSV)).files().files()).hasSize(2);
  }

  private FilesOfFormat format(String name, Optional<DataFormat> named) throws IOException {
    return FilesOfFormat.of(configuration, find(name), named);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "bz2", "zst"})
  void compressedFilesAreLookedInto(String compression) throws IOException {
    String codec = Map.of("gz", "gzip", "bz2", "bzip2", "zst", "zstd").get(compression);
    Path folder = this.folder.resolve("c");
    if (compression.equals("zst")) {
      Files.createDirectories(folder);
      try (var out =
          new com.github.luben.zstd.ZstdOutputStream(
              Files.newOutputStream(folder.resolve("p.zst")))) {
        out.write("{\"x\": 1}\n".getBytes());
      }
    } else {
      SESSION
          .sql("select '{\"x\": 1}' as t")
          .write()
          .option("compression", codec)
          .text(folder.toString());
    }
    List<String> parts = new ArrayList<>(names(find("c")));
    Path plain = this.folder.resolve("plain." + compression);
    Files.copy(this.folder.resolve(parts.get(0)), plain);
    assertThat(format("plain." + compression, Optional.empty()).format())
        .isEqualTo(DataFormat.JSON);
  }
}
