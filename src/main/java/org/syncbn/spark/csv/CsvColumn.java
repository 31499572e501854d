package org.syncbn.spark.csv;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.syncbn.spark.csv.CsvNotations.Notation;

/**
 * What the fields of one CSV column look like: how many of each kind, and the first that is not a
 * number. Merging is associative and commutative.
 *
 * <p>Not thread-safe.
 */
final class CsvColumn implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final int DECIMAL_DIGITS = 38;

  /** Integers of so many characters fit a long, if the first is a zero. */
  private static final int LONG_DIGITS = 19;

  /** What people write for a missing value, in small letters. */
  private static final Set<String> WORDS_FOR_MISSING =
      Set.of(
          "na", "n/a", "n.a.", "#n/a", "<na>", "?", "null", "(null)", "\\n", "none", "nil", "nat",
          "-", "--", ".", "..", "*", "missing", "#div/0!", "#num!", "#value!", "");

  private static final int LONGEST_WORD = 8;
  private static final int LONGEST_NUMBER = 40; // bytes

  private static final Pattern SIGNED_NUMBER =
      Pattern.compile(
          "\\s*[-+(]?\\s*(\\p{Sc}\\s*[-+]?[\\d.,'\\h]*\\d|[\\d.,'\\h]*\\d\\s*[%\u2030\\p{Sc}])\\s*\\)?\\s*");

  /**
   * A field of a file.
   *
   * @param file its URI
   * @param position of the record in the decoded file
   * @param text the field as it stands
   */
  record Field(String file, long position, String text) implements Serializable {

    private static final Comparator<Field> ORDER =
        Comparator.comparing(Field::file).thenComparingLong(Field::position);

    static Field first(Field a, Field b) {
      return a == null || b != null && ORDER.compare(b, a) < 0 ? b : a;
    }
  }

  /** Says where the row is that is just being read. */
  interface Place {
    Field of(String text);
  }

  private final long[] counts = new long[FieldText.values().length];
  private long nulls; // texts that were declared to mean missing
  private long quotedEmpty;
  private long words; // of the other fields, those that people write for a missing value
  private int notations = CsvNotations.EVERY; // in which all other fields but words are numbers
  private boolean commaSeen; // in one of them
  private boolean onlySigns = true; // each of them is a number with a sign as of percent
  private boolean onlyGroupedFractions = true; // three digits behind the point, as in 1.234
  private TreeSet<String> wordsSeen; // absent in most columns
  private Field firstOther;
  private int shortestInteger = Integer.MAX_VALUE; // bytes
  private int longestInteger;

  /** Adds a field that was declared to mean missing. */
  void addNull() {
    nulls++;
  }

  /** Adds a field of two quotes with nothing between them. */
  void addQuotedEmpty() {
    quotedEmpty++;
  }

  /** Whether people write a text for a missing value. */
  static boolean isWordForMissing(String text) {
    return WORDS_FOR_MISSING.contains(text.strip().toLowerCase(Locale.ROOT));
  }

  /** Adds a field of a part of a file. */
  void add(byte[] bytes, int from, int to, FieldText text, Place place, CsvNotations ways) {
    counts[text.ordinal()]++;
    switch (text) {
      case LONG, SIGNED_LONG, PADDED_INTEGER -> {
        shortestInteger = Math.min(shortestInteger, to - from);
        longestInteger = Math.max(longestInteger, to - from);
      }
      case FRACTION -> onlyGroupedFractions &= to - from > 4 && bytes[to - 4] == '.';
      case OTHER -> addOther(bytes, from, to, place, ways);
      case BIG_INTEGER, NOT_FINITE -> {}
    }
  }

  private void addOther(byte[] bytes, int from, int to, Place place, CsvNotations ways) {
    boolean isWord = false;
    if (to - from <= LONGEST_WORD || firstOther == null) {
      String other = new String(bytes, from, to - from, StandardCharsets.UTF_8);
      isWord = isWordForMissing(other);
      if (isWord) {
        words++;
        wordsSeen = wordsSeen == null ? new TreeSet<>() : wordsSeen;
        wordsSeen.add(other.isBlank() ? other : other.strip());
      }
      firstOther = firstOther == null ? place.of(other) : firstOther;
    }
    if (!isWord && onlySigns) {
      String field =
          new String(bytes, from, Math.min(to - from, LONGEST_NUMBER), StandardCharsets.UTF_8);
      onlySigns = SIGNED_NUMBER.matcher(field).matches();
    }
    if (!isWord && notations != 0) {
      notations = ways.among(notations, bytes, from, to);
      for (int i = from; i < to; i++) {
        commaSeen |= bytes[i] == ',';
      }
    }
  }

  void merge(CsvColumn other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    nulls += other.nulls;
    quotedEmpty += other.quotedEmpty;
    words += other.words;
    notations &= other.notations;
    commaSeen |= other.commaSeen;
    onlySigns &= other.onlySigns;
    onlyGroupedFractions &= other.onlyGroupedFractions;
    if (other.wordsSeen != null) {
      wordsSeen = wordsSeen == null ? new TreeSet<>() : wordsSeen;
      wordsSeen.addAll(other.wordsSeen);
    }
    firstOther = Field.first(firstOther, other.firstOther);
    shortestInteger = Math.min(shortestInteger, other.shortestInteger);
    longestInteger = Math.max(longestInteger, other.longestInteger);
  }

  private long count(FieldText text) {
    return counts[text.ordinal()];
  }

  /** The first field that is not a number. */
  Optional<Field> firstOther() {
    return Optional.ofNullable(firstOther);
  }

  /** Whether there are more numbers than other fields, words for a missing value left out. */
  boolean isMostlyNumeric() {
    long numbers =
        count(FieldText.LONG)
            + count(FieldText.SIGNED_LONG)
            + count(FieldText.BIG_INTEGER)
            + count(FieldText.FRACTION);
    return numbers > count(FieldText.PADDED_INTEGER) + count(FieldText.OTHER) - words;
  }

  /**
   * The notations in which all fields are numbers, words for a missing value left out; none where
   * they are numbers as they stand.
   *
   * @param decimalComma whether a comma is the decimal point already
   */
  List<Notation> notations(boolean decimalComma) {
    boolean hasPoints = !decimalComma && count(FieldText.FRACTION) > 0;
    return count(FieldText.OTHER) == words
        ? List.of()
        : CsvNotations.of(notations).stream()
            .filter(notation -> notation.decimalComma() || !decimalComma)
            .filter(
                notation ->
                    !hasPoints
                        || !notation.decimalComma()
                        || notation.mark().equals(".") && onlyGroupedFractions)
            .toList();
  }

  /** Whether all fields that are no numbers as they stand are numbers written with commas. */
  boolean hasNumbersWithCommas() {
    return commaSeen
        && count(FieldText.OTHER) > words
        && CsvNotations.of(notations).stream().anyMatch(Notation::hasComma);
  }

  /** Whether all texts but words are numbers with a sign of a currency or of percent. */
  boolean hasOnlySignedNumbers() {
    return onlySigns && count(FieldText.OTHER) > words;
  }

  /** The words for a missing value, if no other field is not a number. */
  List<String> onlyWords() {
    return words > 0 && words == count(FieldText.OTHER) ? words() : List.of();
  }

  /** The words for a missing value. */
  List<String> words() {
    return wordsSeen == null ? List.of() : List.copyOf(wordsSeen);
  }

  /** Whether there is no field at all that is not empty. */
  boolean isEmpty() {
    long fields = nulls + quotedEmpty;
    for (long count : counts) {
      fields += count;
    }
    return fields == 0;
  }

  /**
   * The type that changes no character of any field: long for integers as they would be written.
   */
  DataType faithfulType() {
    long longs = count(FieldText.LONG);
    boolean onlyLongs = longs > 0 && nulls + quotedEmpty == 0;
    for (FieldText text : FieldText.values()) {
      onlyLongs &= text == FieldText.LONG || count(text) == 0;
    }
    return onlyLongs ? DataTypes.LongType : DataTypes.StringType;
  }

  /** The narrowest type for all fields, if they are numbers and not identifiers. */
  DataType type() {
    long padded = count(FieldText.PADDED_INTEGER);
    long integers =
        padded
            + count(FieldText.LONG)
            + count(FieldText.SIGNED_LONG)
            + count(FieldText.BIG_INTEGER);
    if (count(FieldText.OTHER) > 0) {
      return DataTypes.StringType;
    } else if (count(FieldText.FRACTION) + count(FieldText.NOT_FINITE) > 0) {
      return DataTypes.DoubleType;
    } else if (integers == 0 || areIdentifiers(padded, integers)) {
      return DataTypes.StringType;
    } else if (padded > 0 && longestInteger > DECIMAL_DIGITS) {
      return DataTypes.DoubleType;
    }
    return count(FieldText.BIG_INTEGER) > 0 || padded > 0 && longestInteger > LONG_DIGITS
        ? DataTypes.createDecimalType(DECIMAL_DIGITS, 0)
        : DataTypes.LongType;
  }

  private boolean areIdentifiers(long padded, long integers) {
    boolean sameLength = count(FieldText.BIG_INTEGER) == 0 && shortestInteger == longestInteger;
    return padded > 0 && (padded > integers - padded || sameLength);
  }
}
