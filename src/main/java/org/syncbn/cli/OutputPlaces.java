package org.syncbn.cli;

import java.io.File;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FileSystems;
import org.syncbn.spark.files.Location;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.files.TextFiles;

/**
 * Checks the paths of a job's outputs against each other and against its inputs.
 *
 * <p>Outputs must not be equal or inside one another, and must not destroy an input, or the files
 * of a table that has a log of them.
 */
public final class OutputPlaces {

  private final Configuration configuration;
  private final List<Input> inputs = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();

  /** Places in the file systems of a configuration. */
  public OutputPlaces(Configuration configuration) {
    this.configuration = configuration;
  }

  /** What kind of thing has a place. */
  private enum Kind {
    DATA,
    TEXT
  }

  /** Something that is read before any output appears. */
  private record Input(Kind kind, String location, Path path, boolean isFolder) {}

  /** Where an output is to appear. */
  record Place(FileSystem fileSystem, Path path, Kind kind, boolean mayReplace) {

    /**
     * Whether something is there already.
     *
     * @throws JobFailure if it may not be replaced
     * @throws IOException if it cannot be
     */
    boolean isTaken() throws IOException {
      if (!fileSystem.exists(path)) {
        return false;
      }
      if (!mayReplace) {
        throw new JobFailure(
            "The output %s exists; choose another path, or replace it with --overwrite."
                .formatted(path));
      }
      if (kind == Kind.TEXT && fileSystem.getFileStatus(path).isDirectory()) {
        throw new IOException("it is a folder");
      }
      if (kind == Kind.TEXT && isLocalButNoFile()) {
        throw new IOException("it is a link, a device or a pipe, which a file cannot replace");
      }
      return true;
    }

    /** Whether a local place holds something like {@code /dev/stdout}. */
    private boolean isLocalButNoFile() {
      return "file".equals(path.toUri().getScheme())
          && !Files.isRegularFile(
              java.nio.file.Path.of(path.toUri().getPath()), LinkOption.NOFOLLOW_LINKS);
    }
  }

  /**
   * Says what data are read, so that no output destroys them. A folder may be replaced by what was
   * made from it.
   *
   * @param text file, folder or pattern in Hadoop's file systems
   */
  public void reads(String text) {
    try {
      Location location = Location.of(text, configuration);
      List<Location.Match> matches = location.matches();
      if (matches.isEmpty()) {
        Path path = location.fileSystem().makeQualified(location.path());
        inputs.add(new Input(Kind.DATA, text, real(path), false));
      }
      for (Location.Match match : matches) {
        Path path = real(match.status().getPath());
        inputs.add(new Input(Kind.DATA, text, path, match.status().isDirectory()));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw cannotRead(text, e);
    }
  }

  /**
   * Says what text file is read. It may be replaced by another text.
   *
   * @param location local if it has no scheme
   */
  public void readsText(String location) {
    try {
      Path path = TextFiles.path(location);
      Path qualified = FileSystems.withoutChecksums(path, configuration).makeQualified(path);
      inputs.add(new Input(Kind.TEXT, location, real(qualified), false));
    } catch (IOException | IllegalArgumentException e) {
      throw cannotRead(location, e);
    }
  }

  /**
   * Where a folder of data will be.
   *
   * @param location in Hadoop's file systems
   * @throws JobFailure if that would destroy something, or is taken and may not be replaced
   */
  Place data(String location, boolean overwrite) throws IOException {
    Location named = Location.of(location, configuration);
    FileSystem files = named.fileSystem();
    Path path = files.makeQualified(named.path());
    TableFormat.requireOutside(files, path);
    return added(new Place(files, path, Kind.DATA, overwrite));
  }

  /**
   * Where a text file will be; one that is there will be replaced.
   *
   * @param location local if it has no scheme
   * @throws JobFailure if that would destroy something
   */
  Place text(String location) throws IOException {
    Path path = TextFiles.path(location);
    FileSystem files = FileSystems.withoutChecksums(path, configuration);
    return added(new Place(files, files.makeQualified(path), Kind.TEXT, true));
  }

  private synchronized Place added(Place place) throws IOException {
    requireApart(place);
    place.isTaken();
    places.add(0, place);
    return place;
  }

  private void requireApart(Place place) throws IOException {
    Path path = real(place.path);
    for (Place other : places) {
      Path otherPath = real(other.path);
      if (isWithin(path, otherPath) || isWithin(otherPath, path)) {
        throw new JobFailure(
            path.equals(otherPath)
                ? "%s would be written twice; choose two paths.".formatted(place.path)
                : "%s and %s would be written one inside the other; choose separate paths."
                    .formatted(other.path, place.path));
      }
    }
    for (Input input : inputs) {
      if (path.equals(input.path)) {
        if (place.kind != input.kind) {
          throw new JobFailure(
              "%s is an input, so nothing else can be written there; choose another path."
                  .formatted(input.location));
        }
      } else if (isWithin(input.path, path)) {
        throw new JobFailure(
            "Writing %s would remove %s, which is an input; choose another path."
                .formatted(place.path, input.location));
      } else if (input.isFolder && isWithin(path, input.path)) {
        throw new JobFailure(
            ("%s is inside %s, which would then hold both input and output; choose a path"
                    + " outside.")
                .formatted(place.path, input.location));
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

  private static JobFailure cannotRead(String location, Exception cause) {
    if (ExceptionUtils.getRootCause(cause) instanceof UnknownHostException) {
      return new JobFailure(
          "Cannot read %s. %s".formatted(location, DataException.of(cause).getMessage()), cause);
    }
    return new JobFailure(
        "Cannot read %s: %s.".formatted(location, Failures.oneLine(cause.getMessage())), cause);
  }
}
