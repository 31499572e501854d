package org.syncbn.spark.files;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Where small files are: on the local disk, unless their path has a scheme. */
public final class TextFiles {

  private TextFiles() {}

  /** The path of a location: local, unless it has a scheme. */
  public static Path path(String location) {
    return Location.hasScheme(location)
        ? new Path(location)
        : new Path("file", null, new File(location).getAbsolutePath());
  }

  /**
   * Reads a file.
   *
   * @throws DataException if it is not there or cannot be read
   */
  public static String read(String location, Configuration configuration) {
    Path path = path(location);
    try (InputStream in = FileSystems.withoutChecksums(path, configuration).open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      throw new DataException("There is no file %s.".formatted(location));
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }
}
