package org.syncbn.spark;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Tuple;

/** Texts of all kinds that columns hold. */
public final class Texts {

  private Texts() {}

  /** Any letters of Unicode, and often those that formats give a meaning. */
  public static Arbitrary<String> any() {
    Arbitrary<String> letters =
        Arbitraries.oneOf(
            Arbitraries.integers()
                .between(1, Character.MAX_CODE_POINT)
                .filter(
                    letter -> letter < Character.MIN_SURROGATE || letter > Character.MAX_SURROGATE)
                .map(Character::toString),
            Arbitraries.of(",\"\n\r \ta0.;'\\|#%/=ü€\0\uFEFF\u0085\u2028".split("")));
    return letters.list().ofMaxSize(6).map(list -> String.join("", list));
  }

  /** Texts that look like values of another type, or like none. */
  public static Arbitrary<String> lookalikes() {
    return Arbitraries.of(
        "",
        " ",
        "007",
        "1.10",
        "+5",
        "-0",
        "1e5",
        "1,5",
        "0x10",
        "1_000",
        "12345678901234567890",
        "NaN",
        "Infinity",
        "NA",
        "null",
        "NULL",
        "?",
        "-",
        "\\N",
        "true",
        "False",
        "2026-11-28",
        "28.11.2026",
        "2026-11-28T20:00:00.000001Z",
        "2026-11-28 20:00:00+01:00",
        "[1,2]",
        "{\"a\":1}",
        "=1+1");
  }

  /** Of both kinds. */
  public static Arbitrary<String> all() {
    return Arbitraries.frequencyOf(Tuple.of(3, any()), Tuple.of(1, lookalikes()));
  }
}
