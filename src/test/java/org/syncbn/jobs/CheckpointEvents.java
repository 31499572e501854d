package org.syncbn.jobs;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * The local disk under a scheme of its own, on which something happens when a folder gets its name:
 * between two steps of a run, when a checkpoint is complete.
 *
 * <p>Public, for Hadoop finds it by its name.
 */
public final class CheckpointEvents extends RawLocalFileSystem {

  /** What Hadoop has to be told, as a setting of Spark. */
  static final String SETTING = "spark.hadoop.fs.events.impl=" + CheckpointEvents.class.getName();

  private static final String KILL = "checkpoint.kill";
  private static final Map<String, Runnable> EVENTS = new ConcurrentHashMap<>();

  static {
    if (Integer.getInteger(KILL) != null) {
      after(Integer.getInteger(KILL), CheckpointEvents::killThisProcess);
    }
  }

  /** For Hadoop. */
  public CheckpointEvents() {}

  /** The path of this file system for one of the local disk. */
  static String at(java.nio.file.Path path) {
    return "events:" + path;
  }

  /** An option of a JVM that kills itself when the checkpoint of a step is complete. */
  static String killAfter(int step) {
    return "-D" + KILL + "=" + step;
  }

  private static void killThisProcess() {
    try {
      new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start();
      new CountDownLatch(1).await();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Does something, once, when the checkpoint of a step is complete. */
  static void after(int step, Runnable event) {
    EVENTS.put("step-%010d".formatted(step), event);
  }

  /** Whether everything has happened. */
  static boolean haveHappened() {
    return EVENTS.isEmpty();
  }

  /** Forgets what has not happened. */
  static void forget() {
    EVENTS.clear();
  }

  @Override
  public String getScheme() {
    return "events";
  }

  @Override
  public URI getUri() {
    return URI.create("events:///");
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    boolean renamed = super.rename(from, to);
    Optional.ofNullable(EVENTS.remove(to.getName())).ifPresent(Runnable::run);
    return renamed;
  }
}
