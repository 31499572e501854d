package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.syncbn.norm.BatchSlice;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** What augmentations make of images whose numbers say where they were: 10 * row + column + 1. */
class AugmentationTest {

  private static final int ROWS = 200;
  private static final Shape IMAGE = Shape.image(2, 3, 4);

  private static Tensor images(int rows) {
    Tensor images = Tensor.zeros(rows, 3, 4, 2);
    for (int i = 0; i < images.size(); i++) {
      images.set(i, 10 * (i / 8 % 3) + i / 2 % 4 + 1 + 100 * (i % 2));
    }
    return images;
  }

  /** Rows [from, to) of a mini-batch, in training; the first channel of each image. */
  private static float[][] augmented(LayerSpec layer, int from, int to) {
    Network network = Network.of(IMAGE, List.of(layer), CounterRandom.of(1));
    Layer working = Layer.of(network, ROWS).get(0);
    PassContext context = PassContext.training(new GradientSums(0, 1, 0));
    context.beginWhole(to - from);
    context.slice = new BatchSlice(from, ROWS);
    context.random = CounterRandom.of(4);
    int size = network.output().size();
    Tensor y = Tensor.zeros(to - from, size);
    working.forward(images(to - from), y, context);
    float[][] result = new float[to - from][size / 2];
    for (int i = 0; i < y.size(); i += 2) {
      result[i / size][i % size / 2] = y.get(i);
      float both = y.get(i) == 0 ? 0 : y.get(i) + 100;
      assertThat(y.get(i + 1)).as("channels stay together").isEqualTo(both);
    }
    return result;
  }

  private static Set<String> distinct(float[][] images) {
    Set<String> texts = new TreeSet<>();
    for (float[] image : images) {
      StringBuilder text = new StringBuilder();
      for (float value : image) {
        text.append((int) value).append(' ');
      }
      texts.add(text.toString().trim());
    }
    return texts;
  }

  @Test
  void flipsMirrorAboutHalfOfTheImages() {
    LayerSpec flip = new RandomSpec.RandomFlip(true, false);
    float[][] images = augmented(flip, 0, ROWS);
    assertThat(distinct(images))
        .containsExactly("1 2 3 4 11 12 13 14 21 22 23 24", "4 3 2 1 14 13 12 11 24 23 22 21");
    int mirrored = 0;
    for (float[] image : images) {
      mirrored += image[0] == 4 ? 1 : 0;
    }
    assertThat(mirrored).isBetween(75, 125);
    assertThat(distinct(augmented(new RandomSpec.RandomFlip(true, true), 0, ROWS)))
        .hasSize(4)
        .contains("24 23 22 21 14 13 12 11 4 3 2 1");
  }

  @Test
  void shiftsFillWithZeros() {
    assertThat(distinct(augmented(new RandomSpec.RandomShift(1, 2), 0, ROWS)))
        .hasSize(15)
        .contains("1 2 3 4 11 12 13 14 21 22 23 24")
        .contains("0 0 0 0 0 0 1 2 0 0 11 12")
        .contains("13 14 0 0 23 24 0 0 0 0 0 0");
  }

  @Test
  void cropsAreAllPartsInTrainingAndTheMiddleInEvaluation() {
    LayerSpec crop = new RandomSpec.RandomCrop(1, 2);
    assertThat(distinct(augmented(crop, 0, ROWS)))
        .containsExactly("1 2", "11 12", "12 13", "13 14", "2 3", "21 22", "22 23", "23 24", "3 4");
    Network network = Network.of(IMAGE, List.of(crop), CounterRandom.of(1));
    assertThat(
            new InferencePass(network, network.initialWeights(), List.of(), 1)
                .run(images(1))
                .toArray())
        .containsExactly(12, 112, 13, 113);
    LayerSpec large = new RandomSpec.RandomCrop(4, 4);
    assertThatThrownBy(() -> Network.of(IMAGE, List.of(large), CounterRandom.of(1)))
        .hasMessage("layer 0 (randomCrop): cannot cut 4 x 4 places out of images of 2 x 3 x 4");
  }

  @Test
  void cutoutsCoverSquaresThatEndAtTheBorder() {
    assertThat(distinct(augmented(new RandomSpec.Cutout(2), 0, ROWS)))
        .hasSize(12)
        .contains("0 2 3 4 11 12 13 14 21 22 23 24")
        .contains("1 2 3 4 11 12 0 0 21 22 0 0");
  }

  @Test
  void whatHappensToARowDoesNotDependOnItsShard() {
    LayerSpec shift = new RandomSpec.RandomShift(2, 2);
    float[][] whole = augmented(shift, 0, ROWS);
    float[][] part = augmented(shift, 60, 90);
    for (int row = 0; row < part.length; row++) {
      assertThat(part[row]).isEqualTo(whole[60 + row]);
    }
  }

  @Test
  void evaluationLeavesImagesAlone() {
    List<LayerSpec> all =
        List.of(
            new RandomSpec.RandomFlip(true, true),
            new RandomSpec.RandomShift(1, 1),
            new RandomSpec.Cutout(2));
    Network network = Network.of(IMAGE, all, CounterRandom.of(1));
    InferencePass pass = new InferencePass(network, network.initialWeights(), List.of(), 3);
    assertThat(pass.run(images(3)).toArray()).isEqualTo(images(3).toArray());
  }
}
