package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** What layers without weights put out, as PyTorch's layers do for the same numbers. */
class LayerValuesTest {

  private static final float[] LINE = {-6, -3, -1, -0.1f, 0, 0.1f, 1, 3, 6};

  private static float[] output(LayerSpec layer, Shape shape, float... inputs) {
    Network network = Network.of(shape, List.of(layer), CounterRandom.of(1));
    Tensor x =
        shape instanceof Shape.Image image
            ? Tensor.of(inputs, 1, image.height(), image.width(), image.channels())
            : Tensor.of(inputs, 1, inputs.length);
    return new InferencePass(network, network.initialWeights(), List.of(), 1).run(x).toArray();
  }

  /** The gradient of the sum of the outputs. */
  private static float[] inputGradient(LayerSpec layer, Shape shape, float... inputs) {
    Network network = Network.of(shape, List.of(layer), CounterRandom.of(1));
    Layer working = Layer.of(network, 1).get(0);
    Tensor x = Tensor.of(inputs, 1, inputs.length);
    Tensor y = Tensor.zeros(1, network.output().size());
    PassContext context = PassContext.training(new GradientSums(0, 1, 0));
    context.beginWhole(1);
    working.forward(x, y, context);
    Tensor dy = Tensor.zeros(1, network.output().size());
    dy.fill(1);
    Tensor dx = Tensor.zeros(1, inputs.length);
    working.backward(x, y, dy, dx, context);
    return dx.toArray();
  }

  private static void checkLine(LayerSpec layer, float... expected) {
    assertThat(output(layer, Shape.features(9), LINE)).containsExactly(expected, within(1e-6f));
  }

  @Test
  void gelu() {
    checkLine(
        new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.EXACT),
        new float[] {
          -5.919526e-9f,
          -0.00404969409f,
          -0.158655254f,
          -0.0460172163f,
          0,
          0.0539827837f,
          0.841344746f,
          2.995950306f,
          6
        });
    checkLine(
        new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.TANH),
        new float[] {
          -8.43965e-11f,
          -0.00363739208f,
          -0.158808009f,
          -0.0460172490f,
          0,
          0.0539827510f,
          0.841191991f,
          2.996362608f,
          6
        });
    assertThat(
            output(new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.EXACT), Shape.features(1), -6)[
                0])
        .as("the tail")
        .isCloseTo(-5.919526e-9f, within(1e-11f));
  }

  @Test
  void elu() {
    checkLine(
        new ActivationSpec.Elu(0.7),
        new float[] {
          -0.698264873f, -0.665149052f, -0.442484391f, -0.0666138074f, 0, 0.1f, 1, 3, 6
        });
  }

  @Test
  void layerNorm() {
    checkLine(
        new NormalizationSpec.LayerNormalization(1e-3),
        new float[] {
          -1.876334023f,
          -0.938167012f,
          -0.312722337f,
          -0.0312722337f,
          0,
          0.0312722337f,
          0.312722337f,
          0.938167012f,
          1.876334023f
        });
  }

  @Test
  void paddedPooling() {
    Shape image = Shape.image(1, 5, 5);
    float[] x = new float[25];
    float[] minus = new float[25];
    for (int i = 0; i < 25; i++) {
      x[i] = i;
      minus[i] = -i;
    }
    Extent three = Extent.square(3);
    Extent two = Extent.square(2);
    assertThat(
            output(
                new PoolingSpec.MaxPool(new PoolingShape(three, two, Padding.of(1))), image, minus))
        .containsExactly(0, -1, -3, -5, -6, -8, -15, -16, -18);
    LayerSpec counted =
        new PoolingSpec.AveragePool(new PoolingShape(three, two, Padding.of(1)), true);
    assertThat(output(counted, image, x))
        .containsExactly(new float[] {4 / 3f, 3, 8 / 3f, 7, 12, 9, 8, 13, 28 / 3f}, within(1e-5f));
    LayerSpec leftOut =
        new PoolingSpec.AveragePool(new PoolingShape(three, two, Padding.of(1)), false);
    assertThat(output(leftOut, image, x))
        .containsExactly(new float[] {3, 4.5f, 6, 10.5f, 12, 13.5f, 18, 19.5f, 21}, within(1e-5f));
  }

  @Test
  void theFirstMaximumWinsThoughZerosDifferInSign() {
    Shape image = Shape.image(1, 1, 4);
    LayerSpec pool =
        new PoolingSpec.MaxPool(
            new PoolingShape(new Extent(1, 4), new Extent(1, 1), Padding.valid()));
    assertThat(output(pool, image, -1, -0f, 0, -0f)).containsExactly(-0f);
    assertThat(inputGradient(pool, image, -1, -0f, 0, -0f)).containsExactly(0, 1, 0, 0);
    assertThat(inputGradient(pool, image, 2, 5, 5, 1)).containsExactly(0, 1, 0, 0);
    float infinity = Float.POSITIVE_INFINITY;
    assertThat(output(pool, image, 1, infinity, infinity, 3)).containsExactly(infinity);
    assertThat(inputGradient(pool, image, 1, infinity, infinity, 3)).containsExactly(0, 1, 0, 0);
    assertThat(inputGradient(pool, image, -infinity, -infinity, -infinity, -infinity))
        .containsExactly(1, 0, 0, 0);
    assertThat(output(pool, image, Float.MIN_VALUE, -Float.MAX_VALUE, Float.MAX_VALUE, 0))
        .containsExactly(Float.MAX_VALUE);
  }

  @Test
  void aMaximumOfNansIsOneNanWhateverItsSign() {
    Shape image = Shape.image(1, 1, 4);
    LayerSpec pool =
        new PoolingSpec.MaxPool(
            new PoolingShape(new Extent(1, 4), new Extent(1, 1), Padding.valid()));
    float negative = Float.intBitsToFloat(0xFFC00001);
    for (float[] x : new float[][] {{1, negative, 2, 3}, {Float.NaN, 1, negative, 9}}) {
      assertThat(Float.floatToRawIntBits(output(pool, image, x)[0]))
          .isEqualTo(Float.floatToRawIntBits(Float.NaN));
    }
  }

  @Test
  void theGradientOfEluKeepsItsDigitsFarBelowZero() {
    Shape features = Shape.features(3);
    assertThat(inputGradient(new ActivationSpec.Elu(2), features, -10, -30, -80))
        .containsExactly(
            (float) (2 * Math.exp(-10)), (float) (2 * Math.exp(-30)), (float) (2 * Math.exp(-80)));
  }

  @Test
  void globalAveragesOfLargeImagesDoNotDrift() {
    float[] x = new float[300 * 300];
    Arrays.fill(x, 0.1f); // added up in float, 9,002 and not 9,000
    assertThat(output(new PoolingSpec.GlobalAveragePool(), Shape.image(1, 300, 300), x))
        .containsExactly(0.1f);
  }
}
