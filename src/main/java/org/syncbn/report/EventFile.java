package org.syncbn.report;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * A file of scalars over steps that TensorBoard shows, also while it grows.
 *
 * <p>It is a sequence of records:
 *
 * <pre>
 *   0        8              12               12 + length   16 + length
 *   +--------+--------------+----------------+-------------+
 *   | length | CRC of those | an Event       | CRC of it   |
 *   | uint64 | uint32       | length bytes   | uint32      |
 *   +--------+--------------+----------------+-------------+
 * </pre>
 *
 * with the least byte first, and an {@code Event} as TensorFlow's {@code event.proto} and {@code
 * summary.proto} lay it out. The CRCs are CRC-32C, rotated and moved by a constant so that the CRC
 * of a record that holds CRCs stays useful. Not thread-safe.
 */
public final class EventFile implements AutoCloseable {

  // Fields of Event, Summary, Summary.Value, SummaryMetadata, its PluginData, and TensorProto.
  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_TENSOR = 8;
  private static final int VALUE_METADATA = 9;
  private static final int METADATA_PLUGIN = 1;
  private static final int METADATA_DATA_CLASS = 4;
  private static final int PLUGIN_NAME = 1;
  private static final int TENSOR_TYPE = 1;
  private static final int TENSOR_SHAPE = 2;
  private static final int TENSOR_FLOATS = 5;

  private static final String VERSION = "brain.Event:2";
  private static final String SCALARS = "scalars";
  private static final int DATA_CLASS_SCALAR = 1;
  private static final int FLOAT = 1;

  private static final int MASK = 0xa282ead8;

  private final Path path;
  private final OutputStream file;
  private final Clock clock;
  private final Set<String> known = new LinkedHashSet<>();

  private EventFile(Path path, OutputStream file, Clock clock) {
    this.path = path;
    this.file = file;
    this.clock = clock;
  }

  /**
   * Begins a new file in a folder, beside those of earlier runs.
   *
   * @param folder made if it is not there
   * @param clock for the name of the file and the times of events
   * @throws IOException in a sentence, if the file cannot be written
   */
  public static EventFile in(Path folder, Clock clock) throws IOException {
    Path path =
        folder.resolve(
            "events.out.tfevents.%010d.syncbn.%d.0"
                .formatted(clock.instant().getEpochSecond(), ProcessHandle.current().pid()));
    try {
      Files.createDirectories(folder);
      OutputStream file =
          new BufferedOutputStream(
              Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
      EventFile events = new EventFile(path, file, clock);
      events.write(event(clock, coded -> coded.writeString(EVENT_FILE_VERSION, VERSION)));
      events.flush();
      return events;
    } catch (IOException e) {
      throw new IOException(
          "the folder %s cannot take events for TensorBoard: %s".formatted(folder, e), e);
    }
  }

  /**
   * Adds a value.
   *
   * @param tag what it is of, such as {@code train/loss}
   * @param step along the axis
   */
  public void scalar(String tag, long step, double value) {
    boolean isFirst = known.add(tag);
    write(
        event(
            clock,
            coded -> {
              if (step != 0) { // the default is not written
                coded.writeInt64(EVENT_STEP, step);
              }
              coded.writeBytes(
                  EVENT_SUMMARY,
                  message(s -> s.writeBytes(SUMMARY_VALUE, value(tag, (float) value, isFirst))));
            }));
  }

  private static ByteString value(String tag, float value, boolean isFirst) {
    return message(
        coded -> {
          coded.writeString(VALUE_TAG, tag);
          coded.writeBytes(VALUE_TENSOR, tensor(value));
          if (isFirst) { // what it says holds for the tag
            coded.writeBytes(VALUE_METADATA, metadata());
          }
        });
  }

  private static ByteString tensor(float value) {
    return message(
        coded -> {
          coded.writeEnum(TENSOR_TYPE, FLOAT);
          coded.writeBytes(TENSOR_SHAPE, ByteString.EMPTY);
          coded.writeBytes(TENSOR_FLOATS, message(packed -> packed.writeFloatNoTag(value)));
        });
  }

  private static ByteString metadata() {
    return message(
        coded -> {
          coded.writeBytes(METADATA_PLUGIN, message(p -> p.writeString(PLUGIN_NAME, SCALARS)));
          coded.writeEnum(METADATA_DATA_CLASS, DATA_CLASS_SCALAR);
        });
  }

  private static ByteString event(Clock clock, Fields fields) {
    return message(
        coded -> {
          coded.writeDouble(EVENT_WALL_TIME, clock.millis() / 1e3);
          fields.writeTo(coded);
        });
  }

  /** What writes the fields of a message. */
  @FunctionalInterface
  private interface Fields {
    void writeTo(CodedOutputStream coded) throws IOException;
  }

  private static ByteString message(Fields fields) {
    ByteString.Output bytes = ByteString.newOutput();
    try {
      CodedOutputStream coded = CodedOutputStream.newInstance(bytes);
      fields.writeTo(coded);
      coded.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written", e);
    }
    return bytes.toByteString();
  }

  private void write(ByteString event) {
    ByteBuffer length = littleEndian(Long.BYTES).putLong(event.size()).flip();
    try {
      file.write(length.array());
      file.write(maskedCrc(length.array()));
      event.writeTo(file);
      file.write(maskedCrc(event.toByteArray()));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static byte[] maskedCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int value = Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    return littleEndian(Integer.BYTES).putInt(value).array();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Makes what was added so far visible to others. */
  public void flush() {
    try {
      file.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private UncheckedIOException failed(IOException cause) {
    return new UncheckedIOException(
        "%s cannot be written: %s".formatted(path, cause.getMessage()), cause);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
