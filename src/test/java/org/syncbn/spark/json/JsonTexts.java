package org.syncbn.spark.json;

import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Values as JSON writes them, in one of several ways. */
public final class JsonTexts {

  private JsonTexts() {}

  /** Any value; arrays and objects lie up to {@code depth} deep. */
  public static Arbitrary<String> value(int depth) {
    Arbitrary<String> plain =
        Arbitraries.of(
            "null",
            "true",
            "false",
            "0",
            "-0",
            "7",
            "1.10",
            "1e5",
            "-1E-7",
            "1e999",
            "NaN",
            "12345678901234567890",
            "0.1234567890123456789",
            "1" + "0".repeat(60),
            "\"\"",
            "\" \"",
            "\"null\"",
            "\"007\"",
            "\"1.10\"",
            "\"NaN\"",
            "\"a\\\"b\\\\\"",
            "\"\\u00e9\\n\\ud83d\\ude00\"",
            "\"é\ud83d\ude00\"",
            "\"2026-11-28\"",
            "{}",
            "[]",
            "{ }",
            "[ ]");
    if (depth == 0) {
      return plain;
    }
    Arbitrary<String> inner = value(depth - 1);
    Arbitrary<String> blank = Arbitraries.of("", "", " ", "\t");
    Arbitrary<String> array =
        Combinators.combine(inner.list().ofMaxSize(3), blank)
            .as((values, b) -> "[" + b + String.join(b + "," + b, values) + b + "]");
    Arbitrary<String> object =
        Combinators.combine(
                Arbitraries.maps(Arbitraries.of("k", "m", "é", "k.m"), inner).ofMaxSize(3), blank)
            .as((fields, b) -> object(fields, b));
    return Arbitraries.frequencyOf(Tuple.of(4, plain), Tuple.of(1, array), Tuple.of(1, object));
  }

  /** An object of keys and the texts of their values, with a blank between all tokens. */
  public static String object(Map<String, String> fields, String blank) {
    return fields.entrySet().stream()
        .map(field -> "\"" + field.getKey() + "\"" + blank + ":" + blank + field.getValue())
        .collect(Collectors.joining(blank + "," + blank, "{" + blank, blank + "}"));
  }
}
