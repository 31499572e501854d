package org.syncbn.jobs;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.impl.OpenFileParameters;
import org.apache.spark.TaskContext;
import org.syncbn.cluster.Gate;

/**
 * The local disk, behind a gate for the tasks of a fit: those whose local property {@link #GATE}
 * holds its port.
 *
 * <p>Public, for Hadoop finds it by its name.
 */
public final class GatedFileSystem extends LocalFileSystem {

  static final String GATE = "gate.port";

  /** For Hadoop. */
  public GatedFileSystem() {}

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    pass();
    return super.open(file, bufferSize);
  }

  @Override
  protected CompletableFuture<FSDataInputStream> openFileWithOptions(
      Path file, OpenFileParameters parameters) throws IOException {
    pass();
    return super.openFileWithOptions(file, parameters);
  }

  private static void pass() {
    TaskContext task = TaskContext.get();
    if (task != null
        && task.getLocalProperty(GATE) != null
        && "normalize: fit".equals(task.getLocalProperty("spark.job.description"))) {
      Gate.pass(Integer.parseInt(task.getLocalProperty(GATE)));
    }
  }
}
