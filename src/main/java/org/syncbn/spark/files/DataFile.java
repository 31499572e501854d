package org.syncbn.spark.files;

import java.io.Serializable;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * One file of an input.
 *
 * @param status its path, length and time of change
 * @param partition the values of the folders {@code key=value} above it, as texts; null where the
 *     folder says so
 */
public record DataFile(FileStatus status, Map<String, String> partition) implements Serializable {

  /** Where it lies. */
  public Path path() {
    return status.getPath();
  }

  @Override
  public String toString() {
    return path().toString();
  }
}
