package org.syncbn.spark.libsvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.SparkInternals;
import org.syncbn.data.TextOptions;
import org.syncbn.data.TextsOf;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.DataWriter;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;
import org.syncbn.spark.text.TextLines;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Moments;

@SparkInternals
class LibsvmReaderTest {

  @TempDir Path folder;

  private static Dataset<Row> read(ReadOptions options, Path... paths) {
    return DataReader.read(
            SESSION,
            Stream.of(paths).map(Path::toString).toList(),
            options.with(Optional.of(DataFormat.LIBSVM)))
        .rows();
  }

  private static Dataset<Row> read(Path path) {
    return read(ReadOptions.of(FeatureSelection.allNumeric()), path);
  }

  private Path write(String content) throws IOException {
    return Files.write(folder.resolve("a.libsvm"), content.getBytes(StandardCharsets.UTF_8));
  }

  /** The rows' labels and the moments of the features, of a file in parts of so many bytes. */
  private static String summedUp(Path path, long bytes) throws IOException {
    TextFile file =
        new TextFile(
            new Configuration(), new org.apache.hadoop.fs.Path(path.toUri()), TextOptions.DEFAULTS);
    List<Double> labels = new ArrayList<>();
    List<double[]> rows = new ArrayList<>();
    int width = 0;
    for (long start = 0; start < Files.size(path); start += bytes) {
      LibsvmLine line = new LibsvmLine(Integer.MAX_VALUE, false);
      try (TextLines lines = file.lines(start, start + bytes)) {
        while (lines.next()) {
          if (line.parse(lines)) {
            double[] row = new double[line.width()];
            int[] indices = line.indices();
            for (int i = 0; i < indices.length; i++) {
              row[indices[i]] = line.values()[i];
            }
            labels.add(line.label());
            rows.add(row);
            width = Math.max(width, row.length);
          }
        }
      } catch (TextFault fault) {
        throw file.sentence(fault);
      }
    }
    int columns = width;
    return labels
        + IntStream.range(0, columns)
            .mapToObj(
                i -> {
                  ColumnSums sums = new ColumnSums();
                  rows.forEach(row -> sums.add(i < row.length ? row[i] : 0));
                  Moments moments = sums.moments();
                  return " %d/%d %s".formatted(moments.count(), moments.missing(), moments.mean());
                })
            .collect(Collectors.joining());
  }

  static Stream<Arguments> filesThatAreRead() {
    return Stream.of(
        Arguments.of("1 1:0.5 3:2\n0 2:4\n", "[1.0, 0.0] 2/0 0.25 2/0 2.0 2/0 1.0"),
        Arguments.of("1 1:0.5 3:2\n0 2:4", "[1.0, 0.0] 2/0 0.25 2/0 2.0 2/0 1.0"),
        Arguments.of("1 1:1\r\n0 1:2\r\n", "[1.0, 0.0] 2/0 1.5"),
        Arguments.of("1 1:1\r0 1:2\r", "[1.0, 0.0] 2/0 1.5"),
        Arguments.of("+1\t1:1 \t 2:2  \n-1  1:3\n", "[1.0, -1.0] 2/0 2.0 2/0 1.0"),
        Arguments.of("# a comment\n\n1 1:1 # 7:7\n   \n0 1:2#x\n", "[1.0, 0.0] 2/0 1.5"),
        Arguments.of("1\n0 1:2\n", "[1.0, 0.0] 2/0 1.0"),
        Arguments.of("1\n2\n", "[1.0, 2.0]"),
        Arguments.of("  1 1:1\n", "[1.0] 1/0 1.0"),
        Arguments.of("1.5e1 1:1e-1\n", "[15.0] 1/0 0.1"),
        Arguments.of("1 1:nan 2:inf 3:-inf\n2 1:1 2:1 3:1\n", "[1.0, 2.0] 1/1 1.0 1/1 1.0 1/1 1.0"),
        Arguments.of("1 1:NaN\n", "[1.0] 0/1 NaN"),
        Arguments.of("1 1:.5 2:5. 3:+1 4:-0\n", "[1.0] 1/0 0.5 1/0 5.0 1/0 1.0 1/0 0.0"),
        Arguments.of("1 01:1\n", "[1.0] 1/0 1.0"),
        Arguments.of("\ufeff1 1:1\n", "[1.0] 1/0 1.0"));
  }

  @ParameterizedTest
  @MethodSource("filesThatAreRead")
  void whatTheLinesSayIsSummedUpWhereverTheFileIsCut(String content, String expected)
      throws IOException {
    Path file = write(content);
    for (long bytes = Files.size(file); bytes > 0; bytes -= bytes / 8 + 1) {
      assertThat(summedUp(file, bytes)).as("%d bytes", bytes).isEqualTo(expected);
    }
  }

