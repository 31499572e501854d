package org.syncbn.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A folder with the files of the MNIST family under their usual names: {@code
 * train-images-idx3-ubyte} and {@code train-labels-idx1-ubyte}, the same with {@code t10k} for the
 * test set; plain or with {@code .gz}.
 */
public final class ImageFolder {

  private ImageFolder() {}

  /** The two sets of such a folder. */
  public enum Split {
    /** The files that begin with {@code train}. */
    TRAIN("train"),
    /** The files that begin with {@code t10k}. */
    TEST("t10k");

    private final String prefix;

    Split(String prefix) {
      this.prefix = prefix;
    }
  }

  /**
   * Reads one of the sets; images become rows of shape [height, width, 1].
   *
   * @throws IOException in a sentence, if a file is missing or damaged, or images and labels differ
   *     in number
   */
  public static Dataset read(Path folder, Split split) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder);
    }
    Path imagePath = file(folder, split.prefix + "-images-idx3-ubyte");
    Path labelPath = file(folder, split.prefix + "-labels-idx1-ubyte");
    IdxFile images = IdxFile.read(imagePath);
    IdxFile labels = IdxFile.read(labelPath);
    if (images.shape().length != 3) {
      throw new IOException(
          imagePath
              + " holds no images: it has "
              + images.shape().length
              + " dimensions, images have 3");
    }
    if (images.items() == 0) {
      throw new IOException(imagePath + " holds no images");
    }
    if (labels.shape().length != 1) {
      throw new IOException(
          labelPath
              + " holds no labels: it has "
              + labels.shape().length
              + " dimensions, labels have 1");
    }
    if (images.items() != labels.items()) {
      throw new IOException(
          imagePath
              + " holds "
              + images.items()
              + " images, but "
              + labelPath
              + " holds "
              + labels.items()
              + " labels");
    }
    float[] y = new float[labels.items()];
    int largest = 0;
    for (int i = 0; i < y.length; i++) {
      int label = labels.values()[i] & 0xFF;
      largest = Math.max(largest, label);
      y[i] = label;
    }
    Schema schema =
        new Schema(
            List.of(images.shape()[1], images.shape()[2], 1),
            List.of(),
            IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList());
    return new Dataset(Block.ofBytes(y.length, images.values(), y, new float[0]), schema);
  }

  private static Path file(Path folder, String name) throws IOException {
    for (String candidate : List.of(name, name + ".gz")) {
      Path path = folder.resolve(candidate);
      if (Files.exists(path)) {
        return path;
      }
    }
    throw new IOException(folder + " holds neither " + name + " nor " + name + ".gz");
  }
}
