package org.syncbn.spark.files;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** The door to Hadoop's file systems. */
public final class FileSystems {

  private FileSystems() {}

  /**
   * The file system of a path.
   *
   * @throws DataException if there is none of that scheme, with the package that brings it
   * @throws IOException if it cannot be reached
   */
  public static FileSystem of(Path path, Configuration configuration) throws IOException {
    String scheme = path.toUri().getScheme();
    if (scheme != null && !isThere(scheme, configuration)) {
      throw new DataException(MachineFailure.missingFileSystem(scheme));
    }
    return path.getFileSystem(configuration);
  }

  /** The same, but on the local disk without the checksum files that Hadoop adds. */
  public static FileSystem withoutChecksums(Path path, Configuration configuration)
      throws IOException {
    FileSystem files = of(path, configuration);
    return "file".equals(files.getUri().getScheme())
        ? FileSystem.getLocal(configuration).getRawFileSystem()
        : files;
  }

  private static boolean isThere(String scheme, Configuration configuration) throws IOException {
    try {
      FileSystem.getFileSystemClass(scheme, configuration);
      return true;
    } catch (UnsupportedFileSystemException unknown) {
      return false;
    } catch (RuntimeException e) { // Hadoop wraps what the class loader throws
      if (e.getCause() instanceof ClassNotFoundException) {
        return false;
      }
      throw e;
    }
  }
}
