package io.syncbn.spark.csv;

import io.syncbn.data.TextOptions;
import io.syncbn.spark.files.DataException;
import io.syncbn.spark.text.TextFault;
import io.syncbn.spark.text.TextFile;
import io.syncbn.spark.text.TextLines;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The first lines of a file, which tell its form where the options do not: the delimiter, and
 * whether the first line is a header.
 */
final class CsvHead {

  private static final int LINES = 100;
  private static final List<String> DELIMITERS = List.of(",", ";", "\t", "|");

  private final TextFile file;
  private final TextOptions options;
  private final List<byte[]> lines = new ArrayList<>();
  private final List<String> notes;

  private CsvHead(TextFile file, TextOptions options, List<String> notes) {
    this.file = file;
    this.options = options;
    this.notes = notes;
  }

  /**
   * The form of files that are like this one; nothing if it has no lines.
   *
   * @param notes where to say what was decided
   */
  static Optional<CsvForm> form(
      Configuration configuration, Path path, TextOptions options, List<String> notes) {
    CsvHead head = new CsvHead(new TextFile(configuration, path, options), options, notes);
    try {
      return head.readLines() ? Optional.of(head.form()) : Optional.empty();
    } catch (TextFault fault) {
      throw head.file.sentence(fault);
    }
  }

  private boolean readLines() {
    byte[] comment = options.comment().getBytes(StandardCharsets.UTF_8);
    try (TextLines all = file.lines()) {
      for (int i = 0; i < options.skipLines() && all.next(); i++) {}
      while (lines.size() < LINES && all.next()) {
        byte[] line = Arrays.copyOfRange(all.bytes(), all.from(), all.to());
        boolean isComment =
            comment.length > 0
                && line.length >= comment.length
                && FieldText.equal(line, 0, comment.length, comment);
        if (!isComment && !new String(line, StandardCharsets.UTF_8).isBlank()) {
          // A header may go on in the next line.
          for (int i = 0; lines.isEmpty() && i < LINES && isOpen(line) && all.extend(); i++) {
            line = Arrays.copyOfRange(all.bytes(), all.from(), all.to());
          }
          lines.add(line);
        }
      }
    }
    return !lines.isEmpty();
  }

  /** Whether a quote is left open for any delimiter: a wrong one may close it within a field. */
  private boolean isOpen(byte[] line) {
    String wanted = delimiter(options.delimiter());
    return (wanted.isEmpty() ? DELIMITERS : List.of(wanted))
        .stream()
            .anyMatch(
                delimiter ->
                    !new CsvFields(delimiter.getBytes(StandardCharsets.UTF_8))
                        .cut(line, 0, line.length));
  }

  private CsvForm form() {
    String delimiter =
        options.delimiter().isEmpty() ? foundDelimiter() : delimiter(options.delimiter());
    List<String> first = fields(0, delimiter);
    boolean header =
        switch (options.header()) {
          case TRUE -> true;
          case FALSE -> false;
          case AUTO -> isHeader(first, delimiter);
        };
    return new CsvForm(
        options,
        delimiter,
        header,
        header ? first : Collections.nCopies(first.size(), ""),
        Set.of());
  }

  /** The delimiter that an option names; nothing for blanks. */
  private static String delimiter(String option) {
    return switch (option) {
      case TextOptions.BLANKS -> "";
      case "tab", "\\t" -> "\t";
      default -> option;
    };
  }

  private String foundDelimiter() {
    List<String> inHeader = new ArrayList<>();
    List<String> inAll = new ArrayList<>();
    for (String delimiter : DELIMITERS) {
      int count = fields(0, delimiter).size();
      if (count > 1 && hasWholeQuotes(delimiter)) {
        inHeader.add(delimiter);
        if (isEven(delimiter, count)) {
          inAll.add(delimiter);
        }
      }
    }
    boolean tabOnly = inHeader.equals(List.of("\t"));
    if ((inHeader.isEmpty() || tabOnly) && hasColumnsOfBlanks(tabOnly)) {
      notes.add(
          "%s has blanks between its columns, and is read so; say --delimiter to have it otherwise."
              .formatted(file));
      return "";
    } else if (inHeader.isEmpty()) {
      return ",";
    } else if (inAll.size() > 1) {
      throw new DataException(
          "%s can be cut at %s; say which it is, as in --delimiter '%s'."
              .formatted(
                  file,
                  String.join(" or ", inAll.stream().map(CsvHead::named).toList()),
                  inAll.get(1)));
    } else if (inAll.size() == 1) {
      return inAll.get(0);
    }
    return inHeader.get(0);
  }

  /** Whether no field of the first line goes on behind its closing quote. */
  private boolean hasWholeQuotes(String delimiter) {
    CsvFields fields = new CsvFields(delimiter.getBytes(StandardCharsets.UTF_8));
    fields.cut(lines.get(0), 0, lines.get(0).length);
    return fields.afterQuote() < 0;
  }

  private static String named(String delimiter) {
    return delimiter.equals("\t") ? "tab" : "'" + delimiter + "'";
  }

  private boolean isEven(String delimiter, int count) {
    for (int i = 1; i < lines.size(); i++) {
      List<String> fields = fields(i, delimiter);
      if (!fields.isEmpty() && fields.size() != count) {
        return false;
      }
    }
    return true;
  }

