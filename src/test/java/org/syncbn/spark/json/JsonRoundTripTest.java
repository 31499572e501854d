package org.syncbn.spark.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.text.TextFile;

class JsonRoundTripTest {

  private static final Configuration CONF = new Configuration();
  private static final ReadOptions OPTIONS = ReadOptions.of(FeatureSelection.named(List.of("x")));

  /** Keys and the JSON texts of their values. */
  @Provide
  Arbitrary<List<Map<String, String>>> objects() {
    Arbitrary<String> keys = Arbitraries.of("a", "b", "a.b", "é ü", "", "`", "id", "list");
    return Combinators.combine(
            Arbitraries.longs(), Arbitraries.maps(keys, JsonTexts.value(2)).ofMaxSize(6))
        .as(
            (x, others) -> {
              Map<String, String> object = new LinkedHashMap<>(others);
              object.put("x", x.toString());
              return object;
            })
        .list()
        .ofMinSize(1)
        .ofMaxSize(6);
  }

  /** What was read from a file. */
  private record Table(StructType columns, List<InternalRow> rows) {}

  private static Table read(String content, ReadOptions options) throws IOException {
    Path path = Files.createTempFile("objects", ".json");
    try {
      Files.writeString(path, content);
      TextFile file =
          new TextFile(CONF, new org.apache.hadoop.fs.Path(path.toUri()), TextOptions.DEFAULTS);
      JsonPart part = new JsonPart(file, 0, Long.MAX_VALUE, true);
      JsonShapes shapes = JsonShapes.of(part, 0, JsonColumns.looksInside(options));
      assertThat(shapes.fault()).isEmpty();
      StructType columns = JsonColumns.of(shapes.keys(), options, Object::toString).schema();
      List<InternalRow> rows = new ArrayList<>();
      part.rows(new JsonRow(columns, Map.of())).forEachRemaining(rows::add);
      return new Table(columns, rows);
    } finally {
      Files.delete(path);
    }
  }

  private static String write(Table table) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonLines lines = new JsonLines(table.columns, out)) {
      for (InternalRow row : table.rows) {
        lines.write(row);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void whatIsLeftAloneKeepsItsTextItsKeysAndTheirOrder(
      @ForAll("objects") List<Map<String, String>> objects) throws IOException {
    String content =
        objects.stream()
            .map(object -> JsonTexts.object(object, " ") + "\n")
            .collect(Collectors.joining());
    Set<String> order = new LinkedHashSet<>();
    objects.forEach(object -> order.addAll(object.keySet()));
    String expected =
        objects.stream()
            .map(
                object -> {
                  Map<String, String> ordered = new LinkedHashMap<>();
                  order.stream()
                      .filter(object::containsKey)
                      .forEach(key -> ordered.put(key, object.get(key)));
                  return JsonTexts.object(ordered, "") + "\n";
                })
            .collect(Collectors.joining());
    assertThat(write(read(content, OPTIONS.withTarget(DataFormat.JSON)))).isEqualTo(expected);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void typedValuesAreReadBackEqual(@ForAll("objects") List<Map<String, String>> objects)
      throws IOException {
    String content =
        objects.stream()
            .map(object -> JsonTexts.object(object, "\n") + "\n")
            .collect(Collectors.joining());
    Table table = read(content, OPTIONS);
    Table again = read(write(table), OPTIONS);
    for (int i = 0; i < table.rows.size(); i++) {
      assertThat(again.rows.get(i).toString()).isEqualTo(table.rows.get(i).toString());
    }
    assertThat(again.columns.fieldNames()).isEqualTo(table.columns.fieldNames());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.10",
        "1e400",
        "-1E-400",
        "-0",
        "-0.0e+0",
        "12345678901234567890.10",
        "NaN",
        "-Infinity",
        "null",
        "\"\"",
        "\"\\/\\u00e9\\b\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"", // half a pair
        "\"\\u0000\"",
        "\"\u2028\u0085\uFEFF\"",
        "\"007\"",
        "[ ]",
        "[1.10,[\t2.50 ],[[]],null,\"a\"]",
        "{\"z\":1.0,\"a\":{\"y\":null,\"b\":1e2}}",
        "{\"x\":2}"
      })
  void aValueThatIsLeftAloneKeepsItsText(String value) throws IOException {
    String line = "{\"x\":1,\"a\":" + value + "}\n";
    assertThat(write(read(line, OPTIONS.withTarget(DataFormat.JSON)))).isEqualTo(line);
  }

  @Test
  void keysKeepTheirOrderAndNamesAndLineEndsBecomeBlanks() throws IOException {
    assertThat(
            write(
                read(
                    "{\"z\":1,\"a\\u0062\\\"\":[1,\r\n"
                        + "2],\"x\":1}\n"
                        + "{\"a\":true,\"x\":2,\"z\":null}\n",
                    OPTIONS.withTarget(DataFormat.JSON))))
        .isEqualTo("{\"z\":1,\"ab\\\"\":[1,  2],\"x\":1}\n{\"z\":null,\"x\":2,\"a\":true}\n");
  }
}
