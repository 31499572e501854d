package org.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.UTF8StreamJsonParser;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.syncbn.spark.text.TextFault;

/**
 * The objects of a text in UTF-8, one after the other: on lines of their own, several on a line,
 * over several lines, or as the elements of arrays. Whatever else stands there is rejected.
 *
 * <p>Numbers may be {@code NaN}, {@code Infinity} and {@code -Infinity}, as Python writes them. Two
 * equal keys in one object are rejected, however deep.
 *
 * <p>Not thread-safe.
 */
final class JsonObjects implements Closeable {

  private static final int SHOWN = 40; // characters of a text in a message

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .build();

  /** What stands here is not JSON, or no object. */
  static final class FormatException extends IOException {

    private static final long serialVersionUID = 1L;

    private final long line;

    FormatException(String sentence, long line) {
      super(sentence);
      this.line = line;
    }

    /** The line of the stream, from 1. */
    long line() {
      return line;
    }
  }

  private final RetainedStream bytes;
  private final JsonParser parser;
  private int depth; // of the array around the objects
  private long objectLine; // that the object begins on
  private long rootLine; // that the object, or the array around it, begins on
  private boolean spansLines;

  JsonObjects(InputStream in) throws IOException {
    bytes = new RetainedStream(in);
    parser = FACTORY.createParser(bytes);
    if (!(parser instanceof UTF8StreamJsonParser)) {
      throw new FormatException("the text is not in UTF-8; convert it", 1);
    }
  }

  /** One value alone, which is the current token. */
  static JsonObjects ofValue(byte[] value) throws IOException {
    JsonObjects objects = new JsonObjects(new ByteArrayInputStream(value));
    objects.nextToken();
    return objects;
  }

  /** The current token. */
  JsonToken token() {
    return parser.currentToken();
  }

  /**
   * Goes to the next object, whose key comes next; false at the end of the text. The one before
   * must have been read to its end.
   */
  boolean next() throws IOException {
    while (true) {
      if (depth == 0 && parser.currentToken() != null) {
        spansLines |= parser.currentTokenLocation().getLineNr() != rootLine;
      }
      JsonToken token = nextToken();
      JsonLocation place = parser.currentTokenLocation();
      if (token == null) {
        return false;
      }
      if (depth == 0) {
        rootLine = place.getLineNr();
      }
      if (token == JsonToken.START_OBJECT) {
        objectLine = place.getLineNr();
        bytes.forgetBefore(place.getByteOffset());
        return true;
      } else if (token == JsonToken.START_ARRAY && depth == 0) {
        depth = 1;
      } else if (token == JsonToken.END_ARRAY) {
        depth = 0;
      } else {
        throw new FormatException(
            "an object is expected, but there is %s"
                .formatted(
                    token == JsonToken.START_ARRAY
                        ? "an array in an array"
                        : shortened(rawText().strip())),
            place.getLineNr());
      }
    }
  }

  /** The next token of the object. */
  JsonToken nextToken() throws IOException {
    return checked(parser::nextToken);
  }

  /** The text of a key, or of a value that is a text or a number. */
  String text() throws IOException {
    return checked(parser::getText);
  }

  /** The double nearest to a number. */
  double doubleValue() throws IOException {
    return checked(parser::getDoubleValue);
  }

  /** The value as it is written; an object or array is read to its end. */
  byte[] raw() throws IOException {
    long start = parser.currentTokenLocation().getByteOffset();
    skip();
    return bytes.between(start, parser.currentLocation().getByteOffset());
  }

  /** Reads the value to its end. */
  void skip() throws IOException {
    checked(
        () -> {
          parser.skipChildren();
          parser.finishToken();
          return null;
        });
  }

  /** The value as it is written. */
  String rawText() throws IOException {
    return new String(raw(), StandardCharsets.UTF_8);
  }

  /** Says that a value of the object is wrong. */
  FormatException fault(String sentence) {
    return new FormatException(sentence, objectLine);
  }

  /** The line that the object begins on, from 1. */
  long line() {
    return objectLine;
  }

  /**
   * Whether an object, or an array of some, that was read does not end on the line it begins on.
   */
  boolean spansLines() {
    return spansLines;
  }

  /** A text for a sentence. */
  static String shortened(String text) {
    return TextFault.shortened(text, SHOWN);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  /** What the parser says, without its hints to programmers; what to do where that is known. */
  private static String sentence(JsonProcessingException malformed) {
    String message = malformed.getOriginalMessage();
    if (message.contains("code 39")) {
      return "a text is in single quotes, which are not JSON; write double quotes";
    } else if (message.contains("(']' (code 93)): expected a value")
        || message.contains("('}' (code 125)): was expecting double-quote")) {
      return "a comma stands before the closing bracket, which is not JSON; remove it";
    } else if (message.contains("comment")) {
      return "there is a comment, which is not JSON; remove it";
    } else if (message.contains("plus signs")) {
      return "a number begins with a plus, which is not JSON; remove it";
    } else if (message.startsWith("Duplicate field")) {
      return message.replace("Duplicate field", "an object has twice the key") + "; rename one";
    }
    return message.replaceFirst(
        "[:,]? *\\(?(consider enabling|enable|not recognized as one since) .*", "");
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private <T> T checked(Reading<T> reading) throws IOException {
    try {
      return reading.read();
    } catch (JsonEOFException truncated) {
      throw new FormatException("the text ends within an object or array", objectLine);
    } catch (JsonProcessingException malformed) {
      long line =
          malformed.getLocation() == null ? objectLine : malformed.getLocation().getLineNr();
      throw new FormatException(sentence(malformed), line);
    }
  }
}
