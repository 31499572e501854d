package org.syncbn.spark.text;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A part of a file that one task reads.
 *
 * @param configuration of Hadoop
 * @param path of the file
 * @param start first byte
 * @param end the byte behind it
 * @param size of the file
 */
public record FilePart(Configuration configuration, Path path, long start, long end, long size) {

  /** Whether it is all of the file. */
  public boolean isWhole() {
    return start == 0 && end >= size;
  }
}
