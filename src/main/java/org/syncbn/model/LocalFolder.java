package org.syncbn.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder of this machine. */
public final class LocalFolder implements Folder {

  private final Path path;

  /** The folder at a path; it need not be there yet. */
  public LocalFolder(Path path) {
    this.path = path.toAbsolutePath().normalize();
  }

  @Override
  public String path() {
    return path.toString();
  }

  @Override
  public Folder sibling(String name) {
    return new LocalFolder(path.resolveSibling(name));
  }

  @Override
  public Folder child(String name) {
    return new LocalFolder(path.resolve(name));
  }

  @Override
  public String name() {
    return path.getFileName() == null ? "" : path.getFileName().toString();
  }

  @Override
  public boolean exists() {
    return Files.exists(path);
  }

  @Override
  public List<String> list() throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    if (!Files.isDirectory(path)) {
      throw new IOException(path + " is not a folder");
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public InputStream read(String file) throws IOException {
    try {
      return Files.newInputStream(path.resolve(file));
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException("there is no file " + path.resolve(file));
    }
  }

  /** The stream forces its bytes to the disk when it is closed, so that a rename seals them. */
  @Override
  public OutputStream write(String file) throws IOException {
    FileChannel channel = open(path.resolve(file));
    return new SealingStream(
        Channels.newOutputStream(channel),
        () -> {
          if (channel.isOpen()) {
            channel.force(true);
          }
        });
  }

  private FileChannel open(Path file) throws IOException {
    try {
      Files.createDirectories(path);
      return FileChannel.open(
          file,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) { // its message, like the next one's, is a bare path
      throw new IOException(e.getFile() + " is not a folder", e);
    } catch (AccessDeniedException e) {
      throw new IOException("permission denied for " + e.getFile(), e);
    } catch (NoSuchFileException e) {
      throw new IOException(e.getFile() + " cannot be created", e);
    }
  }

  @Override
  public void renameTo(Folder target) throws IOException {
    Path to = ((LocalFolder) target).path;
    if (Files.exists(to)) {
      throw new IOException(to + " is already there");
    }
    Files.move(path, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public String toString() {
    return path();
  }
}
