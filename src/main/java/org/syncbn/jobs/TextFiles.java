package org.syncbn.jobs;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.syncbn.spark.files.FileSystems;
import org.syncbn.spark.files.Location;

/** Where small files are: on the local disk, unless their path has a scheme. */
final class TextFiles {

  private TextFiles() {}

  static Path path(String location) {
    return Location.hasScheme(location)
        ? new Path(location)
        : new Path("file", null, new File(location).getAbsolutePath());
  }

  /** The file system of a path; the local one without the checksum files that Hadoop adds. */
  static FileSystem fileSystem(Path path, Configuration configuration) throws IOException {
    return "file".equals(path.toUri().getScheme())
        ? FileSystem.getLocal(configuration).getRawFileSystem()
        : FileSystems.of(path, configuration);
  }

  static String read(String location, Configuration configuration) {
    Path path = path(location);
    try (InputStream in = fileSystem(path, configuration).open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      throw new JobFailure("There is no file %s.".formatted(location), e);
    } catch (IOException e) {
      throw new JobFailure("Cannot read %s: %s.".formatted(location, e.getMessage()), e);
    }
  }
}