  static Stream<Arguments> linesThatAreRejected() {
    return Stream.of(
        Arguments.of("a 1:1", "the label, 'a', is not a number."),
        Arguments.of("1,2 1:1", "'1,2' is more than one label; keep one."),
        Arguments.of("1:1 2:2", "the label is missing before '1:1'."),
        Arguments.of("1e999 1:1", "the label, 1e999, is beyond the range of doubles."),
        Arguments.of("0x10 1:1", "the label, '0x10', is not a number."),
        Arguments.of("1d 1:1", "the label, '1d', is not a number."),
        Arguments.of("1 1:1 qid:3", "'qid:3' must follow the label."),
        Arguments.of("1 qid:a 1:1", "'qid:a' is not a query's number."),
        Arguments.of("1 x:2", "'x:2' is not index:value."),
        Arguments.of("1 2", "'2' is not index:value."),
        Arguments.of("1 :2", "':2' is not index:value."),
        Arguments.of("1 -1:2", "'-1:2' is not index:value."),
        Arguments.of("1 1:", "the value of index 1, '', is not a number."),
        Arguments.of("1 1:a", "the value of index 1, 'a', is not a number."),
        Arguments.of("1 1:1:2", "the value of index 1, '1:2', is not a number."),
        Arguments.of("1 1:1e999", "the value of index 1, 1e999, is beyond the range of doubles."),
        Arguments.of("1 1:0,5", "the value of index 1, '0,5', is not a number."),
        Arguments.of(
            "1 0:2",
            "index 0 is not one of LibSVM, whose indices begin with 1; use --zero-based if they"
                + " begin with 0 in all files."),
        Arguments.of("1 2:2 1:1", "index 1 follows 2, but indices ascend."),
        Arguments.of("1 2:2 2:1", "index 2 follows 2, but indices ascend."),
        Arguments.of("1 9999999999:1", "index 9999999999 is beyond 2147483647."),
        Arguments.of(
            "1 99999999999999999999:1", "index 99999999999999999999 is beyond 2147483647."));
  }

  @ParameterizedTest
  @MethodSource("linesThatAreRejected")
  void whatIsNoLineOfLibsvmIsRejectedWithFileAndLine(String line, String sentence)
      throws IOException {
    Path file = write("1 1:1\n# comment\n" + line + "\n");
    for (long bytes : new long[] {Files.size(file), 8}) {
      assertThatThrownBy(() -> summedUp(file, bytes))
          .isInstanceOf(DataException.class)
          .hasMessage("%s, line 3: %s", file, sentence);
    }
  }

  @Test
  void indicesBeginWith0WhereThatWasSaid() throws IOException {
    Path file = write("1 0:3 1:4\n0 0:1 2:2\n");
    TextOptions zeroBased = TextsOf.zeroBasedIndices();
    Dataset<Row> rows = read(ReadOptions.of(FeatureSelection.allNumeric()).with(zeroBased), file);
    assertThat(rows.select("features").collectAsList())
        .extracting(row -> row.<Vector>getAs(0).toDense().toArray())
        .containsExactly(new double[] {3, 4, 0}, new double[] {1, 0, 2});
    ReadOptions known = DataReader.again(List.of("features[0]", "features[1]")).with(zeroBased);
    assertThatThrownBy(() -> read(known, file))
        .hasMessageContaining("line 2: index 2 is beyond the 2 features");
  }

  @Test
  void queriesAreAColumnThatIsWrittenAgain() throws IOException {
    Path file = write("2 qid:7 1:3 # a\n1 qid:7 1:1\n0 qid:8 1:2\n");
    Dataset<Row> rows = read(file);
    assertThat(rows.columns()).containsExactly("label", "qid", "features");
    assertThat(rows.select("label", "qid").collectAsList())
        .containsExactly(
            RowFactory.create(2.0, 7L), RowFactory.create(1.0, 7L), RowFactory.create(0.0, 8L));
    assertThat(Features.of(rows, FeatureSelection.allNumeric()).names())
        .containsExactly("features[0]");
    String output = folder.resolve("o.libsvm").toString();
    DataWriter writer = new DataWriter(DataFormat.LIBSVM, List.of());
    writer.write(rows, output);
    assertThat(writer.readBack(SESSION, rows.schema(), output).collectAsList())
        .containsExactlyInAnyOrderElementsOf(rows.collectAsList());
    Path some = Files.writeString(folder.resolve("some.libsvm"), "1 qid:1 1:1\n2 1:1\n");
    assertThatThrownBy(() -> read(some))
        .hasMessageStartingWith("1 of 2 lines of ")
        .hasMessageEndingWith("have a qid and the others none; give one to all, or to none.");
  }

