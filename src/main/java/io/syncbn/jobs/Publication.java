package io.syncbn.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Files and folders that appear at the end, when all is well, or not at all.
 *
 * <p>Each is written in a hidden folder beside its place and renamed by {@link #publish()}. {@link
 * #close()} removes what was not published, created parent folders included. Renaming is atomic on
 * local disks and HDFS; on object stores it is a copy.
 */
final class Publication implements AutoCloseable {

  private final Configuration configuration;
  private final Deque<Place> places = new ArrayDeque<>(); // the last one first

  Publication(Configuration configuration) {
    this.configuration = configuration;
  }

  /** One thing to publish: its place, and where it stands until then. */
  private static final class Place {
    final FileSystem files;
    final Path target;
    final Path hidden;
    final Path beside;
    final Path replaced;
    final Deque<Path> createdFolders = new ArrayDeque<>(); // the deepest first
    boolean published;

    Place(FileSystem files, Path path) {
      this.files = files;
      target = files.makeQualified(path);
      hidden =
          new Path(target.getParent(), ".%s.%s".formatted(target.getName(), UUID.randomUUID()));
      beside = new Path(hidden, target.getName());
      replaced = new Path(hidden, target.getName() + ".replaced");
    }

    void makeFolders() throws IOException {
      for (Path folder = target.getParent();
          folder != null && !files.exists(folder);
          folder = folder.getParent()) {
        createdFolders.addLast(folder);
      }
      if (!files.mkdirs(hidden)) {
        throw new IOException("the folder " + target.getParent() + " cannot be written");
      }
    }

    /** Puts what stands beside in its place; what was there before goes only then. */
    void publish() throws IOException {
      boolean replaces = files.exists(target);
      if (replaces) {
        rename(target, replaced);
      }
      try {
        rename(beside, target);
      } catch (IOException e) {
        if (replaces) {
          rename(replaced, target);
        }
        throw e;
      }
      published = true;
    }

    private void rename(Path from, Path to) throws IOException {
      if (!files.rename(from, to)) {
        throw new IOException("%s cannot be renamed to %s".formatted(from, to));
      }
    }

    void tidy() throws IOException {
      if (!published && files.exists(replaced)) {
        return; // the only copy of what could not be put back
      }
      files.delete(hidden, true);
      for (Path folder : createdFolders) {
        if (files.exists(folder) && files.listStatus(folder).length == 0) {
          files.delete(folder, false);
        }
      }
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
  String folder(String location, boolean overwrite) {
    try {
      Path path = new Path(location);
      Place place = new Place(path.getFileSystem(configuration), path);
      if (!overwrite && place.files.exists(place.target)) {
        throw new JobFailure(
            "The output %s exists; name another place, or allow to replace it with --overwrite."
                .formatted(location));
      }
      return announce(place);
    } catch (IOException | IllegalArgumentException e) {
      throw cannotWrite(location, e);
    }
  }

  /**
   * A text file; one that is there will be replaced.
   *
   * @param location local if it has no scheme
   * @return what takes the text, to be called before {@link #publish()}
   * @throws JobFailure if nothing can be written there
   */
  TextFile textFile(String location) {
    try {
      Path path = TextFiles.path(location);
      Place place = new Place(TextFiles.fileSystem(path, configuration), path);
      if (place.files.exists(place.target)
          && place.files.getFileStatus(place.target).isDirectory()) {
        throw new IOException("it is a folder");
      }
      announce(place);
      return text -> {
        try (OutputStream out = place.files.create(place.beside, true)) {
          out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
          throw cannotWrite(location, e);
        }
      };
    } catch (IOException | IllegalArgumentException e) {
      throw cannotWrite(location, e);
    }
  }

  private String announce(Place place) throws IOException {
    places.addFirst(place);
    place.makeFolders();
    return place.beside.toString();
  }

  /** Something that takes the whole text of a file. */
  @FunctionalInterface
  interface TextFile {

    /** Writes the text. */
    void write(String text);
  }

  /** Gives everything its place, in the order in which it was announced. */
  void publish() {
    places
        .descendingIterator()
        .forEachRemaining(
            place -> {
              try {
                place.publish();
              } catch (IOException e) {
                throw cannotWrite(place.target.toString(), e);
              }
            });
  }

  /** Removes what was not published. */
  @Override
  public void close() {
    for (Place place : places) {
      try {
        place.tidy();
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
