package org.syncbn.cli;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.syncbn.spark.files.FileSystems;
import org.syncbn.spark.files.Location;

/** Where small files are: on the local disk, unless their path has a scheme. */
public final class TextFiles {

  private TextFiles() {}

  static Path path(String location) {
    return Location.hasScheme(location)
        ? new Path(location)
        : new Path("file", null, new File(location).getAbsolutePath());
  }

  /**
   * Reads a file.
   *
   * @throws JobFailure if it is not there or cannot be read
   */
  public static String read(String location, Configuration configuration) {
    Path path = path(location);
    try (InputStream in = FileSystems.withoutChecksums(path, configuration).open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      throw new JobFailure("There is no file %s.".formatted(location), e);
    } catch (IOException e) {
      throw new JobFailure("Cannot read %s: %s.".formatted(location, e.getMessage()), e);
    }
  }
}
