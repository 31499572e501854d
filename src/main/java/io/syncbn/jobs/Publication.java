package io.syncbn.jobs;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Files and folders that appear at the end, when all is well, or not at all.
 *
 * <p>Each is written in a hidden folder beside its place and renamed by {@link #publish()}. {@link
 * #close()} removes what was not published, created parent folders included; when the JVM is
 * interrupted or terminated before, so does its end. Renaming is atomic on local disks and HDFS; on
 * object stores it is a copy.
 *
 * <p>No two places may be the same or lie within each other, and none may destroy what is read.
 * {@link #publish()} and {@link #close()} exclude each other, for the end of the JVM has a thread
 * of its own.
 */
final class Publication implements AutoCloseable {

  /** After Spark has stopped what still writes, and before Hadoop closes its file systems. */
  private static final int HOOK_PRIORITY = FileSystem.SHUTDOWN_HOOK_PRIORITY + 10;

  private final Configuration configuration;
  private final Deque<Place> places = new ArrayDeque<>(); // the last one first
  private final List<Source> sources = new ArrayList<>();
  private final Runnable hook = this::tidy;
  private boolean closed;

  Publication(Configuration configuration) {
    this.configuration = configuration;
    ShutdownHookManager.get().addShutdownHook(hook, HOOK_PRIORITY);
  }

  /** What kind of thing has a place. */
  private enum Kind {
    DATA,
    TEXT
  }

  /** Something that is read before anything is published. */
  private record Source(Kind kind, String location, Path path, boolean isFolder) {}

  /** One thing to publish: its place, and where it stands until then. */
  private static final class Place {
    final FileSystem files;
    final Kind kind;
    final boolean mayReplace;
    final Path target;
    final Path hidden;
    final Path beside;
    final Path replaced;
    final Deque<Path> createdFolders = new ArrayDeque<>(); // the deepest first
    boolean published;

    Place(FileSystem files, Path path, Kind kind, boolean mayReplace) {
      this.files = files;
      this.kind = kind;
      this.mayReplace = mayReplace;
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

    /**
     * What is there already, if anything.
     *
     * @throws JobFailure if it may not be replaced
     */
    boolean replaces() throws IOException {
      if (!files.exists(target)) {
        return false;
      }
      if (!mayReplace) {
        throw new JobFailure(
            "The output %s exists; name another place, or allow to replace it with --overwrite."
                .formatted(target));
      }
      if (kind == Kind.TEXT && files.getFileStatus(target).isDirectory()) {
        throw new IOException("it is a folder");
      }
      if (kind == Kind.TEXT && isLocalButNoFile()) {
        throw new IOException("it is a link, a device or a pipe, which a file cannot replace");
      }
      return true;
    }

    /** Whether a local place holds something like {@code /dev/stdout}. */
    private boolean isLocalButNoFile() {
      return "file".equals(target.toUri().getScheme())
          && !Files.isRegularFile(
              java.nio.file.Path.of(target.toUri().getPath()), LinkOption.NOFOLLOW_LINKS);
    }

    /** Puts what stands beside in its place; what was there before goes only then. */
    void publish() throws IOException {
      boolean replaces = replaces();
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
      Place place = new Place(path.getFileSystem(configuration), path, Kind.DATA, overwrite);
      announce(place);
      return place.beside.toString();
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
      Place place = new Place(TextFiles.fileSystem(path, configuration), path, Kind.TEXT, true);
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

  private synchronized void announce(Place place) throws IOException {
    requireOpen();
    requireApart(place);
    place.replaces();
    places.addFirst(place);
    place.makeFolders();
  }

  private void requireApart(Place place) throws IOException {
    Path target = real(place.target);
    for (Place other : places) {
      Path otherTarget = real(other.target);
      if (isWithin(target, otherTarget) || isWithin(otherTarget, target)) {
        throw new JobFailure(
            target.equals(otherTarget)
                ? "%s is to be written twice; name two places.".formatted(place.target)
                : "%s and %s are to be written, one within the other; name places apart."
                    .formatted(other.target, place.target));
      }
    }
    for (Source source : sources) {
      if (target.equals(source.path)) {
        if (place.kind != source.kind) {
          throw new JobFailure(
              "%s is read, so nothing else can be written there; name another place."
                  .formatted(source.location));
        }
      } else if (isWithin(source.path, target)) {
        throw new JobFailure(
            "Writing %s would remove %s, which is read; name another place."
                .formatted(place.target, source.location));
      } else if (source.isFolder && isWithin(target, source.path)) {
        throw new JobFailure(
            "%s lies within %s, which would then hold what was read and what was written; name a place outside."
                .formatted(place.target, source.location));
      }
    }
  }

  /** Whether a path is another one or below it. */
  private static boolean isWithin(Path path, Path folder) {
    Path at = path;
    while (at != null && !at.equals(folder)) {
      at = at.getParent();
    }
    return at != null;
  }

  /** A path that equals another one of the same thing, links on the local disk resolved. */
  private static Path real(Path qualified) throws IOException {
    return "file".equals(qualified.toUri().getScheme())
        ? new Path("file", null, new File(qualified.toUri().getPath()).getCanonicalPath())
        : qualified;
  }

  /**
   * Says what data are read, so that no place announced later destroys them. A folder may be
   * replaced by what was made from it.
   *
   * @param location file, folder or pattern in Hadoop's file systems
   */
  void reads(String location) {
    try {
      Path path = new Path(location);
      addSources(Kind.DATA, location, path, path.getFileSystem(configuration));
    } catch (IOException | IllegalArgumentException e) {
      throw cannotRead(location, e);
    }
  }

  /**
   * Says what text file is read. It may be replaced by another text.
   *
   * @param location local if it has no scheme
   */
  void readsText(String location) {
    try {
      Path path = TextFiles.path(location);
      addSources(Kind.TEXT, location, path, TextFiles.fileSystem(path, configuration));
    } catch (IOException | IllegalArgumentException e) {
      throw cannotRead(location, e);
    }
  }

  private void addSources(Kind kind, String location, Path path, FileSystem files)
      throws IOException {
    FileStatus[] found = kind == Kind.DATA ? files.globStatus(path) : null;
    if (found == null || found.length == 0) {
      sources.add(new Source(kind, location, real(files.makeQualified(path)), false));
      return;
    }
    for (FileStatus file : found) {
      sources.add(new Source(kind, location, real(file.getPath()), file.isDirectory()));
    }
  }

  /** Something that takes the whole text of a file. */
  @FunctionalInterface
  interface TextFile {

    /** Writes the text. */
    void write(String text);
  }

  /**
   * Gives everything its place, in the order in which it was announced.
   *
   * @throws JobFailure if something cannot be written, or stands since then where nothing may be
   *     replaced
   */
  synchronized void publish() {
    requireOpen();
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

  private void requireOpen() {
    if (closed) {
      throw new JobFailure("The job was interrupted.");
    }
  }

  /** Removes what was not published. */
  @Override
  public void close() {
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(hook);
    }
    tidy();
  }

  private synchronized void tidy() {
    closed = true;
    for (Place place : places) {
      try {
        place.tidy();
      } catch (IOException e) {
        // The job's own failure says what is wrong; a hidden folder may stay behind.
        continue;
      }
    }
  }

  private static JobFailure cannotRead(String location, Exception cause) {
    return new JobFailure(
        "Cannot read %s: %s.".formatted(location, Failures.oneLine(cause.getMessage())), cause);
  }

  private static JobFailure cannotWrite(String location, Exception cause) {
    return new JobFailure(
        "Cannot write %s: %s.".formatted(location, Failures.oneLine(cause)), cause);
  }
}