  /** The fields of a line; none if it is only the beginning of a record. */
  private List<String> fields(int line, String delimiter) {
    CsvFields fields = new CsvFields(delimiter.getBytes(StandardCharsets.UTF_8));
    byte[] bytes = lines.get(line);
    if (!fields.cut(bytes, 0, bytes.length)) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < fields.count(); i++) {
      texts.add(fields.text(i));
    }
    return texts;
  }

  /**
   * Whether blanks cut all lines into equally many fields, most of them numbers. Of a file with
   * tabs, what stands between tabs and has blanks inside must be all numbers, or it is text.
   */
  private boolean hasColumnsOfBlanks(boolean hasTabs) {
    int columns = fields(0, "").size();
    if (columns < 2 || !isEven("", columns)) {
      return false;
    }
    long numbers = 0;
    long others = 0;
    for (int i = lines.size() > 1 ? 1 : 0; i < lines.size(); i++) {
      for (String field : fields(i, "")) {
        if (look(field) == FieldText.OTHER) {
          others++;
        } else {
          numbers++;
        }
      }
    }
    return numbers > others && (!hasTabs || hasRunsOfNumbersBetweenTabs());
  }

  private boolean hasRunsOfNumbersBetweenTabs() {
    boolean runs = false;
    for (byte[] line : lines) {
      for (String field : new String(line, StandardCharsets.UTF_8).split("\t")) {
        String[] words = field.strip().split(" +");
        if (words.length > 1 && !field.startsWith("\"")) {
          runs = true;
          for (String word : words) {
            if (look(word) == FieldText.OTHER) {
              return false;
            }
          }
        }
      }
    }
    return runs;
  }

  private FieldText look(String field) {
    byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
    return new CsvNumber(options).look(bytes, 0, bytes.length);
  }

  /**
   * Whether the first line names the columns. It does not if it is numbers alone, or has equal
   * numbers, equal texts above a line of texts, a number with a fraction, or numbers that are not
   * evenly spaced, as years and pixels are. Numbers that are quoted, while the next line's are not,
   * are names. Where a number is in it, what was decided is said.
   */
  private boolean isHeader(List<String> first, String delimiter) {
    boolean quoted = hasQuotedNumbers(0, delimiter) && !hasQuotedNumbers(1, delimiter);
    List<String> numbers = new ArrayList<>();
    boolean integers = true;
    boolean names = first.get(0).isEmpty(); // as pandas calls its index
    for (String field : first) {
      FieldText text = look(field);
      if (text != FieldText.OTHER) {
        numbers.add(field.strip());
        integers &= text == FieldText.LONG;
      } else {
        names |= !field.isEmpty();
      }
    }
    if (numbers.isEmpty()) {
      return !isRowOfTexts(first, delimiter);
    }
    boolean header = quoted || names && integers && areNames(numbers);
    notes.add(
        header
            ? "The first line of %s is taken for its header although it has numbers (%s); say --no-header if it is a row."
                .formatted(file, some(numbers))
            : "The first line of %s is taken for a row, since it has numbers (%s), and the columns are called %s; say --header if it is the header."
                .formatted(file, some(numbers), first.size() == 1 ? "_c0" : "_c0, _c1, ..."));
    return header;
  }

  /** Whether a first line of texts has two alike, and the next line is of texts alone too. */
  private boolean isRowOfTexts(List<String> first, String delimiter) {
    Set<String> seen = new HashSet<>();
    Optional<String> twice =
        first.stream().filter(text -> !text.isEmpty() && !seen.add(text)).findFirst();
    List<String> next = lines.size() > 1 ? fields(1, delimiter) : List.of();
    if (twice.isEmpty()
        || next.size() != first.size()
        || next.stream().anyMatch(text -> look(text) != FieldText.OTHER)) {
      return false;
    }
    notes.add(
        "The first line of %s is taken for a row, since '%s' is twice in it and the next line is of texts too, and the columns are called _c0, _c1, ...; if it is the header, rename one."
            .formatted(file, twice.get()));
    return true;
  }

  private boolean hasQuotedNumbers(int line, String delimiter) {
    if (line >= lines.size()) {
      return false;
    }
    CsvFields fields = new CsvFields(delimiter.getBytes(StandardCharsets.UTF_8));
    fields.cut(lines.get(line), 0, lines.get(line).length);
    boolean any = false;
    for (int i = 0; i < fields.count(); i++) {
      boolean number = look(fields.text(i)) != FieldText.OTHER;
      if (number && !fields.isQuoted(i)) {
        return false;
      }
      any |= number;
    }
    return any;
  }

  private static String some(List<String> numbers) {
    return String.join(", ", numbers.subList(0, Math.min(3, numbers.size())))
        + (numbers.size() > 3 ? ", ..." : "");
  }

  private static boolean areNames(List<String> numbers) {
    if (numbers.size() == 1) {
      return numbers.get(0).matches("1[89]\\d\\d|2[01]\\d\\d"); // a year
    }
    Set<Long> steps = new HashSet<>();
    for (int i = 1; i < numbers.size(); i++) {
      steps.add(Long.parseLong(numbers.get(i)) - Long.parseLong(numbers.get(i - 1)));
    }
    return steps.size() == 1 && !steps.contains(0L);
  }
}
