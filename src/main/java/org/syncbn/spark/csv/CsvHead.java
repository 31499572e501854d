package org.syncbn.spark.csv;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.csv.CsvForm.HeaderLine;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;
import org.syncbn.spark.text.TextLines;

/**
 * The first lines of a file, which tell its form where the options do not: the delimiter, and
 * whether the first line is a header.
 */
final class CsvHead {

  private static final int LINES = 100;
  private static final int SHOWN = 60; // characters of a line in a message
  private static final List<String> DELIMITERS = List.of(",", ";", "\t", "|");

  /** A line, or a record of several, as bytes of the head. */
  private record Span(int from, int to) {}

  private final TextFile file;
  private final TextOptions options;
  private final List<String> notes;
  private final byte[] comment;
  private byte[] head = new byte[0]; // the first lines, with the breaks between them
  private long position; // of the head in the decoded file
  private final List<Span> lines = new ArrayList<>();
  private int before; // lines of the file before those
  private Optional<String> declared = Optional.empty(); // the delimiter, by a line sep=;

  private CsvHead(TextFile file, TextOptions options, List<String> notes) {
    this.file = file;
    this.options = options;
    this.notes = notes;
    comment = options.comment().getBytes(StandardCharsets.UTF_8);
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
      head.readLines();
      return head.lines.isEmpty() ? Optional.empty() : Optional.of(head.form());
    } catch (TextFault fault) {
      throw head.file.sentence(fault);
    }
  }

  private void readLines() {
    try (TextLines all = file.lines()) {
      while (before < options.skipLines() && all.next()) {
        before++;
      }
      boolean found = all.next();
      if (found) {
        declared = CsvForm.declaredDelimiter(text(all.bytes(), all.from(), all.to()));
      }
      boolean isDeclaration = declared.isPresent();
      while (found && (isDeclaration || isNoRecord(all.bytes(), all.from(), all.to()))) {
        isDeclaration = false;
        before++;
        found = all.next();
      }
      position = all.position();
      int from = 0;
      while (found) {
        int to = all.to() - all.from();
        lines.add(new Span(from, to));
        found = lines.size() < LINES && all.extend();
        if (found) {
          byte[] bytes = all.bytes();
          int end = all.from() + to;
          boolean two = bytes[end] == '\r' && end + 1 < all.to() && bytes[end + 1] == '\n';
          from = to + (two ? 2 : 1);
        }
      }
      if (!lines.isEmpty()) {
        head = Arrays.copyOfRange(all.bytes(), all.from(), all.to());
      }
    }
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  private boolean isNoRecord(byte[] bytes, int from, int to) {
    return isBlank(bytes, from, to) || isComment(bytes, from, to, comment);
  }

  /** Whether there is nothing but blanks and tabs, so that a line is not a header. */
  static boolean isBlank(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!CsvFields.isBlank(bytes[i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether a line begins with the mark of comments, if there is one. */
  static boolean isComment(byte[] bytes, int from, int to, byte[] mark) {
    return mark.length > 0
        && to - from >= mark.length
        && FieldText.equal(bytes, from, from + mark.length, mark);
  }

  /** The records of the head if a delimiter is right, without one that goes on behind it. */
  private final class Records {

    private final CsvFields fields;
    private final List<Span> spans = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>(); // of the first line of each

    Records(String delimiter) {
      fields = new CsvFields(delimiter, options.escape());
      for (int i = 0; i < lines.size(); i++) {
        int from = lines.get(i).from;
        int place = i;
        if (!isNoRecord(head, from, lines.get(i).to)) {
          boolean closed = fields.cut(head, from, lines.get(i).to);
          while (!closed && i + 1 < lines.size()) {
            i++;
            closed = fields.resume(head, from, lines.get(i).to);
          }
          if (closed) {
            spans.add(new Span(from, lines.get(i).to));
            places.add(place);
          }
        }
      }
    }

    int count() {
      return spans.size();
    }

    CsvFields cut(int record) {
      fields.cut(head, spans.get(record).from, spans.get(record).to);
      return fields;
    }

    List<String> texts(int record) {
      return cut(record).texts();
    }

    /** How many fields the first record has. */
    int width() {
      return spans.isEmpty() ? 0 : cut(0).count();
    }

    boolean areEven() {
      return areAllBelow(width());
    }

    /** Whether there are records below the first, and all of them have so many fields. */
    boolean areBelow(int width) {
      return spans.size() > 1 && areAllBelow(width);
    }

    private boolean areAllBelow(int width) {
      for (int i = 1; i < spans.size(); i++) {
        if (cut(i).count() != width) {
          return false;
        }
      }
      return true;
    }

    /** Whether the records below have a field more than the first, or one less. */
    boolean areBesideFirst() {
      int width = width();
      return width > 1 && areBelow(width + 1) || width > 2 && areBelow(width - 1);
    }

    /** The fields at a place of all records below the first. */
    List<String> column(int place) {
      return IntStream.range(1, spans.size())
          .filter(record -> cut(record).count() > place)
          .mapToObj(record -> cut(record).text(place))
          .toList();
    }

    /** Whether the first fields of the records below the first are several, and all different. */
    boolean haveRowNames() {
      List<String> names = column(0);
      return names.size() > 1 && new HashSet<>(names).size() == names.size();
    }

    /** The number of fields that more than half of the records below the first have, or 0. */
    int usualWidth() {
      Map<Integer, Integer> counts = new HashMap<>();
      for (int i = 1; i < spans.size(); i++) {
        counts.merge(cut(i).count(), 1, Integer::sum);
      }
      return counts.entrySet().stream()
          .filter(entry -> 2 * entry.getValue() > spans.size() - 1)
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(0);
    }

    /** The lines of the file before the first record below the first that has so many fields. */
    int linesBefore(int width) {
      int record = 1;
      while (cut(record).count() != width) {
        record++;
      }
      return before + places.get(record);
    }

    /** Whether most fields below the first record, or of it if it is alone, are numbers. */
    boolean hasMostlyNumbers() {
      long numbers = 0;
      long others = 0;
      for (int i = spans.size() > 1 ? 1 : 0; i < spans.size(); i++) {
        for (String field : texts(i)) {
          if (look(field) != FieldText.OTHER) {
            numbers++;
          } else if (!CsvColumn.isWordForMissing(field)) {
            others++;
          }
        }
      }
      return numbers > others;
    }

    /** Whether no field of the first record goes on behind its closing quote. */
    boolean hasWholeQuotes() {
      return cut(0).afterQuote() < 0;
    }

    /** Whether the first record has quotes around fields and nowhere else. */
    boolean hasQuotesAroundFieldsOnly() {
      cut(0);
      for (int i = 0; i < fields.count(); i++) {
        if (!fields.isQuoted(i) && fields.text(i).indexOf('"') >= 0) {
          return false;
        }
      }
      return true;
    }
  }

  private CsvForm form() {
    String delimiter =
        options.delimiter().isEmpty()
            ? declared.orElseGet(this::foundDelimiter)
            : delimiter(options.delimiter());
    Records records = new Records(delimiter);
    if (records.count() == 0) {
      throw new TextFault(
          position,
          "a quote that opens a field of this line is not closed within %d lines."
              .formatted(LINES));
    }
    List<String> first = records.texts(0);
    requireNoTitle(records, delimiter);
    boolean header =
        switch (options.header()) {
          case TRUE -> true;
          case FALSE -> false;
          case AUTO -> isHeader(first, records);
        };
    HeaderLine line = header ? headerLine(first, records) : HeaderLine.NONE;
    return new CsvForm(
        options,
        delimiter,
        line,
        header
            ? CsvForm.names(line, records.cut(0).names())
            : Collections.nCopies(first.size(), ""),
        declared.isPresent(),
        Set.of());
  }

  /** How the header fits the rows below it. */
  private HeaderLine headerLine(List<String> first, Records records) {
    int fields = first.size();
    if (fields > 1 && first.get(fields - 1).isEmpty() && records.areBelow(fields - 1)) {
      return HeaderLine.WITH_DELIMITER_AT_END;
    } else if (fields < 2 || !records.areBelow(fields + 1)) {
      return HeaderLine.WHOLE;
    } else if (records.column(fields).stream().allMatch(String::isEmpty)) {
      return HeaderLine.WITHOUT_LAST;
    } else if (records.haveRowNames()) {
      notes.add(
          "The header of %s has no name for the first field of the rows, as R writes it; that column is called _c0."
              .formatted(file));
      return HeaderLine.WITHOUT_FIRST;
    }
    return HeaderLine.WHOLE;
  }

  /**
   * Throws if the first line is not part of the table: with some delimiter, most records below it
   * have the same number of fields, more than one, and the first line does not.
   */
  private void requireNoTitle(Records records, String delimiter) {
    if (records.width() > 1 && records.areEven() || records.areBesideFirst()) {
      return;
    }
    List<String> candidates =
        new ArrayList<>(
            options.delimiter().isEmpty() && declared.isEmpty() ? DELIMITERS : List.of(delimiter));
    if (new Records("").hasMostlyNumbers()) {
      candidates.add("");
    }
    for (String candidate : candidates) {
      Records cut = new Records(candidate);
      int fields = cut.usualWidth();
      int first = cut.width();
      if (fields > 1 && first > 0 && first != fields) {
        int skipped = cut.linesBefore(fields);
        String begin = text(head, lines.get(0).from, lines.get(0).to).strip();
        throw new DataException(
            ("%s: the first line (%s) has %d field%s where those below have %d; use --skip-lines"
                    + " %d%s to begin with line %d, --delimiter if the fields are separated"
                    + " differently,"
                    + " or repair the first line.")
                .formatted(
                    file,
                    TextFault.shortened(begin, SHOWN),
                    first,
                    first == 1 ? "" : "s",
                    fields,
                    skipped,
                    begin.startsWith("#") && options.comment().isEmpty() ? " or --comment '#'" : "",
                    skipped + 1));
      }
    }
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
    List<String> quotesAround = new ArrayList<>();
    List<String> besideHeader = new ArrayList<>();
    for (String delimiter : DELIMITERS) {
      Records records = new Records(delimiter);
      if (records.width() > 1 && records.hasWholeQuotes()) {
        inHeader.add(delimiter);
        if (records.areEven()) {
          inAll.add(delimiter);
        } else if (records.areBesideFirst()) {
          besideHeader.add(delimiter);
        }
        if (records.hasQuotesAroundFieldsOnly()) {
          quotesAround.add(delimiter);
        }
      }
    }
    boolean tabOnly = inHeader.equals(List.of("\t"));
    if ((inHeader.isEmpty() || tabOnly) && hasColumnsOfBlanks(tabOnly)) {
      notes.add(
          ("%s has blanks between its columns, and is read that way; use --delimiter to change"
                  + " that.")
              .formatted(file));
      return "";
    } else if (inHeader.isEmpty()) {
      return ",";
    } else if (quotesAround.size() == 1) {
      return quotesAround.get(0); // others cut names in quotes
    } else if (inAll.size() > 1) {
      throw new DataException(
          "%s can be split at %s; choose one, as in --delimiter '%s'."
              .formatted(
                  file,
                  String.join(" or ", inAll.stream().map(CsvHead::named).toList()),
                  inAll.get(1)));
    } else if (inAll.size() == 1) {
      return inAll.get(0);
    }
    return besideHeader.isEmpty() ? inHeader.get(0) : besideHeader.get(0);
  }

  private static String named(String delimiter) {
    return delimiter.equals("\t") ? "tab" : "'" + delimiter + "'";
  }

  /**
   * Whether blanks cut all lines into equally many fields, most of them numbers. Of a file with
   * tabs, what stands between tabs and has blanks inside must be all numbers, or it is text.
   */
  private boolean hasColumnsOfBlanks(boolean hasTabs) {
    Records records = new Records("");
    int width = records.width();
    boolean fits = records.areEven() || records.areBelow(width + 1) && records.haveRowNames();
    return width > 1
        && fits
        && records.hasMostlyNumbers()
        && (!hasTabs || hasRunsOfNumbersBetweenTabs());
  }

  private boolean hasRunsOfNumbersBetweenTabs() {
    boolean runs = false;
    for (Span line : lines) {
      for (String field : text(head, line.from, line.to).split("\t")) {
        String[] words = field.strip().split(" +");
        if (words.length > 1 && !field.startsWith("\"")) {
          runs = true;
          for (String word : words) {
            if (look(word) == FieldText.OTHER && !CsvColumn.isWordForMissing(word)) {
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
  private boolean isHeader(List<String> first, Records records) {
    boolean quoted = hasQuotedNumbers(0, records) && !hasQuotedNumbers(1, records);
    List<String> numbers = new ArrayList<>();
    boolean integers = true;
    boolean names = first.get(0).isEmpty(); // as pandas calls its index
    boolean isFinite = first.stream().anyMatch(field -> look(field) != FieldText.NOT_FINITE);
    for (String field : first) {
      FieldText text = look(field);
      if (text == FieldText.NOT_FINITE && isFinite) {
        continue; // a name as well as a number
      } else if (text != FieldText.OTHER) {
        numbers.add(field.strip());
        integers &= text == FieldText.LONG;
      } else {
        names |= !field.isEmpty();
      }
    }
    if (numbers.isEmpty()) {
      return !isRowOfTexts(first, records);
    }
    boolean header = quoted || names && integers && areNames(numbers);
    notes.add(
        header
            ? "The first line of %s is taken for its header although it has numbers (%s); use --no-header if it is a row."
                .formatted(file, some(numbers))
            : "The first line of %s is taken for a row, since it has numbers (%s), and the columns are called %s; use --header if it is the header."
                .formatted(file, some(numbers), first.size() == 1 ? "_c0" : "_c0, _c1, ..."));
    return header;
  }

  /** Whether a first line of texts has two alike, and the next line is of texts alone too. */
  private boolean isRowOfTexts(List<String> first, Records records) {
    Set<String> seen = new HashSet<>();
    Optional<String> twice =
        first.stream().filter(text -> !text.isEmpty() && !seen.add(text)).findFirst();
    List<String> next = records.count() > 1 ? records.texts(1) : List.of();
    if (twice.isEmpty()
        || next.size() != first.size()
        || next.stream().anyMatch(text -> look(text) != FieldText.OTHER)) {
      return false;
    }
    notes.add(
        ("The first line of %s is taken for a row, since '%s' occurs twice in it and the next line"
                + " has only strings too, and the columns are called _c0, _c1, ...; if it is the"
                + " header, rename one.")
            .formatted(file, twice.get()));
    return true;
  }

  private boolean hasQuotedNumbers(int record, Records records) {
    if (record >= records.count()) {
      return false;
    }
    CsvFields fields = records.cut(record);
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
