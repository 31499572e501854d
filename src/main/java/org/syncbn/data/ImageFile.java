package org.syncbn.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A PNG, JPEG, GIF or BMP file as a row of bytes.
 *
 * <p>An image of another size is resized: each pixel is the mean of those around its place, with
 * weights that fall linearly to 0 at a distance of one pixel of the coarser of the two grids. Grey
 * is {@code 0.299 red + 0.587 green + 0.114 blue} (ITU-R BT.601). Transparency and the orientation
 * that a camera noted are ignored.
 */
public final class ImageFile {

  private ImageFile() {}

  /**
   * Decodes and resizes an image.
   *
   * @param file the whole file
   * @return unsigned bytes // [height, width, channels]; empty if the file is not such an image
   */
  public static Optional<byte[]> decode(byte[] file, ImageSize size) {
    return read(file)
        .map(
            image -> {
              double[] wide = pixels(image, size.channels());
              double[] rows = // [height, image width, channels]
                  resized(
                      wide,
                      1,
                      image.getHeight(),
                      size.height(),
                      image.getWidth() * size.channels());
              return bytes(
                  resized(rows, size.height(), image.getWidth(), size.width(), size.channels()));
            });
  }

  private static Optional<BufferedImage> read(byte[] file) {
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      return readers.hasNext() ? read(in, readers.next()) : Optional.empty();
    } catch (IOException | RuntimeException e) { // damaged files end in either
      return Optional.empty();
    }
  }

  private static Optional<BufferedImage> read(ImageInputStream in, ImageReader reader)
      throws IOException {
    boolean[] damaged = {false};
    reader.addIIOReadWarningListener((source, warning) -> damaged[0] |= isDamage(warning));
    try {
      reader.setInput(in, true, true);
      BufferedImage image = reader.read(0);
      return damaged[0] ? Optional.empty() : Optional.of(image);
    } finally {
      reader.dispose();
    }
  }

  /** The reader of JPEG fills what is missing with grey and says so; bytes too many do no harm. */
  private static boolean isDamage(String warning) {
    return warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous");
  }

  /** The values of an image from 0 to 255 // [height, width, channels]. */
  private static double[] pixels(BufferedImage image, int channels) {
    double[] values = new double[image.getHeight() * image.getWidth() * channels];
    // Java converts grey to colour by way of linear light, which changes the numbers.
    boolean isGrey = image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    double white = isGrey ? (1 << image.getColorModel().getComponentSize(0)) - 1 : 255;
    int at = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int rgb = isGrey ? 0 : image.getRGB(x, y);
        double grey = isGrey ? image.getRaster().getSample(x, y, 0) * 255 / white : 0;
        double red = isGrey ? grey : rgb >> 16 & 0xFF;
        double green = isGrey ? grey : rgb >> 8 & 0xFF;
        double blue = isGrey ? grey : rgb & 0xFF;
        if (channels == 1) {
          values[at++] = isGrey ? grey : 0.299 * red + 0.587 * green + 0.114 * blue;
        } else {
          values[at++] = red;
          values[at++] = green;
          values[at++] = blue;
        }
      }
    }
    return values;
  }

  /** Resizes the middle dimension // [outer, from, inner] to [outer, to, inner]. */
  private static double[] resized(double[] values, int outer, int from, int to, int inner) {
    if (from == to) {
      return values;
    }
    double[] result = new double[outer * to * inner];
    double scale = (double) from / to;
    double reach = Math.max(1, scale);
    for (int target = 0; target < to; target++) {
      double centre = (target + 0.5) * scale - 0.5;
      int first = Math.max(0, (int) Math.ceil(centre - reach));
      int last = Math.min(from - 1, (int) Math.floor(centre + reach));
      double sum = 0;
      for (int source = first; source <= last; source++) {
        sum += reach - Math.abs(source - centre);
      }
      for (int source = first; source <= last; source++) {
        double weight = (reach - Math.abs(source - centre)) / sum;
        for (int o = 0; o < outer; o++) {
          int at = (o * to + target) * inner;
          int with = (o * from + source) * inner;
          for (int i = 0; i < inner; i++) {
            result[at + i] += weight * values[with + i];
          }
        }
      }
    }
    return result;
  }

  private static byte[] bytes(double[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(values[i]);
    }
    return bytes;
  }
}
