package org.syncbn.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ShutdownHookManager;
import org.syncbn.cli.OutputPlaces.Place;
import org.syncbn.spark.files.Location;

/**
 * Commits outputs at the end of a successful job: all appear, or none.
 *
 * <p>Each is written to a hidden folder next to its destination and renamed by {@link #commit()}.
 * {@link #close()} removes what was not committed, created parent folders included; when the JVM is
 * interrupted or terminated before, so does its end. Renaming is atomic on local disks and HDFS; on
 * object stores it is a copy.
 *
 * <p>{@link #commit()} and {@link #close()} exclude each other, for the end of the JVM has a thread
 * of its own.
 */
public final class OutputCommit implements AutoCloseable {

  /** After Spark has stopped what still writes, and before Hadoop closes its file systems. */
  private static final int HOOK_PRIORITY = FileSystem.SHUTDOWN_HOOK_PRIORITY + 10;

  private final OutputPlaces places;
  private final Deque<Pending> outputs = new ArrayDeque<>(); // the last one first
  private final Runnable hook = this::tidy;
  private boolean closed;

  /** Nothing is written yet. */
  public OutputCommit(OutputPlaces places) {
    this.places = places;
    // With the timeout that Hadoop would otherwise read all its configuration files for.
    ShutdownHookManager.get().addShutdownHook(hook, HOOK_PRIORITY, 30, TimeUnit.SECONDS);
  }

  /** An output that has not appeared yet. */
  public interface Pending {

    /** Makes it appear; what was there before goes only then. */
    void commit() throws IOException;

    /** Removes all that is not to stay, whether it has appeared or not. */
    void tidy() throws IOException;
  }

  /** Something that takes the whole text of a file. */
  @FunctionalInterface
  public interface TextFile {

    /** Writes the text. */
    void write(String text);
  }

  /** A file or folder next to its destination. */
  private static final class PendingPath implements Pending {
    final Place place;
    final Path hidden;
    final Path beside;
    final Path replaced;
    final Deque<Path> createdFolders = new ArrayDeque<>(); // the deepest first
    boolean committed;

    PendingPath(Place place) {
      this.place = place;
      String name = place.path().getName();
      hidden =
          Location.child(place.path().getParent(), ".%s.%s".formatted(name, UUID.randomUUID()));
      beside = Location.child(hidden, name);
      replaced = Location.child(hidden, name + ".replaced");
    }

    void makeFolders() throws IOException {
      for (Path folder = place.path().getParent();
          folder != null && !place.fileSystem().exists(folder);
          folder = folder.getParent()) {
        createdFolders.addLast(folder);
      }
      if (!place.fileSystem().mkdirs(hidden)) {
        throw new IOException("the folder " + hidden.getParent() + " cannot be written");
      }
    }

    @Override
    public void commit() throws IOException {
      boolean isTaken = place.isTaken();
      if (isTaken) {
        rename(place.path(), replaced);
      }
      try {
        rename(beside, place.path());
      } catch (IOException e) {
        if (isTaken) {
          rename(replaced, place.path());
        }
        throw e;
      }
      committed = true;
    }

    private void rename(Path from, Path to) throws IOException {
      if (!place.fileSystem().rename(from, to)) {
        throw new IOException("%s cannot be renamed to %s".formatted(from, to));
      }
    }

    @Override
    public void tidy() throws IOException {
      FileSystem files = place.fileSystem();
      if (!committed && files.exists(replaced)) {
        return; // the only copy of what could not be put back
      }
      files.delete(hidden, true);
      for (Path folder : createdFolders) {
        if (files.exists(folder) && files.listStatus(folder).length == 0) {
          files.delete(folder, false);
        }
      }
    }

    @Override
    public String toString() {
      return place.path().toString();
    }
  }

  /**
   * A folder to be written by Spark.
   *
   * @param location in Hadoop's file systems
   * @return where to write it until then: a path that does not exist yet
   * @throws JobFailure if something is there already that may not be replaced, or nothing can be
   *     written there
   */
  public String folder(String location, boolean overwrite) {
    try {
      return added(new PendingPath(places.data(location, overwrite))).beside.toString();
    } catch (IOException | IllegalArgumentException e) {
      throw cannotWrite(location, e);
    }
  }

  /**
   * A text file; one that is there will be replaced.
   *
   * @param location local if it has no scheme
   * @return what takes the text, to be called before {@link #commit()}
   * @throws JobFailure if nothing can be written there
   */
  public TextFile textFile(String location) {
    try {
      PendingPath output = added(new PendingPath(places.text(location)));
      return text -> {
        try (OutputStream out = output.place.fileSystem().create(output.beside, true)) {
          out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
          throw cannotWrite(location, e);
        }
      };
    } catch (IOException | IllegalArgumentException e) {
      throw cannotWrite(location, e);
    }
  }

  private synchronized PendingPath added(PendingPath output) throws IOException {
    add(output);
    output.makeFolders();
    return output;
  }

  /** An output of another kind. */
  public synchronized void add(Pending output) {
    requireOpen();
    outputs.addFirst(output);
  }

  /**
   * Gives everything its place, in the order in which it was announced.
   *
   * @throws JobFailure if something cannot be written, or stands since then where nothing may be
   *     replaced
   */
  public synchronized void commit() {
    requireOpen();
    outputs
        .descendingIterator()
        .forEachRemaining(
            output -> {
              try {
                output.commit();
              } catch (IOException e) {
                throw cannotWrite(output.toString(), e);
              }
            });
  }

  private void requireOpen() {
    if (closed) {
      throw new JobFailure("The job was interrupted.");
    }
  }

  /** Removes what was not committed. */
  @Override
  public void close() {
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(hook);
    }
    tidy();
  }

  private synchronized void tidy() {
    closed = true;
    for (Pending output : outputs) {
      try {
        output.tidy();
      } catch (IOException e) {
        // The job's own failure says what is wrong; a hidden folder may stay behind.
        continue;
      }
    }
  }

  private static JobFailure cannotWrite(String location, Exception cause) {
    return new JobFailure(
        "Cannot write %s: %s.".formatted(location, Failures.oneLine(cause)), cause);
  }
}
