package org.syncbn.spark.files;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files of a folder and of its subfolders that are not hidden, in the order of their names.
 *
 * <p>A name is hidden if it begins with {@code .} or {@code _} and has no {@code =}, as {@code
 * _SUCCESS} and {@code .part.crc}; so is a file that Hadoop's shell is still copying.
 */
final class FolderTree {

  private static final String BEING_COPIED = "._COPYING_"; // of hadoop fs -put

  private final FileSystem fileSystem;
  private final Set<String> open = new HashSet<>(); // the folders being listed, links resolved
  private final List<Location.Match> files = new ArrayList<>();

  private FolderTree(FileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  /**
   * The files of a match: itself, or all in it.
   *
   * @throws DataException where a link leads nowhere or into itself, or a table of another program
   *     lies
   */
  static List<Location.Match> files(FileSystem fileSystem, Location.Match match)
      throws IOException {
    FolderTree tree = new FolderTree(fileSystem);
    tree.add(match);
    return tree.files;
  }

  /** Whether a file or folder is left out of a folder, and of what a pattern matches. */
  static boolean isLeftOut(FileStatus status) {
    String name = status.getPath().getName();
    return isHidden(name) || !status.isDirectory() && name.endsWith(BEING_COPIED);
  }

  private static boolean isHidden(String name) {
    boolean marked = name.startsWith(".") || name.startsWith("_");
    return marked && !name.contains("=");
  }

  /** What a folder holds, hidden or not, sorted by name. */
  static List<FileStatus> list(FileSystem fileSystem, Path folder) throws IOException {
    FileStatus[] found = fileSystem.listStatus(folder);
    Optional<File> local = local(folder);
    if (local.isPresent()) {
      requireLinks(local.get());
    }
    return Arrays.stream(found)
        .sorted(Comparator.comparing(status -> status.getPath().getName()))
        .toList();
  }

  /** A path on the local disk. */
  static Optional<File> local(Path qualified) {
    return "file".equals(qualified.toUri().getScheme())
        ? Optional.of(new File(qualified.toUri().getPath()))
        : Optional.empty();
  }

  /** Hadoop passes over links that lead nowhere. */
  private static void requireLinks(File folder) {
    String[] names = folder.list();
    for (String name : names == null ? new String[0] : names) {
      File file = new File(folder, name);
      if (!isHidden(name) && !file.exists() && Files.isSymbolicLink(file.toPath())) {
        throw new DataException(
            "The link %s is broken; repair it, or remove it from the folder.".formatted(file));
      }
    }
  }

  private void add(Location.Match match) throws IOException {
    Path path = match.status().getPath();
    if (!match.status().isDirectory()) {
      requireRegularFile(path);
      files.add(match);
      return;
    }
    Optional<File> local = local(path);
    String real = local.isPresent() ? local.get().getCanonicalPath() : path.toString();
    if (!open.add(real)) {
      throw new DataException(
          "The folder %s is a link to a folder that contains it; remove it.".formatted(path));
    }
    for (FileStatus status : list(fileSystem, path)) {
      String name = status.getPath().getName();
      Optional<TableFormat> table = TableFormat.ofMarker(status);
      if (table.isPresent()) {
        throw table.get().rejection(table.get().folderOf(status.getPath()));
      }
      if (!isLeftOut(status)) {
        List<String> below = new ArrayList<>(match.below());
        below.add(name);
        add(new Location.Match(status, List.copyOf(below)));
      }
    }
    open.remove(real);
  }

  private static void requireRegularFile(Path path) {
    Optional<File> local = local(path);
    if (local.isPresent() && !local.get().isFile()) {
      throw new DataException(
          "%s is a pipe or a device, which can be read only once; write what it gives to a file."
              .formatted(path));
    }
  }
}
