package io.syncbn.spark.json;

import io.syncbn.spark.files.DataException;
import io.syncbn.spark.json.JsonObjects.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A part of a file: the objects on the lines that begin in it, or all objects of a file that is not
 * split.
 *
 * @param path of the file
 * @param start of the part, in bytes
 * @param length of the part, in bytes
 * @param isWhole whether it is all of the file
 */
record JsonPart(Path path, long start, long length, boolean isWhole) {

  static JsonPart of(PartitionedFile part) {
    boolean isWhole = part.start() == 0 && part.length() == part.fileSize();
    return new JsonPart(part.toPath(), part.start(), part.length(), isWhole);
  }

  /** Whether a file cannot be read in parts, because it is compressed. */
  static boolean isCompressed(Path path, Configuration conf) {
    return new CompressionCodecFactory(conf).getCodec(path) != null;
  }

  /** What is to be made of each object. */
  interface Reading<T> {
    T of(JsonObjects objects) throws IOException;
  }

  /** Makes something of each object, one after the other. */
  <T> Iterator<T> read(Configuration conf, Reading<T> reading) throws IOException {
    JsonObjects objects = open(conf);
    if (TaskContext.get() != null) {
      TaskCompletionListener closing = task -> close(objects);
      TaskContext.get().addTaskCompletionListener(closing);
    }
    return new Iterator<>() {
      private boolean isAhead;
      private boolean hasNext;

      @Override
      public boolean hasNext() {
        if (!isAhead) {
          hasNext = checked(conf, objects::next);
          isAhead = true;
        }
        return hasNext;
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        isAhead = false;
        return checked(conf, () -> reading.of(objects));
      }
    };
  }

  private interface Step<T> {
    T run() throws IOException;
  }

  private <T> T checked(Configuration conf, Step<T> step) {
    try {
      return step.run();
    } catch (IOException failure) {
      throw sentence(conf, failure);
    }
  }

  /** Opens the part; the stream is closed with the objects. */
  JsonObjects open(Configuration conf) throws IOException {
    return new JsonObjects(stream(conf));
  }

  private InputStream stream(Configuration conf) throws IOException {
    FileSystem files = path.getFileSystem(conf);
    FSDataInputStream file = files.open(path);
    CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(path);
    return codec == null
        ? new LinesOfPart(file, start, start + length)
        : codec.createInputStream(file);
  }

  private static void close(JsonObjects objects) {
    try {
      objects.close();
    } catch (IOException ignored) {
      // It was only read.
    }
  }

  /** What is wrong with the file, with its line where that is known. */
  DataException sentence(Configuration conf, IOException failure) {
    return failure instanceof FormatException format
        ? new DataException("%s: %s.".formatted(place(conf, format.line()), format.getMessage()))
        : new DataException("Cannot read %s: %s.".formatted(path, failure.getMessage()));
  }

  /** The file and the line in it that is a line of this part. */
  String place(Configuration conf, long line) {
    try {
      return "%s, line %d".formatted(path, linesBefore(conf) + line);
    } catch (IOException unreadable) {
      return path.toString();
    }
  }

  private long linesBefore(Configuration conf) throws IOException {
    if (start == 0) {
      return 0;
    }
    long lines = 0;
    byte[] bytes = new byte[1 << 16];
    try (FSDataInputStream file = path.getFileSystem(conf).open(path)) {
      // The line that begins before the part and ends in it belongs to the part before.
      boolean isBehind = false;
      for (long place = 0; !isBehind; ) {
        int count = file.read(bytes);
        isBehind = count < 0;
        for (int i = 0; i < count && !isBehind; i++) {
          lines += bytes[i] == '\n' ? 1 : 0;
          isBehind = bytes[i] == '\n' && place + i >= start - 1;
        }
        place += count;
      }
    }
    return lines;
  }
}
