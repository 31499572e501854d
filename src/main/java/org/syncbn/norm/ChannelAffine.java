package org.syncbn.norm;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;
import org.syncbn.tensor.TileLoops;

/**
 * Batch normalization with fixed statistics: {@code y = scale * x + offset} per channel, and how to
 * fold it into the dense or convolution layer before it.
 *
 * <p>Immutable, hence thread-safe.
 */
public final class ChannelAffine {

  private final float[] scale;
  private final double[] offset; // -mean * scale cancels in the bias of a folded layer
  private final float[] center;
  private final float[] offsetFromCenter;

  private ChannelAffine(float[] scale, double[] offset, float[] center, float[] offsetFromCenter) {
    this.scale = scale;
    this.offset = offset;
    this.center = center;
    this.offsetFromCenter = offsetFromCenter;
  }

  static ChannelAffine of(Normalization fixed, BatchNormState state) {
    int channels = state.channels();
    float[] scale = new float[channels];
    double[] offset = new double[channels];
    float[] center = new float[channels];
    float[] offsetFromCenter = new float[channels];
    for (int c = 0; c < channels; c++) {
      double mean = fixed.mean(0, c);
      scale[c] = (float) (state.gamma(c) * fixed.invStd(0, c));
      offset[c] = state.beta(c) - mean * scale[c];
      center[c] = (float) mean;
      offsetFromCenter[c] = (float) (state.beta(c) - (mean - center[c]) * scale[c]);
    }
    return new ChannelAffine(scale, offset, center, offsetFromCenter);
  }

  /** The factors, a copy. */
  public float[] scale() {
    return scale.clone();
  }

  /** The summands, a copy. */
  public double[] offset() {
    return offset.clone();
  }

  /**
   * Computes {@code y = scale * x + offset} from x - mean, which does not cancel however far the
   * mean is from 0, then the activation; the bits of {@link BatchNormShard#apply}.
   *
   * @param y may be x
   */
  public void apply(Tensor x, ChannelLayout layout, Activation activation, Tensor y) {
    int inner = layout.inner();
    float[] run = new float[layout.columns()];
    for (int outer = 0; outer < layout.outer(); outer++) {
      x.read(outer * run.length, run, 0, run.length);
      for (int c = 0; c < scale.length; c++) {
        for (int i = c * inner; i < (c + 1) * inner; i++) {
          run[i] = (run[i] - center[c]) * scale[c] + offsetFromCenter[c];
        }
      }
      if (activation == Activation.RELU) {
        TileLoops.relu(run, 0, run.length);
      }
      y.write(outer * run.length, run, 0, run.length);
    }
  }

  /**
   * The weights of a layer that computes the same as the given layer with this one behind it.
   *
   * @param weights of any shape with the units, this layer's channels, at one axis: the last one
   *     for {@code [in, out]}, the first one for {@code [out, in, height, width]}
   */
  public Tensor foldWeights(Tensor weights, int unitAxis) {
    return Tensor.of(foldWeights(weights.toArray(), weights.shape(), unitAxis), weights.shape());
  }

  /**
   * The same for an array.
   *
   * @param shape of the weights
   */
  public float[] foldWeights(float[] weights, int[] shape, int unitAxis) {
    int axis = unitAxis < 0 ? unitAxis + shape.length : unitAxis;
    if (axis < 0 || axis >= shape.length || shape[axis] != scale.length) {
      throw new IllegalArgumentException(
          "axis "
              + unitAxis
              + " of the weights "
              + Arrays.toString(shape)
              + " does not hold "
              + scale.length
              + " units");
    }
    int inner = Arrays.stream(shape).skip(axis + 1).reduce(1, Math::multiplyExact);
    float[] folded = weights.clone();
    for (int i = 0; i < folded.length; i++) {
      folded[i] *= scale[i / inner % scale.length];
    }
    return folded;
  }

  /** The bias that goes with {@link #foldWeights}. */
  public float[] foldBias(float[] bias) {
    if (bias.length != scale.length) {
      throw new IllegalArgumentException(
          "the bias has " + bias.length + " values, not " + scale.length);
    }
    float[] folded = new float[scale.length];
    for (int c = 0; c < scale.length; c++) {
      folded[c] = (float) ((double) bias[c] * scale[c] + offset[c]);
    }
    return folded;
  }
}
