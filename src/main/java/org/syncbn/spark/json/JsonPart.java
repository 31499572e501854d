package org.syncbn.spark.json;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.InternalRow;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.json.JsonObjects.FormatException;
import org.syncbn.spark.text.FilePart;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;
import org.syncbn.spark.text.TextLines;

/**
 * A part of a file: the objects on the lines that begin in it, or all objects of a file that is not
 * split.
 *
 * @param file that it is a part of
 * @param start of the part, in bytes
 * @param end of the part, in bytes
 * @param isWhole whether it is all of the file
 */
record JsonPart(TextFile file, long start, long end, boolean isWhole) {

  static JsonPart of(FilePart part, TextOptions options) {
    TextFile file = new TextFile(part.configuration(), part.path(), options);
    return new JsonPart(file, part.start(), part.end(), part.isWhole());
  }

  /** The part of a file behind a place, to say where something in it is. */
  static JsonPart behind(Configuration configuration, Path path, TextOptions options, long start) {
    return new JsonPart(
        new TextFile(configuration, path, options), start, Long.MAX_VALUE, start == 0);
  }

  /** Opens the part; the stream is closed with the objects. */
  JsonObjects open() throws IOException {
    return new JsonObjects(file.open(start, end));
  }

  /** The rows of all objects; to be closed. */
  Rows rows(JsonRow row) {
    try {
      return new Rows(open(), row);
    } catch (IOException failure) {
      throw sentence(failure);
    }
  }

  /** Makes a row of each object, one after the other. */
  final class Rows implements Iterator<InternalRow>, Closeable {

    private final JsonObjects objects;
    private final JsonRow row;
    private boolean isAhead;
    private boolean hasNext;

    private Rows(JsonObjects objects, JsonRow row) {
      this.objects = objects;
      this.row = row;
    }

    @Override
    public boolean hasNext() {
      if (!isAhead) {
        try {
          hasNext = objects.next();
        } catch (IOException failure) {
          throw sentence(failure);
        }
        isAhead = true;
      }
      return hasNext;
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      isAhead = false;
      try {
        return row.of(objects);
      } catch (IOException failure) {
        throw sentence(failure);
      }
    }

    @Override
    public void close() throws IOException {
      objects.close();
    }
  }

  /** What is wrong with the file, with its line where that is known. */
  DataException sentence(Exception failure) {
    if (failure instanceof FormatException format) {
      return new DataException("%s: %s.".formatted(place(format.line()), format.getMessage()));
    } else if (failure instanceof TextFault fault) {
      return file.sentence(fault);
    } else if (failure instanceof DataException sentence) {
      return sentence;
    }
    return new DataException("Cannot read %s: %s.".formatted(file, failure.getMessage()));
  }

  /** The file and the line in it that is a line of this part, from 1. */
  String place(long line) {
    long before = 0;
    if (start > 0) {
      try (TextLines lines = file.lines()) {
        while (lines.next() && lines.position() < start) {
          before++;
        }
      }
    }
    return "%s, line %d".formatted(file, before + line);
  }
}