  @Test
  void aFaultIsASentenceOfTheReaderToo() throws IOException {
    Path file = write("1 1:1\n1 0:2\n");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + ", line 2: index 0 ");
    Path bytes = Files.write(folder.resolve("b.libsvm"), new byte[] {'1', '\n', (byte) 0xff});
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(bytes + ", line 2: the bytes here are not valid UTF-8");
  }

  @Test
  void theLabelIsAFeatureOnlyWhereItIsNamed() throws IOException {
    Path file = write("1 1:0.5 3:2\n0 2:4\n");
    assertThat(Features.of(read(file), FeatureSelection.allNumeric()).names())
        .containsExactly("features[0]", "features[1]", "features[2]");
    assertThat(Features.of(read(file), FeatureSelection.named(List.of("label"))).names())
        .containsExactly("label");
    assertThat(Features.of(read(file), FeatureSelection.allNumericExcept(List.of("label"))).size())
        .isEqualTo(3);
  }

  @Test
  void rowsHaveTheFeaturesThatAreKnownAndNoMore() throws IOException {
    Path file = write("1 1:0.5\n0 3:4\n");
    List<String> names = IntStream.range(0, 5).mapToObj(i -> "features[" + i + "]").toList();
    Dataset<Row> rows = read(DataReader.again(names), file);
    assertThat(rows.collectAsList())
        .extracting(row -> row.<Vector>getAs("features").toArray())
        .containsExactly(new double[] {0.5, 0, 0, 0, 0}, new double[] {0, 0, 4, 0, 0});
    assertThat(FeatureStatistics.fit(rows, Features.ofFeatures(rows, names)).moments())
        .extracting(Moments::mean)
        .containsExactly(0.25, 0.0, 2.0, 0.0, 0.0);
    assertThatThrownBy(() -> read(DataReader.again(names.subList(0, 2)), file))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s, line 2: index 3 is beyond the 2 features that the statistics or the model have.",
            file);
  }

  @Test
  void whatIsWrittenIsReadBackEqual() {
    Dataset<Row> data =
        SESSION.sql(
            "select 1D as y, array(0D, -1.10D, 1e300D, 0D) as v union all"
                + " select 0.1D, array(0D, 0D, 0D, 0D) union all"
                + " select -2D, array(double('NaN'), 4.9e-324D, -0D, 0.1D)");
    DataWriter writer = new DataWriter(DataFormat.LIBSVM, List.of());
    String path = folder.resolve("o").toString();
    writer.write(data.coalesce(1), path);
    Dataset<Row> again = writer.readBack(SESSION, data.schema(), path);
    assertThat(again.columns()).containsExactly("y", "v");
    assertThat(again.collectAsList())
        .extracting(row -> row.getDouble(0) + Arrays.toString(((Vector) row.get(1)).toArray()))
        .containsExactlyInAnyOrder(
            "1.0[0.0, -1.1, 1.0E300, 0.0]",
            "0.1[0.0, 0.0, 0.0, 0.0]",
            "-2.0[NaN, 4.9E-324, -0.0, 0.1]");
  }

  @Test
  void sparseVectorsKeepTheirSize() throws IOException {
    Path file = write("1 2:0.5 9:0\n2 3:1\n");
    Dataset<Row> data = read(file);
    DataWriter writer = new DataWriter(DataFormat.LIBSVM, List.of());
    String path = folder.resolve("o").toString();
    writer.write(data.coalesce(1).orderBy("label"), path);
    assertThat(writer.readBack(SESSION, data.schema(), path).collectAsList())
        .extracting(Row::toString)
        .containsExactlyInAnyOrder("[1.0,(9,[1,8],[0.5,0.0])]", "[2.0,(9,[2],[1.0])]");
  }

  static Stream<Arguments> whatLibsvmCannotHold() {
    return Stream.of(
        Arguments.of(
            "select 1D as y",
            "LibSVM holds a label and a vector, but there are the columns struct<y:double>; write"
                + " another format."),
        Arguments.of(
            "select 'a' as y, array(1D) as v",
            "LibSVM holds a label and a vector, but there are the columns"
                + " struct<y:string,v:array<double>>; write another format."),
        Arguments.of(
            "select 1D as y, array(1D) as v, 2 as id",
            "LibSVM holds a label and a vector, but there are the columns"
                + " struct<y:double,v:array<double>,id:int>; write another format."),
        Arguments.of(
            "select double(null) as y, array(1D) as v",
            "A row has no label, which LibSVM cannot hold; leave such rows out, or write another"
                + " format."),
        Arguments.of(
            "select 1D as y, array(1D, null) as v",
            "A vector has a value that is null, which LibSVM cannot hold; write another format."));
  }

  @ParameterizedTest
  @MethodSource("whatLibsvmCannotHold")
  void whatLibsvmCannotHoldIsRejected(String query, String sentence) {
    DataWriter writer = new DataWriter(DataFormat.LIBSVM, List.of());
    String path = folder.resolve("o").toString();
    assertThatThrownBy(
            () -> {
              try {
                writer.write(SESSION.sql(query), path);
              } catch (Exception failure) { // Scala throws checked exceptions undeclared.
                throw DataException.of(failure);
              }
            })
        .isInstanceOf(DataException.class)
        .hasMessage(sentence);
  }
}
