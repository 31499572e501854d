package org.syncbn.spark;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * A file system of Hadoop's with a scheme of its own, on the local disk, which fills up after so
 * many bytes and on demand rejects to rename.
 *
 * <p>Public, for Hadoop finds it by its name.
 */
public final class SmallDisk extends RawLocalFileSystem {

  /** What Hadoop has to be told, as a setting of Spark. */
  public static final String SETTING =
      "spark.hadoop.fs.smalldisk.impl=" + SmallDisk.class.getName();

  private static final AtomicLong FREE = new AtomicLong(Long.MAX_VALUE);
  private static volatile String fixed = "";

  /** For Hadoop. */
  public SmallDisk() {}

  /** The path of this file system for one of the local disk. */
  public static String at(java.nio.file.Path path) {
    return "smalldisk:" + path;
  }

  /** Settings that know this file system. */
  static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set("fs.smalldisk.impl", SmallDisk.class.getName());
    return configuration;
  }

  /** How many bytes can be written from now on. */
  public static void free(long bytes) {
    FREE.set(bytes);
  }

  /** From now on nothing of this name can be renamed; empty: everything can. */
  static void fix(String name) {
    fixed = name;
  }

  @Override
  public String getScheme() {
    return "smalldisk";
  }

  @Override
  public URI getUri() {
    return URI.create("smalldisk:///");
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    return !from.getName().equals(fixed) && super.rename(from, to);
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    OutputStream out = super.create(file, overwrite, bufferSize, replication, blockSize, progress);
    return new FSDataOutputStream(
        new FilterOutputStream(out) {
          @Override
          public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            if (FREE.addAndGet(-length) < 0) {
              throw new IOException("No space left on device");
            }
            out.write(bytes, offset, length);
          }
        },
        null);
  }
}
