package org.syncbn.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * A place for files: what the saving of models needs of a file system. Local folders are {@link
 * LocalFolder}; other file systems implement the same few operations. What fails is an {@link
 * IOException} whose message a person can read.
 *
 * <p>Immutable; the files behind it are not locked.
 */
public interface Folder {

  /** The path, for sentences. */
  String path();

  /** A folder beside this one. */
  Folder sibling(String name);

  /** A folder inside this one. */
  Folder child(String name);

  /** The last part of the path. */
  String name();

  /** Whether the folder is there. */
  boolean exists() throws IOException;

  /**
   * Names of what the folder holds, sorted; nothing if it is not there.
   *
   * @throws IOException also if something else than a folder is there
   */
  List<String> list() throws IOException;

  /**
   * Opens a file of this folder.
   *
   * @throws java.nio.file.NoSuchFileException if it is not there
   */
  InputStream read(String file) throws IOException;

  /**
   * Creates or replaces a file of this folder, and the folder and its parents if need be. The bytes
   * are safe when the stream was closed.
   */
  OutputStream write(String file) throws IOException;

  /** Gives this folder the place of another one, which must not be there. */
  void renameTo(Folder target) throws IOException;

  /** Removes the folder with all that it holds; nothing happens if it is not there. */
  void delete() throws IOException;
}
