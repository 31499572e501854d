package org.syncbn.spark.columnar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.Location;

/**
 * The bytes that files of a format begin with, and perhaps end with.
 *
 * @param format its name
 * @param text the bytes
 */
record Magic(String format, String text) {

  void requireBegin(DataFile file, Configuration configuration) throws IOException {
    if (!isAt(0, file, configuration)) {
      throw new DataException(
          "%s is not a %s file: it does not begin with %s; name its format."
              .formatted(file, format, text));
    }
  }

  boolean ends(DataFile file, Configuration configuration) throws IOException {
    return isAt(file.status().getLen() - text.length(), file, configuration);
  }

  private boolean isAt(long place, DataFile file, Configuration configuration) throws IOException {
    byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
    byte[] found = new byte[wanted.length];
    if (place < 0 || file.status().getLen() < place + wanted.length) {
      return false;
    }
    try (FSDataInputStream in = Location.opener(file.path(), configuration).open(file.path())) {
      in.readFully(place, found);
    }
    return Arrays.equals(found, wanted);
  }

  static DataException damaged(DataFile file, String format, Exception cause) {
    Throwable root = Optional.ofNullable(ExceptionUtils.getRootCause(cause)).orElse(cause);
    String reason =
        root.getMessage() == null
            ? root.getClass().getSimpleName()
            : root.getMessage().lines().findFirst().orElse("");
    return new DataException(
        "The footer of the %s file %s cannot be read (%s); copy or write the file again."
            .formatted(format, file, reason));
  }
}
