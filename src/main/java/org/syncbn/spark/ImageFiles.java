package org.syncbn.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.data.Block;
import org.syncbn.data.ImageFile;
import org.syncbn.data.ImageSize;
import org.syncbn.data.Schema;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.Location;
import org.syncbn.spark.internals.Sessions;

/**
 * A folder of image files in Hadoop's file systems, which executors read and bring to one size. The
 * folder may have a folder for each class, whose images are those below it. Hidden files, whose
 * names begin with a dot or an underscore, are left out.
 *
 * <p>Immutable. Throws {@link DataException} where a file is not an image.
 */
public final class ImageFiles implements Serializable {

  private static final long serialVersionUID = 1;

  private static final int ROWS_PER_BLOCK = 256;

  private final String root;
  private final ImageSize size;

  private ImageFiles(String root, ImageSize size) {
    this.root = root;
    this.size = size;
  }

  /**
   * The images of a folder.
   *
   * @param size that they are brought to
   */
  public static ImageFiles in(SparkSession session, String folder, ImageSize size) {
    try {
      Path path = new Path(folder);
      FileSystem files = path.getFileSystem(Sessions.hadoop(session));
      if (!files.getFileStatus(path).isDirectory()) {
        throw new DataException("%s is a file; images are read from a folder.".formatted(folder));
      }
      return new ImageFiles(files.makeQualified(path).toString(), size);
    } catch (FileNotFoundException e) {
      throw new DataException("There is no folder %s.".formatted(folder));
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  /** The names of the folders of classes, sorted. */
  public List<String> classes(SparkSession session) {
    try {
      Path path = new Path(root);
      FileStatus[] entries = path.getFileSystem(Sessions.hadoop(session)).listStatus(path);
      List<String> classes =
          Stream.of(entries)
              .filter(FileStatus::isDirectory)
              .map(entry -> entry.getPath().getName())
              .filter(name -> !name.startsWith(".") && !name.startsWith("_"))
              .sorted()
              .toList();
      if (classes.isEmpty()) {
        throw new DataException(
            "%s has no folders; the images of each class lie in a folder of its name."
                .formatted(root));
      }
      return classes;
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  /** What the rows mean, if their labels are these classes. */
  public Schema schema(List<String> classes) {
    return new Schema(size.shape(), List.of(), classes);
  }

  /** All images with their labels, some hundreds in a block. */
  public JavaRDD<Block> blocks(SparkSession session, List<String> classes) {
    HashMap<String, Integer> known = new HashMap<>();
    classes.forEach(name -> known.put(name, known.size()));
    return files(session).mapPartitions(rows -> inPieces(rows, piece -> labelled(piece, known)));
  }

  /** The files of the folder: their paths and contents. */
  public JavaRDD<Row> files(SparkSession session) {
    Dataset<Row> files =
        session
            .read()
            .format("binaryFile")
            .option("recursiveFileLookup", true)
            .load(Location.literal(root));
    return files.select("path", "content").toJavaRDD();
  }

  /**
   * Some files of {@link #files} at a time.
   *
   * @param piece what becomes of them
   */
  public static <T> Iterator<T> inPieces(Iterator<Row> files, Function<List<Row>, T> piece) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return files.hasNext();
      }

      @Override
      public T next() {
        List<Row> some = new ArrayList<>();
        while (some.size() < ROWS_PER_BLOCK && files.hasNext()) {
          some.add(files.next());
        }
        return piece.apply(some);
      }
    };
  }

  private Block labelled(List<Row> files, Map<String, Integer> classes) {
    float[] labels = new float[files.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = label(files.get(i).getString(0), classes);
    }
    return block(files, labels);
  }

  /**
   * Some files of {@link #files} as rows of features.
   *
   * @param labels // [files, labels of a row]
   */
  public Block block(List<Row> files, float[] labels) {
    int length = size.height() * size.width() * size.channels();
    byte[] pixels = new byte[Math.multiplyExact(files.size(), length)];
    for (int i = 0; i < files.size(); i++) {
      Row file = files.get(i);
      byte[] image =
          ImageFile.decode(file.getAs(1), size)
              .orElseThrow(
                  () ->
                      new DataException(
                          "%s is not an image that can be read (PNG, JPEG, GIF or BMP); remove it, or hide it by a name that begins with a dot."
                              .formatted(file.getString(0))));
      System.arraycopy(image, 0, pixels, i * length, length);
    }
    return Block.ofBytes(files.size(), pixels, labels, new float[0]);
  }

  private int label(String path, Map<String, Integer> classes) {
    String below = path.substring(path.indexOf(root) + root.length()).replaceFirst("^/+", "");
    int end = below.indexOf('/');
    if (end < 0) {
      throw new DataException(
          "%s lies beside the folders of the classes; move it into that of its class, or hide it by a name that begins with a dot."
              .formatted(path));
    }
    Integer label = classes.get(below.substring(0, end));
    if (label == null) {
      throw new DataException(
          "%s lies in the folder '%s', which is none of the classes %s."
              .formatted(path, below.substring(0, end), names(classes)));
    }
    return label;
  }

  private static List<String> names(Map<String, Integer> classes) {
    return classes.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .toList();
  }
}
