package org.syncbn.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.syncbn.model.Folder;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.SealingStream;
import org.syncbn.spark.files.FileSystems;

/**
 * A folder in any of Hadoop's file systems.
 *
 * <p>A rename is atomic on HDFS; on object stores it is a copy, during which a reader may see some
 * of the files. Models name the SHA-256 of their files, so such a reader notices.
 */
public final class HadoopFolder implements Folder {

  private final FileSystem files;
  private final Path path; // qualified

  private HadoopFolder(FileSystem files, Path path) {
    this.files = files;
    this.path = path;
  }

  /**
   * The folder at a location: a {@link LocalFolder} where that is the local disk.
   *
   * @param location a path with or without a scheme; without, on the default file system
   * @throws IOException if there is no file system of that scheme, or it cannot be reached
   * @throws IllegalArgumentException if the location is not a path
   */
  public static Folder at(String location, Configuration configuration) throws IOException {
    Path path = new Path(location);
    FileSystem files = FileSystems.of(path, configuration);
    Path qualified = files.makeQualified(path);
    return "file".equals(qualified.toUri().getScheme())
        ? new LocalFolder(java.nio.file.Path.of(qualified.toUri().getPath()))
        : new HadoopFolder(files, qualified);
  }

  @Override
  public String path() {
    return path.toString();
  }

  @Override
  public Folder sibling(String name) {
    return new HadoopFolder(files, new Path(path.getParent(), name));
  }

  @Override
  public Folder child(String name) {
    return new HadoopFolder(files, new Path(path, name));
  }

  @Override
  public String name() {
    return path.getName();
  }

  @Override
  public boolean exists() throws IOException {
    return files.exists(path);
  }

  @Override
  public List<String> list() throws IOException {
    if (!exists()) {
      return List.of();
    }
    if (!files.getFileStatus(path).isDirectory()) {
      throw new IOException(path + " is not a folder");
    }
    return Arrays.stream(files.listStatus(path))
        .map(status -> status.getPath().getName())
        .sorted()
        .toList();
  }

  @Override
  public InputStream read(String file) throws IOException {
    try {
      return files.open(new Path(path, file));
    } catch (FileNotFoundException e) {
      throw new NoSuchFileException("there is no file " + new Path(path, file));
    }
  }

  @Override
  public OutputStream write(String file) throws IOException {
    if (!files.mkdirs(path)) {
      throw new IOException("the folder %s cannot be created".formatted(path));
    }
    FSDataOutputStream out = files.create(new Path(path, file), true);
    return new SealingStream(
        out,
        () -> {
          if (out.hasCapability(StreamCapabilities.HSYNC)) {
            out.hsync();
          }
        });
  }

  @Override
  public void renameTo(Folder target) throws IOException {
    Path to = ((HadoopFolder) target).path;
    if (files.exists(to)) { // Hadoop would move this folder into that one
      throw new IOException(to + " is already there");
    }
    if (!files.rename(path, to)) {
      throw new IOException("%s cannot be renamed to %s".formatted(path, to));
    }
  }

  @Override
  public void delete() throws IOException {
    if (!files.delete(path, true) && exists()) {
      throw new IOException(path + " cannot be deleted");
    }
  }

  @Override
  public String toString() {
    return path();
  }
}
