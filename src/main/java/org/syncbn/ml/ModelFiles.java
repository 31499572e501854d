package org.syncbn.ml;

import java.io.File;
import org.apache.hadoop.fs.Path;

/**
 * Where a model has what it was fitted to: in {@code data} beside Spark's {@code metadata}.
 *
 * <p>From 4.1 on, Spark can ask for a save to the local disk, whatever the default file system is:
 * Spark Connect does so with each fitted model. It says so by a flag of the thread, which Spark
 * 4.0.1 does not have. Tried on 4.2.0.
 */
final class ModelFiles {

  private ModelFiles() {}

  /** A file or folder of a model at a path. */
  static String in(String path, String name) {
    Path file = new Path(new Path(path, "data"), name);
    return isLocal() ? new File(file.toUri().getPath()).toURI().toString() : file.toString();
  }

  private static boolean isLocal() {
    try {
      Object flag =
          Class.forName("org.apache.spark.ml.util.ReadWriteUtils")
              .getMethod("localSavingModeState")
              .invoke(null);
      return (Boolean) ((ThreadLocal<?>) flag).get();
    } catch (ClassNotFoundException ofOlderSpark) {
      return false;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Spark's flag for local saves has changed", e);
    }
  }
}
