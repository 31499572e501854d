package org.syncbn.spark.csv;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.data.TextOptions;

/**
 * Ways to write numbers that have to be asked for: with a decimal comma, or with marks between
 * groups of three digits. A set of them is an {@code int} with a bit for each.
 *
 * <p>Not thread-safe.
 */
final class CsvNotations {

  /** Fields of more bytes are texts. */
  private static final int LONGEST = 40;

  private static final List<String> MARKS =
      List.of(".", ",", " ", "\u00a0", "\u202f", "'", "\u2019");

  /**
   * A way to write numbers.
   *
   * @param decimalComma whether a comma stands before the fraction
   * @param mark between groups of three digits; empty for none
   */
  record Notation(boolean decimalComma, String mark) {

    /** The options of the command line that ask for it. */
    String options() {
      String thousands = mark.isEmpty() ? "" : "--thousands '" + mark + "'";
      return ((decimalComma ? "--decimal-comma " : "") + thousands).strip();
    }

    /** Whether the decimal mark or the mark of thousands is a comma. */
    boolean hasComma() {
      return decimalComma || mark.equals(",");
    }
  }

  /** All of them, the likely first. */
  static final List<Notation> ALL = all();

  /** The set of all. */
  static final int EVERY = (1 << ALL.size()) - 1;

  private final List<CsvNumber> numbers = new ArrayList<>();

  CsvNotations() {
    TextOptions plain = TextOptions.DEFAULTS;
    for (Notation notation : ALL) {
      numbers.add(new CsvNumber(plain.withNumbers(notation.decimalComma(), notation.mark())));
    }
  }

  private static List<Notation> all() {
    List<Notation> all = new ArrayList<>(List.of(new Notation(true, "")));
    for (boolean decimalComma : new boolean[] {true, false}) {
      for (String mark : MARKS) {
        if (!mark.equals(decimalComma ? "," : ".")) {
          all.add(new Notation(decimalComma, mark));
        }
      }
    }
    return List.copyOf(all);
  }

  /** Those of a set in which a field is a number. */
  int among(int set, byte[] bytes, int from, int to) {
    if (set == 0 || to - from > LONGEST) {
      return 0;
    }
    int some = 0;
    for (int i = 0; i < numbers.size(); i++) {
      if ((set & 1 << i) != 0 && numbers.get(i).look(bytes, from, to) != FieldText.OTHER) {
        some |= 1 << i;
      }
    }
    return some;
  }

  /** The members of a set, in order. */
  static List<Notation> of(int set) {
    List<Notation> some = new ArrayList<>();
    for (int i = 0; i < ALL.size(); i++) {
      if ((set & 1 << i) != 0) {
        some.add(ALL.get(i));
      }
    }
    return some;
  }
}
