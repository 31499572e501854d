package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** Changes what is in PyTorch's order {@code [rows, channels, height, width]} to ours. */
public final class ChannelOrder {

  private ChannelOrder() {}

  /** Images {@code [rows, channels, height, width]} as {@code [rows, height, width, channels]}. */
  public static Tensor channelsLast(Tensor images) {
    if (images.rank() != 4) {
      throw new IllegalArgumentException("images have four dimensions, not " + images);
    }
    int[] shape = images.shape();
    int places = shape[2] * shape[3];
    float[] values = images.toArray();
    float[] result = new float[values.length];
    for (int from = 0; from < values.length; from += shape[1] * places) {
      transpose(values, from, shape[1], places, result);
    }
    return Tensor.of(result, shape[0], shape[2], shape[3], shape[1]);
  }

  /** Transposes the block {@code [outer, inner]} at an offset into the same place of a result. */
  static void transpose(float[] values, int from, int outer, int inner, float[] result) {
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        result[from + i * outer + o] = values[from + o * inner + i];
      }
    }
  }
}
