package org.syncbn.spark.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.text.TextFile;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Moments;

class JsonReaderTest {

  private static final Configuration CONF = new Configuration();
  private static final DataType ARRAY = DataTypes.createArrayType(DataTypes.DoubleType);

  @TempDir Path folder;

  private static final FeatureSelection ALL = FeatureSelection.allNumeric();

  private static InputTable read(ReadOptions options, Path... paths) {
    return DataReader.read(
        SESSION,
        Stream.of(paths).map(Path::toString).toList(),
        options.with(Optional.of(DataFormat.JSON)));
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  /** "name count missing mean" of each feature. */
  private static String statistics(Dataset<Row> rows, FeatureSelection selection) {
    Features features = Features.of(rows, selection);
    List<Moments> moments = FeatureStatistics.fit(rows, features).moments();
    List<String> all = new ArrayList<>();
    for (int i = 0; i < moments.size(); i++) {
      Moments m = moments.get(i);
      all.add(text(features.names().get(i), m));
    }
    return String.join(", ", all);
  }

  static Stream<Arguments> rowsThatAreRead() {
    return Stream.of(
        Arguments.of("{\"x\":1}\n{\"x\":2}\n", "x 2 0 1.5"),
        Arguments.of("{\"x\":1}\n{\"x\":2}", "x 2 0 1.5"),
        Arguments.of("{\"x\":1}{\"x\":5}\n{\"x\":3}\n", "x 3 0 3.0"),
        Arguments.of("{\"x\":1} \t {\"x\":5}", "x 2 0 3.0"),
        Arguments.of("{\"x\":1}\r\n{\"x\":2}\r\n", "x 2 0 1.5"),
        Arguments.of("{\"x\":1}\r{\"x\":2}\r", "x 2 0 1.5"),
        Arguments.of("\n\n{\"x\":1}\n \n{\"x\":2}\n\n", "x 2 0 1.5"),
        Arguments.of("{\n  \"x\": 1\n}\n{\n  \"x\": 2\n}\n", "x 2 0 1.5"),
        Arguments.of("[{\"x\":1},{\"x\":2}]", "x 2 0 1.5"),
        Arguments.of("[\n{\"x\":1},\n{\"x\":2}\n]\n", "x 2 0 1.5"),
        Arguments.of("[\n  {\n    \"x\": 1\n  },\n  {\n    \"x\": 2\n  }\n]", "x 2 0 1.5"),
        Arguments.of("[{\"x\":1}]\n[]\n{\"x\":2}\n[{\"x\":3},{\"x\":6}]\n", "x 4 0 3.0"),
        Arguments.of("\ufeff{\"x\":1}\n", "x 1 0 1.0"),
        Arguments.of("{\"x\":1}\n{}\n{\"x\":null}\n", "x 1 2 1.0"),
        Arguments.of("{\"x\":1.5}\n{\"x\":-0}\n", "x 2 0 0.75"),
        Arguments.of("{\"x\":1e2}\n{\"x\":1E+2}\n{\"x\":1.00e-2}\n", "x 3 0 66.67"),
        Arguments.of("{\"x\":9223372036854775807}\n", "x 1 0 9.223372036854776E18"),
        Arguments.of("{\"x\":9223372036854775808}\n", "x 1 0 9.223372036854776E18"),
        Arguments.of("{\"x\":1" + "0".repeat(50) + "}\n", "x 1 0 1.0E50"),
        Arguments.of("{\"x\":20000000000000000000}\n{\"x\":0.5}\n", "x 2 0 1.0E19"),
        Arguments.of("{\"x\":\"1.5\"}\n{\"x\":2}\n{\"x\":\"-3e0\"}\n", "x 3 0 0.16666666666666666"),
        Arguments.of("{\"x\":\"1\"}\n{\"x\":2}\n", "x 2 0 1.5"),
        Arguments.of("{\"x\":1}\n{\"x\":\"NaN\"}\n", "x 1 1 1.0"),
        Arguments.of("{\"x\":1}\n{\"x\":\"Infinity\"}\n{\"x\":\"-Infinity\"}\n", "x 1 2 1.0"),
        Arguments.of("{\"x\":1}\n{\"x\":NaN}\n{\"x\":-Infinity}\n{\"x\":Infinity}\n", "x 1 3 1.0"),
        Arguments.of("{\"x\":1,\"t\":\"7\"}\n{\"x\":2,\"t\":\"8\"}\n", "x 2 0 1.5"),
        Arguments.of("{\"x\":1,\"b\":true,\"n\":null}\n", "x 1 0 1.0"),
        Arguments.of("{\"x\":1,\"m\":1}\n{\"x\":1,\"m\":\"a\"}\n", "x 2 0 1.0"),
        Arguments.of("{\"x\":1,\"o\":{\"y\":2}}\n", "x 1 0 1.0"),
        Arguments.of("{\"v\":[1,2]}\n{\"v\":[3,5]}\n", "v[0] 2 0 2.0, v[1] 2 0 3.5"),
        Arguments.of("{\"v\":[1.5,\"NaN\"]}\n{\"v\":[2,null]}\n", "v[0] 2 0 1.75, v[1] 0 2 NaN"),
        Arguments.of("{\"v\":[1]}\n{\"v\":null}\n{}\n", "v[0] 1 2 1.0"),
        Arguments.of("{\"x\":1,\"ids\":[1,2]}\n{\"x\":2,\"ids\":[3]}\n", "x 2 0 1.5"),
        Arguments.of("{\"x\":1,\"v\":[]}\n", "x 1 0 1.0"),
        Arguments.of("{\"x\":1,\"v\":[\"a\",1]}\n", "x 1 0 1.0"),
        Arguments.of("{\"x\":1,\"v\":[[1],[2]]}\n", "x 1 0 1.0"),
        Arguments.of("{\"a.b\":1,\"a\":{\"b\":2}}\n", "a.b 1 0 1.0"),
        Arguments.of("{\"größe in cm\":180}\n", "größe in cm 1 0 180.0"),
        Arguments.of("{\"\":1,\"x y\":2,\"`q`\":3}\n", " 1 0 1.0, x y 1 0 2.0, `q` 1 0 3.0"),
        Arguments.of("{\"\\u0078\":1}\n{\"x\":2}\n", "x 2 0 1.5"),
        Arguments.of("{\"x\":1,\"t\":\"\\ud83d\\ude00 {\\\"x\\\":9}\"}\n", "x 1 0 1.0"),
        Arguments.of("{\"y\":1}\n{\"x\":2}\n{\"z\":3}\n", "y 1 2 1.0, x 1 2 2.0, z 1 2 3.0"),
        Arguments.of("{\"x\":0.1}\n{\"x\":0.2}\n", "x 2 0 0.15000000000000002"));
  }

  @ParameterizedTest
  @MethodSource("rowsThatAreRead")
  void whatTheObjectsSayIsSummedUp(String content, String expected) throws IOException {
    Path file = write("a.json", content);
    assertThat(summedUp(file, Integer.MAX_VALUE)).isEqualTo(expected);
    for (int bytes = 1; bytes < content.length(); bytes += content.length() / 40 + 1) {
      assertThat(summedUp(file, bytes)).as("in parts of %d bytes", bytes).isEqualTo(expected);
    }
  }

  /** As the reader does, in this thread, with parts of so many bytes. */
  private static String summedUp(Path file, int bytes) throws IOException {
    List<JsonPart> parts = parts(file, bytes);
    JsonShapes shapes = new JsonShapes();
    for (JsonPart part : parts) {
      shapes.merge(JsonShapes.of(part, 0, true));
    }
    if (!shapes.unread().isEmpty()) {
      parts = parts(file, Integer.MAX_VALUE);
      shapes.withRead(JsonShapes.of(parts.get(0), 0, true));
    }
    assertThat(shapes.fault()).isEmpty();
    StructType schema =
        JsonColumns.of(shapes.keys(), ReadOptions.of(ALL), Object::toString).schema();
    List<InternalRow> rows = new ArrayList<>();
    for (JsonPart part : parts) {
      part.rows(new JsonRow(schema, Map.of())).forEachRemaining(rows::add);
    }
    Map<String, ColumnSums> sums = new LinkedHashMap<>();
    for (int i = 0; i < schema.size(); i++) {
      StructField column = schema.fields()[i];
      int place = i;
      int width =
          rows.stream().mapToInt(row -> width(row, place, column.dataType())).max().orElse(0);
      for (int j = 0; j < width; j++) {
        boolean isArray = column.dataType() instanceof ArrayType;
        ColumnSums sum = new ColumnSums();
        sums.put(isArray ? column.name() + "[" + j + "]" : column.name(), sum);
        for (InternalRow row : rows) {
          add(sum, isArray && !row.isNullAt(i) ? row.getArray(i) : row, isArray ? j : i, column);
        }
      }
    }
    return sums.entrySet().stream()
        .map(entry -> text(entry.getKey(), entry.getValue().moments()))
        .collect(Collectors.joining(", "));
  }

  private static int width(InternalRow row, int place, DataType type) {
    return type instanceof NumericType
        ? 1
        : type.equals(ARRAY) && !row.isNullAt(place) ? row.getArray(place).numElements() : 0;
  }

  private static void add(ColumnSums sum, SpecializedGetters row, int place, StructField column) {
    if (row instanceof InternalRow && column.dataType().equals(ARRAY) || row.isNullAt(place)) {
      sum.addNulls(1);
    } else {
      DataType type = column.dataType().equals(ARRAY) ? DataTypes.DoubleType : column.dataType();
      sum.add(Double.parseDouble(row.get(place, type).toString()));
    }
  }

  private static List<JsonPart> parts(Path file, int bytes) throws IOException {
    long size = Files.size(file);
    TextFile text =
        new TextFile(CONF, new org.apache.hadoop.fs.Path(file.toUri()), TextOptions.DEFAULTS);
    List<JsonPart> parts = new ArrayList<>();
    for (long start = 0; start < size; start += bytes) {
      long length = Math.min(bytes, size - start);
      parts.add(new JsonPart(text, start, start + length, length == size));
    }
    return parts;
  }

  private static String text(String name, Moments m) {
    return name + " " + m.count() + " " + m.missing() + " " + m.mean();
  }

  static Stream<Arguments> filesThatAreRejected() {
    return Stream.of(
        Arguments.of(
            "{\"x\":1}\n{\"x\":\n", "%s, line 2: the text ends within an object or array."),
        Arguments.of(
            "{\"x\":1}\n[{\"x\":2}\n", "%s, line 2: the text ends within an object or array."),
        Arguments.of(
            "{\"x\":1}\n{\"x\":\"a", "%s, line 2: the text ends within an object or array."),
        Arguments.of("5\n", "%s, line 1: an object is expected, but there is 5."),
        Arguments.of("{\"x\":1} null", "%s, line 1: an object is expected, but there is null."),
        Arguments.of(
            "{\"x\":1}\n\"a\"\n", "%s, line 2: an object is expected, but there is \"a\"."),
        Arguments.of("[{\"x\":1}, 7]", "%s, line 1: an object is expected, but there is 7."),
        Arguments.of(
            "[[{\"x\":1}]]",
            "%s, line 1: an object is expected, but there is an array in an array."),
        Arguments.of(
            "{\"x\":1}\n{\"x\":1,\"x\":2}\n",
            "%s, line 2: an object has twice the key 'x'; rename one."),
        Arguments.of(
            "{\"x\":1}\n{'x':2}\n",
            "%s, line 2: a text is in single quotes, which are not JSON; write double quotes."),
        Arguments.of(
            "[{\"x\":1},]\n",
            "%s, line 1: a comma stands before the closing bracket, which is not JSON; remove it."),
        Arguments.of(
            "{\"x\":1,}\n",
            "%s, line 1: a comma stands before the closing bracket, which is not JSON; remove it."),
        Arguments.of(
            "// made\n{\"x\":1}\n",
            "%s, line 1: there is a comment, which is not JSON; remove it."),
        Arguments.of(
            "{\"x\":+1}\n",
            "%s, line 1: a number begins with a plus, which is not JSON; remove it."),
        Arguments.of(
            "{\"o\":{\"x\":1,\"x\":2}}\n",
            "%s, line 1: an object has twice the key 'x'; rename one."),
        Arguments.of("", "There are no rows in %s, or none that has a field."),
        Arguments.of("{}\n[]\n", "There are no rows in %s, or none that has a field."),
        Arguments.of(
            "{\"x\":1}\n{\"x\":2}\n{\"x\":\"n/a\"}\n",
            "%s, line 3: column 'x' has 'n/a', which is not a number; make a missing value null, or"
                + " exclude the column."),
        Arguments.of(
            "{\"x\":1}\n{\"x\":2}\n{\"x\":\"\"}\n",
            "%s, line 3: column 'x' has '', which is not a number; make a missing value null, or"
                + " exclude the column."),
        Arguments.of(
            "{\"x\":1}\n{\"x\":2}\n{\"x\":true}\n",
            "%s, line 3: column 'x' has true, which is not a number; make a missing value null, or"
                + " exclude the column."),
        Arguments.of(
            "{\"x\":1}\n{\"x\":2}\n{\"x\":[3]}\n",
            "%s, line 3: column 'x' has an array, which is not a number; make a missing value null,"
                + " or exclude the column."),
        Arguments.of(
            "{\"x\":1e999}\n",
            "%s, line 1: column 'x' has 1e999, which is beyond the range of doubles; exclude the"
                + " column."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '`',
      value = {
        "{\"data\":[{\"x\":1},{\"x\":3}],\"count\":2} => with a table under its key 'data'",
        "{\"columns\":[\"x\"],\"index\":[0],\"data\":[[1]]} => with a table under its key 'data'",
        "{\"x\":{\"0\":1},\"y\":{\"0\":2}} => whose keys are columns or names of rows"
      })
  void oneObjectThatHoldsATableIsRejected(String content, String sentence) throws IOException {
    Path file = write("a.json", content);
    assertThatThrownBy(() -> read(ReadOptions.of(ALL), file))
        .hasMessageStartingWith(
            "%s holds one object, %s; write an object for each row", file, sentence);
  }

  @Test
  void keysThatDifferOnlyInCaseAreTwoColumns() throws IOException {
    Path file = write("a.json", "{\"x\":1,\"X\":\"t\"}\n{\"x\":3,\"X\":\"u\"}\n");
    assertThat(read(ReadOptions.of(ALL), file).rows().collectAsList())
        .containsExactly(RowFactory.create(1L, "t"), RowFactory.create(3L, "u"));
  }

  /** A batch in which nobody has said anything of a feature that the statistics know. */
  @Test
  void aKnownFeatureWithoutAKeyIsNullInAllRows() throws IOException {
    Path file = write("a.json", "{\"y\":4,\"id\":\"c\"}\n");
    ReadOptions again = DataReader.again(List.of("x", "y", "v[0]", "v[1]"));
    Dataset<Row> rows = read(again, file).rows();
    assertThat(rows.schema().simpleString())
        .isEqualTo("struct<y:bigint,id:string,x:double,v:array<double>>");
    assertThat(rows.collectAsList()).containsExactly(RowFactory.create(4L, "c", null, null));
    Path other = write("b.json", "{\"id\":\"c\",\"X\":1}\n");
    assertThat(read(again, other).rows().schema().simpleString())
        .isEqualTo("struct<id:string,X:bigint>");
  }

  @ParameterizedTest
  @MethodSource("filesThatAreRejected")
  void whatIsNoRowOrNoNumberIsRejectedWithFileAndLine(String content, String sentence)
      throws IOException {
    Path file = write("a.json", content);
    assertThatThrownBy(() -> read(ReadOptions.of(ALL), file))
        .isInstanceOf(DataException.class)
        .hasMessage(sentence.formatted(file));
  }

  static Stream<String> textsThatAreNoJson() {
    return Stream.of(
        "{\"x\":1},\n{\"x\":2}\n",
        "{\"x\":1} trailing\n",
        "{\"x\":1}}\n",
        "{'x':1}\n",
        "{x:1}\n",
        "{\"x\":01}\n",
        "{\"x\":+1}\n",
        "{\"x\":.5}\n",
        "{\"x\":1.}\n",
        "{\"x\":1,}\n",
        "{\"x\":\"a\tb\"}\n",
        "{\"x\":\"a\nb\"}\n",
        "{\"x\":tru}\n",
        "{\"x\":1}//\n",
        "{\"x\":1}\u0000\n",
        "\u001e{\"x\":1}\n");
  }

  @ParameterizedTest
  @MethodSource("textsThatAreNoJson")
  void whatIsNoJsonIsRejectedWithFileAndLine(String content) throws IOException {
    Path file = write("a.json", "{\"x\":0}\n" + content);
    assertThatThrownBy(() -> read(ReadOptions.of(ALL), file))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + ", line ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void bytesThatAreNoUtf8AreRejected() throws IOException {
    for (byte[] wrong :
        List.of(
            new byte[] {(byte) 0xff},
            new byte[] {(byte) 0xc3, '"'},
            new byte[] {(byte) 0xc0, (byte) 0x80},
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            new byte[] {(byte) 0xe9})) {
      byte[] text = "{\"x\":1}\n{\"x\":2,\"t\":\"?\"}\n".getBytes(StandardCharsets.US_ASCII);
      int place = new String(text, StandardCharsets.US_ASCII).indexOf('?');
      byte[] bytes = new byte[text.length - 1 + wrong.length];
      System.arraycopy(text, 0, bytes, 0, place);
      System.arraycopy(wrong, 0, bytes, place, wrong.length);
      System.arraycopy(text, place + 1, bytes, place + wrong.length, text.length - place - 1);
      Path file = Files.write(folder.resolve("a.json"), bytes);
      assertThatThrownBy(() -> read(ReadOptions.of(ALL), file))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("a.json, line 2: ");
    }
  }

  @Test
  void namedColumnsAreNumbersWhereTheirValuesAreSome() throws IOException {
    Path file =
        write(
            "a.json",
            "{\"b\":true,\"q\":\"1\",\"o\":{\"y\":{\"z\":2},\"n\":null},\"v\":[1,2]}\n"
                + "{\"b\":false,\"q\":\"2.5\",\"o\":{\"y\":{\"z\":4}},\"v\":[3,4]}\n"
                + "{\"b\":null,\"o\":null}\n");
    FeatureSelection named = FeatureSelection.named(List.of("b", "q", "o.y.z", "v"));
    Dataset<Row> rows = read(ReadOptions.of(named), file).rows();
    assertThat(rows.columns()).containsExactly("b", "q", "o", "o.y.z", "v");
    assertThat(statistics(rows, named))
        .isEqualTo("b 2 1 0.5, q 2 1 1.75, o.y.z 2 1 3.0, v[0] 2 1 2.0, v[1] 2 1 3.0");
    FeatureSelection object = FeatureSelection.named(List.of("o"));
    assertThatThrownBy(() -> read(ReadOptions.of(object), file))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s, line 1: column 'o' has an object, which is not a number; name a field inside,"
                + " as in 'o.field'.",
            file);
  }

  @Test
  void aColumnThatIsNullThroughoutIsANumberWhereTheStatisticsSaySo() throws IOException {
    Path file = write("a.json", "{\"id\":\"c\",\"x\":null,\"v\":null,\"o\":null,\"y\":4}\n");
    List<String> names = List.of("x", "v[0]", "v[1]", "o.z", "y");
    Dataset<Row> rows = read(DataReader.again(names), file).rows();
    assertThat(Features.ofFeatures(rows, names).names()).isEqualTo(names);
    assertThat(FeatureStatistics.fit(rows, Features.ofFeatures(rows, names)).moments())
        .extracting(Moments::missing)
        .containsExactly(1L, 1L, 1L, 1L, 0L);
  }

  @Test
  void columnsLeftAloneHaveTheTypesOfSparkThatHoldTheirValues() throws IOException {
    Path file =
        write(
            "a.json",
            "{\"l\":1,\"d\":1.10,\"i\":12345678901234567890,\"b\":true,\"t\":\"a\",\"n\":null,"
                + "\"o\":{\"z\":1,\"a\":[{\"k\":\"v\"}]},\"m\":1,\"h\":1"
                + "0".repeat(40)
                + ",\"e\":{}}\n"
                + "{\"m\":\"x\",\"o\":{\"y\":true}}\n");
    FeatureSelection none =
        FeatureSelection.allNumericExcept(List.of("l", "d", "i", "b", "m", "h"));
    Dataset<Row> rows = read(ReadOptions.of(none), file).rows();
    assertThat(rows.schema().simpleString())
        .isEqualTo(
            "struct<l:bigint,d:double,i:decimal(38,0),b:boolean,t:string,n:string,"
                + "o:struct<z:bigint,a:array<struct<k:string>>,y:boolean>,m:string,h:string,e:string>");
    assertThat(rows.collectAsList())
        .extracting(Object::toString)
        .containsExactly(
            "[1,1.1,12345678901234567890,true,a,null,[1,ArraySeq([v]),null],1,1"
                + "0".repeat(40)
                + ",{}]",
            "[null,null,null,null,null,null,[null,null,true],x,null,null]");
    Dataset<Row> forCsv = read(ReadOptions.of(none).withTarget(DataFormat.CSV), file).rows();
    assertThat(forCsv.select("d", "o", "t").head())
        .hasToString("[1.10,{\"z\":1,\"a\":[{\"k\":\"v\"}]},a]");
  }

  @Test
  void halfASurrogatePairIsNoTextOfSpark() throws IOException {
    Path file = write("a.json", "{\"x\":1}\n{\"t\":\"\\ud83d\"}\n");
    assertThatThrownBy(() -> read(ReadOptions.of(ALL), file).rows().collectAsList())
        .hasRootCauseInstanceOf(DataException.class)
        .hasRootCauseMessage(
            file
                + ", line 2: a text has half a pair of surrogates, which only JSON can"
                + " hold; write JSON, or remove it.");
  }

  @Test
  void manyKeysAreDataOfAMap() throws IOException {
    StringBuilder map = new StringBuilder();
    for (int i = 0; i <= JsonShape.MOST_FIELDS; i++) {
      map.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":").append(i);
    }
    Path file = write("a.json", "{\"x\":1,\"o\":{" + map + "}}\n");
    assertThat(read(ReadOptions.of(ALL), file).rows().schema().simpleString())
        .isEqualTo("struct<x:bigint,o:string>");
  }

  @Test
  void keysOfSeveralFilesComeInTheOrderOfTheFiles() throws IOException {
    Path b = write("b.json", "{\"z\":1,\"y\":2}\n");
    Path a = write("a.json", "{\"a\":1,\"y\":2}\n");
    assertThat(read(ReadOptions.of(ALL), b, a).rows().columns()).containsExactly("z", "y", "a");
  }

  @Test
  void whereverAFileIsCutTheRowsAreTheSame() throws IOException {
    String lines =
        "{\"x\":1,\"t\":\"ä\"}{\"x\":2}\n\n{\"x\":3}\r\n[{\"x\":4},{\"x\":5}]\n{\"x\":6}";
    String array = "[\n{\"x\":1},\n{\"x\":2},\n{\"x\":3}\n,\n{\"x\":4},{\"x\":5}, {\"x\":6}\n]\n";
    String pretty = "{\"x\":1}\n{\"x\":2}\n{\n\"x\":3\n}\n{\"x\":4}\n{\"x\":5}\n{\"x\":6}\n";
    String key = "spark.sql.files.maxPartitionBytes";
    String before = SESSION.conf().get(key);
    for (String content : List.of(lines, array, pretty)) {
      Path file = write("a.json", content);
      for (int bytes = 1; bytes <= content.length(); bytes++) {
        assertThat(summedUp(file, bytes)).as("%d bytes", bytes).isEqualTo("x 6 0 3.5");
      }
    }
    try {
      SESSION.conf().set(key, 20);
      for (String content : List.of(lines, array, pretty)) {
        Path file = write("a.json", content);
        assertThat(statistics(read(ReadOptions.of(ALL), file).rows(), ALL)).isEqualTo("x 6 0 3.5");
      }
      SESSION.conf().set(key, 30);
      Path late = write("a.json", "{\"x\":1}\n".repeat(9) + "{\"x\":}\n");
      assertThatThrownBy(() -> read(ReadOptions.of(ALL), late))
          .hasMessageStartingWith(late + ", line 10: ");
      Path text = write("a.json", "{\"x\":1}\n".repeat(9) + "{\"x\":\"a\"}\n");
      assertThatThrownBy(() -> read(ReadOptions.of(ALL), text))
          .hasMessageStartingWith(text + ", line 10: column 'x' has 'a'");
    } finally {
      SESSION.conf().set(key, before);
    }
  }

  @Test
  void filesThatCannotBeSplitAreANote() throws IOException {
    Path file = write("a.json", "[\n{\"x\":1}\n]\n");
    Path lines = write("b.json", "{\"x\":1}\n");
    assertThat(read(ReadOptions.of(ALL), file, lines).notes())
        .containsExactly(
            "1 of 2 files, %s first, hold objects over several lines, so each is read by one task."
                .formatted(file));
    assertThat(read(ReadOptions.of(ALL), lines).notes()).isEmpty();
  }
}
