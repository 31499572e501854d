package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {

  private static final Color COLOUR = new Color(200, 100, 40);

  @Test
  void greyValuesAreThoseOfTheFile() throws IOException {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 6; i++) {
      image.getRaster().setSample(i % 3, i / 3, 0, 50 * i);
    }
    assertThat(decode(image, "png", 2, 3, 1))
        .containsExactly(0, 50, 100, (byte) 150, (byte) 200, (byte) 250);
    assertThat(decode(image, "png", 2, 3, 3))
        .startsWith(0, 0, 0, 50, 50, 50)
        .endsWith((byte) 250, (byte) 250, (byte) 250);
  }

  @Test
  void coloursKeepTheirOrderAndBecomeGreyByTheirBrightness() throws IOException {
    BufferedImage image = filled(1, 1);
    assertThat(decode(image, "png", 1, 1, 3)).containsExactly((byte) 200, 100, 40);
    long grey = Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 40);
    assertThat(decode(image, "png", 1, 1, 1)).containsExactly((byte) grey);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp"})
  void anImageOfOneColourHasItInEverySize(String format) throws IOException {
    byte[] resized = decode(filled(9, 5), format, 3, 14, 3);
    assertThat(resized).hasSize(3 * 14 * 3);
    for (int i = 0; i < resized.length; i++) {
      int expected = new int[] {200, 100, 40}[i % 3];
      assertThat((double) (resized[i] & 0xFF)).isBetween(expected - 3.0, expected + 3.0); // JPEG
    }
  }

  @Test
  void halfTheSizeTakesTheMeanOfPixelsNearby() throws IOException {
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_GRAY);
    for (int x = 0; x < 4; x++) {
      image.getRaster().setSample(x, 0, 0, 80 * (x / 2)); // 0 0 80 80
    }
    // At 0.5 of the old pixels: weights 1.5, 1.5 and 0.5 for the pixels 0, 1 and 2.
    long first = Math.round(80 * 0.5 / (1.5 + 1.5 + 0.5));
    assertThat(decode(image, "png", 1, 2, 1)).containsExactly((byte) first, (byte) (80 - first));
  }

  @Test
  void whatIsNoImageOrIsCutOffIsNone() throws IOException {
    ImageSize size = new ImageSize(2, 2, 1);
    assertThat(ImageFile.decode("a text".getBytes(java.nio.charset.StandardCharsets.UTF_8), size))
        .isEmpty();
    assertThat(ImageFile.decode(new byte[0], size)).isEmpty();
    for (String format : List.of("png", "jpg", "gif", "bmp")) {
      BufferedImage image = filled(40, 40);
      image.setRGB(20, 39, 0); // so that all of the file has something to say
      byte[] file = file(image, format);
      assertThat(ImageFile.decode(file, size)).isPresent();
      assertThat(ImageFile.decode(Arrays.copyOf(file, file.length / 2), size)).isEmpty();
    }
    byte[] jpg = file(filled(40, 40), "jpg");
    assertThat(ImageFile.decode(Arrays.copyOf(jpg, jpg.length * 9 / 10), size)).isEmpty();
    assertThat(ImageFile.decode(Arrays.copyOf(jpg, jpg.length + 10), size))
        .hasValueSatisfying(
            same -> assertThat(same).isEqualTo(ImageFile.decode(jpg, size).orElseThrow()));
  }

  private static BufferedImage filled(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, COLOUR.getRGB());
    }
    return image;
  }

  private static byte[] decode(
      BufferedImage image, String format, int height, int width, int channels) throws IOException {
    return ImageFile.decode(file(image, format), new ImageSize(height, width, channels))
        .orElseThrow();
  }

  private static byte[] file(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }
}
