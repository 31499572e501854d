package org.syncbn.spark.csv;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.syncbn.spark.text.FilePart;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;
import org.syncbn.spark.text.TextLines;

/**
 * The records of a part of a file, below its header.
 *
 * <p>A file that is read in one part may have line breaks inside quotes. Where it is read in parts,
 * each line is a record by itself. If none of them ends inside an open quote, that is what reading
 * the file from its start would give: the first record begins at the first line, and each record
 * that ends at a line's end lets the next begin at the next line. If one does, {@link
 * #hasBreakInQuotes} says so, and the file must be read in one part.
 *
 * <p>Not thread-safe.
 */
final class CsvRecords implements Closeable {

  private static final int SHOWN = 200; // characters of a record in a message

  /** Programs of DOS write it behind the last line. */
  private static final byte END_OF_TEXT = 0x1A;

  private final CsvForm form;
  private final TextFile file;
  private final boolean inOnePart;
  private final byte[] comment;
  private final CsvFields fields;
  private final int columns;
  private final int[] places;
  private TextLines lines;
  private boolean breakInQuotes;
  private boolean held; // the present line is a record that was not handed out
  private boolean ended;
  private long blankLines; // of a single column: missing values that were not handed out

  CsvRecords(CsvForm form, FilePart part) {
    this.form = form;
    comment = form.text().comment().getBytes(StandardCharsets.UTF_8);
    fields = form.fields();
    columns = form.header().size();
    file = form.file(part.configuration(), part.path());
    // The header may be longer than the part, so that its end is not that of the part.
    lines = file.lines();
    try {
      inOnePart = part.isWhole() || lines.areInOrderOnly();
      places = places();
      long rows = lines.following();
      if (inOnePart) {
        ended |= part.start() > 0;
      } else {
        lines.close();
        lines = file.lines(Math.max(part.start(), rows), part.end());
      }
    } catch (RuntimeException e) {
      lines.close();
      throw e;
    }
  }

  /** Reads the header; where the columns of the first file's header are in this one. */
  private int[] places() {
    skipLines();
    int[] same = new int[columns];
    Arrays.setAll(same, i -> i);
    if (form.declaresDelimiter()) {
      skipDeclaration();
    }
    if (!form.hasHeader()) {
      return same;
    }
    boolean found = lines.nextBeyond();
    while (found && (CsvHead.isBlank(lines.bytes(), lines.from(), lines.to()) || isComment())) {
      found = lines.nextBeyond();
    }
    if (!found) {
      ended = true;
      return same;
    }
    cut(true);
    requireNothingAfterQuotes();
    List<String> names = fields.names();
    List<String> header = names.size() == columns ? names : CsvForm.names(form.headerLine(), names);
    if (header.equals(form.header())) {
      return same;
    }
    Arrays.setAll(same, i -> header.indexOf(form.header().get(i)));
    if (header.size() != columns || Arrays.stream(same).anyMatch(place -> place < 0)) {
      throw new TextFault(
          lines.position(),
          ("the header is not that of the first file, in any order of columns; leave the file out,"
                  + " for example with a pattern, or give it the same columns; there it is %s, here"
                  + " %s")
              .formatted(
                  TextFault.shortened(String.join(form.delimiter(), form.header()), SHOWN),
                  TextFault.shortened(String.join(form.delimiter(), names), SHOWN)));
    }
    return same;
  }

  /** Passes over a first line that declares the delimiter; one that does not stays the next. */
  private void skipDeclaration() {
    if (!lines.nextBeyond() || CsvForm.declaredDelimiter(text()).isEmpty()) {
      lines.close();
      lines = file.lines();
      skipLines();
    }
  }

  private void skipLines() {
    for (int i = 0; i < form.text().skipLines() && lines.nextBeyond(); i++) {}
  }

  private String text() {
    return new String(
        lines.bytes(), lines.from(), lines.to() - lines.from(), StandardCharsets.UTF_8);
  }

  /** Where a column of the first file's header is in the records. */
  int place(int column) {
    return places[column];
  }

  /** Moves to the next record of the part; false when there is none. */
  boolean next() {
    held = held || findLine();
    if (blankLines > 0) {
      blankLines--;
      fields.clear();
      return true;
    } else if (!held) {
      return false;
    }
    held = false;
    if (!cut(inOnePart)) {
      breakInQuotes = true;
      ended = true;
      return false;
    }
    requireNothingAfterQuotes();
    if (fields.count() != columns) {
      throw new TextFault(
          lines.position(),
          ("%d field%s where the %s has %d; complete it, remove it if it is not a row, or use"
                  + " --delimiter if the fields are separated differently: %s")
              .formatted(
                  fields.count(),
                  fields.count() == 1 ? "" : "s",
                  form.hasHeader() ? "header" : "first line",
                  columns,
                  shown()));
    }
    return true;
  }

  private void requireNothingAfterQuotes() {
    if (fields.afterQuote() >= 0) {
      throw new TextFault(
          lines.position(),
          "text follows the closing quote of field %d; remove it, or double the quotes inside of quotes%s: %s"
              .formatted(fields.afterQuote() + 1, escapeRemedy(), shown()));
    }
  }

  /** What to do where a backslash may stand before the quote. */
  private String escapeRemedy() {
    return form.text().escape().isEmpty() && text().contains("\\\"")
        ? ", or use --escape '\\' if a backslash precedes them"
        : "";
  }

  private boolean findLine() {
    if (ended) {
      return false;
    }
    while (lines.next()) {
      if (isComment()) {
        continue;
      } else if (!isBlank()) {
        return true;
      }
      blankLines += columns == 1 ? 1 : 0;
    }
    ended = true;
    // Blank lines at the end of the file are not rows; at the end of the part they may be.
    boolean rowFollows = false;
    while (blankLines > 0 && !rowFollows && lines.nextBeyond()) {
      rowFollows = !isComment() && !isBlank();
    }
    blankLines = rowFollows ? blankLines : 0;
    return false;
  }

  /** Cuts the present line, or the record that begins with it; false if a quote is left open. */
  private boolean cut(boolean overLines) {
    boolean closed = fields.cut(lines.bytes(), lines.from(), lines.to());
    while (!closed && overLines) {
      breakInQuotes = true;
      if (!lines.extend()) {
        throw new TextFault(
            lines.position(), "a quote that opens a field of this record is never closed.");
      }
      closed = fields.resume(lines.bytes(), lines.from(), lines.to());
    }
    return closed;
  }

  private boolean isComment() {
    return CsvHead.isComment(lines.bytes(), lines.from(), lines.to(), comment);
  }

  private boolean isBlank() {
    if (columns == 1) {
      return lines.from() == lines.to();
    }
    for (int i = lines.from(); i < lines.to(); i++) {
      byte b = lines.bytes()[i];
      if (b != ' ' && b != END_OF_TEXT && !(b == '\t' && form.delimiter().isEmpty())) {
        return false;
      }
    }
    return true;
  }

  private String shown() {
    return TextFault.shortened(text(), SHOWN);
  }

  /** The fields of the present record. */
  CsvFields fields() {
    return fields;
  }

  /** The position of the present record in the decoded file. */
  long position() {
    return lines.position();
  }

  /** Whether the file is read in one part, and records may go over several lines. */
  boolean isInOnePart() {
    return inOnePart;
  }

  /** Whether a line that was read ends inside an open quote. */
  boolean hasBreakInQuotes() {
    return breakInQuotes;
  }

  @Override
  public void close() {
    lines.close();
  }
}
