package org.syncbn.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.syncbn.data.Block;

/** Bad light and noise on images, whose labels stay. */
class ImageChangeTest {

  private static final Block IMAGES =
      Block.ofBytes(
          2, new byte[] {0, 100, (byte) 200, (byte) 255}, new float[] {3, 7}, new float[0]);

  @Test
  void lightChangesEachPixelByAFormulaAndStaysInTheRange() {
    assertThat(pixels(ImageChange.NONE.of(IMAGES, 1))).containsExactly(0, 100, 200, 255);
    assertThat(pixels(ImageChange.CONTRAST.of(IMAGES, 1)))
        .containsExactly(128 - 128 / 4, 128 - 28 / 4, 128 + 72 / 4, 160);
    assertThat(pixels(ImageChange.BRIGHTNESS.of(IMAGES, 1))).containsExactly(85, 185, 255, 255);
    for (ImageChange change : ImageChange.values()) {
      Block changed = change.of(IMAGES, 1);
      assertThat(changed.label(0, 0)).isEqualTo(3);
      assertThat(changed.label(1, 0)).isEqualTo(7);
    }
  }

  @Test
  void noiseHasItsDeviationAndIsOfTheSeed() {
    int pixels = 20_000;
    byte[] grey = new byte[pixels];
    Arrays.fill(grey, (byte) 128);
    Block images = Block.ofBytes(2, grey, new float[] {0, 1}, new float[0]);
    double[] noise =
        IntStream.of(pixels(ImageChange.NOISE.of(images, 1))).mapToDouble(p -> p - 128).toArray();
    double squares = 0;
    for (double value : noise) {
      squares += value * value / pixels;
    }
    assertThat(Math.sqrt(squares)).isCloseTo(50, within(1.0)); // of which few pixels are cut off
    assertThat(ImageChange.NOISE.of(images, 1))
        .isEqualTo(ImageChange.NOISE.of(images, 1))
        .isNotEqualTo(ImageChange.NOISE.of(images, 2));
  }

  private static int[] pixels(Block images) {
    return IntStream.range(0, images.rows() * images.features())
        .map(i -> (int) images.feature(i / images.features(), i % images.features()))
        .toArray();
  }
}
