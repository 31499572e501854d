package org.syncbn.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** A folder of files that is written atomically: under a temporary name, then renamed. */
final class SavedFolder {

  private static final String PART = ".part";
  private static final String OLD = ".old";

  private SavedFolder() {}

  /** Writes the content of one file. */
  @FunctionalInterface
  interface Content {
    void write(OutputStream out) throws IOException;
  }

  /**
   * Writes the files, and puts them in the place of a folder of the same kind.
   *
   * @param target where the folder shall appear
   * @param marker a file by which a folder of this kind is known
   * @param files names and contents
   * @throws IOException in a sentence, if something else is in the place, or the file system
   *     rejects; what was there is there still, and nothing half-written is left
   */
  static void write(Folder target, String marker, Map<String, Content> files) throws IOException {
    boolean replaces = mayReplace(target, marker);
    Folder part = part(target);
    Folder old = target.sibling("." + target.name() + OLD);
    try {
      part.delete();
      for (Map.Entry<String, Content> file : files.entrySet()) {
        try (OutputStream out = new BufferedOutputStream(part.write(file.getKey()), 1 << 16)) {
          file.getValue().write(out);
        }
      }
      if (replaces) {
        old.delete();
        target.renameTo(old);
      }
      part.renameTo(target);
    } catch (IOException e) {
      tidy(part, old, target, e);
      throw cannotWrite(target, e);
    } catch (RuntimeException e) {
      tidy(part, old, target, e);
      throw e;
    }
    old.delete();
  }

  /**
   * Checks that {@link #write} may write to a path, by writing an empty file next to it.
   *
   * @throws IOException in the sentence of {@link #write}
   */
  static void requireWritable(Folder target, String marker) throws IOException {
    mayReplace(target, marker);
    Folder part = part(target);
    try {
      part.delete();
      part.write(marker).close();
      part.delete();
    } catch (IOException e) {
      throw cannotWrite(target, e);
    }
  }

  /** Whether there is something to replace; what is not of the kind is rejected. */
  private static boolean mayReplace(Folder target, String marker) throws IOException {
    boolean replaces = target.exists();
    if (replaces && !target.list().isEmpty() && !target.list().contains(marker)) {
      throw new IOException(
          target.path() + " holds something else (it has no " + marker + ") and is left alone");
    }
    return replaces;
  }

  private static Folder part(Folder target) {
    return target.sibling("." + target.name() + PART);
  }

  private static IOException cannotWrite(Folder target, IOException cause) {
    return new IOException(
        "cannot write %s: %s".formatted(target.path(), cause.getMessage()), cause);
  }

  private static void tidy(Folder part, Folder old, Folder target, Exception failure) {
    try {
      if (!target.exists() && old.exists()) {
        old.renameTo(target);
      }
      part.delete();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
