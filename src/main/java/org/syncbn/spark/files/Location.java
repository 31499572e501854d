package org.syncbn.spark.files;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.GlobFilter;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A file, a folder or a pattern, as a person names it. Any character may stand in a name: what
 * exists by its literal name is taken as that, and only what does not is a pattern of Hadoop
 * ({@code *}, {@code ?}, {@code [ab]}, {@code {a,b}}), folder by folder.
 *
 * <p>A pattern does not match hidden names, unless it begins with their {@code .} or {@code _}.
 *
 * @param text as it was named
 * @param path without the meaning of a pattern
 * @param fileSystem of the path
 */
public record Location(String text, Path path, FileSystem fileSystem) {

  private static final Pattern WITH_SCHEME =
      Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*", Pattern.DOTALL);

  /**
   * The place that a text names.
   *
   * @throws IOException if its file system cannot be reached
   */
  public static Location of(String text, Configuration configuration) throws IOException {
    if (text.isBlank()) {
      throw new DataException("The name of a file or folder is empty.");
    }
    Path path = path(text);
    return new Location(text, path, FileSystems.of(path, configuration));
  }

  /** Whether a text begins with the name of a file system, as {@code hdfs://host/file} does. */
  public static boolean hasScheme(String text) {
    return WITH_SCHEME.matcher(text).matches();
  }

  /** The path of a literal name: {@code a:b} is a file and not a file system. */
  public static Path path(String text) {
    return hasScheme(text) ? new Path(text) : new Path(null, null, text);
  }

  /** The pattern that matches a literal name alone, for Spark, which takes a name for a pattern. */
  public static String literal(String text) {
    return text.replaceAll("[\\\\*?\\[\\]{}]", "\\\\$0");
  }

  /** What opens a file: Hadoop's local file system cannot name the checksum of one with a colon. */
  public static FileSystem opener(Path path, Configuration configuration) throws IOException {
    FileSystem fileSystem = path.getFileSystem(configuration);
    return path.getName().indexOf(':') >= 0 && fileSystem instanceof LocalFileSystem local
        ? local.getRawFileSystem()
        : fileSystem;
  }

  /** What is in a folder by a name that may have colons. */
  public static Path child(Path folder, String name) {
    return new Path(folder, new Path(null, null, name));
  }

  /**
   * What is there, sorted by names.
   *
   * @param status the file or folder
   * @param below how it lies below the part of the location that is not a pattern
   */
  public record Match(FileStatus status, List<String> below) {

    private Match child(FileStatus found, String name) {
      List<String> names = new ArrayList<>(below);
      names.add(name);
      return new Match(found, List.copyOf(names));
    }
  }

  /** What is there by this name, or by this pattern; empty if nothing is. */
  public List<Match> matches() throws IOException {
    try {
      return List.of(new Match(fileSystem.getFileStatus(path), List.of()));
    } catch (FileNotFoundException e) {
      return isPattern(path.toUri().getPath()) ? matchesOfPattern() : List.of();
    }
  }

  private List<Match> matchesOfPattern() throws IOException {
    Path whole = fileSystem.makeQualified(path);
    Path root = new Path(whole.toUri().getScheme(), whole.toUri().getAuthority(), Path.SEPARATOR);
    List<Match> found = List.of(new Match(fileSystem.getFileStatus(root), List.of()));
    for (String name : whole.toUri().getPath().substring(1).split(Path.SEPARATOR)) {
      List<Match> next = new ArrayList<>();
      for (Match folder : found) {
        next.addAll(matchesIn(folder, name));
      }
      found = next;
    }
    return found;
  }

  private List<Match> matchesIn(Match folder, String name) throws IOException {
    if (!folder.status.isDirectory()) {
      return List.of();
    }
    try {
      FileStatus literal = fileSystem.getFileStatus(child(folder.status.getPath(), name));
      return List.of(
          folder.below.isEmpty() ? new Match(literal, List.of()) : folder.child(literal, name));
    } catch (FileNotFoundException e) {
      if (!isPattern(name)) {
        return List.of();
      }
    }
    GlobFilter pattern = new GlobFilter(name);
    List<Match> found = new ArrayList<>();
    for (FileStatus status : FolderTree.list(fileSystem, folder.status.getPath())) {
      String candidate = status.getPath().getName();
      boolean mayMatch = !FolderTree.isLeftOut(status) || name.charAt(0) == candidate.charAt(0);
      if (mayMatch && pattern.accept(new Path(null, null, candidate))) {
        found.add(folder.child(status, candidate));
      }
    }
    return found;
  }

  private static boolean isPattern(String text) {
    return text.matches("(?s).*[*?\\[{\\\\].*");
  }

  @Override
  public String toString() {
    return text;
  }
}
