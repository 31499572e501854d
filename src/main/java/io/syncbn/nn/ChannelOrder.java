package io.syncbn.nn;

import io.syncbn.tensor.Tensor;

/** Changes images between PyTorch's order {@code [rows, channels, height, width]} and ours. */
public final class ChannelOrder {

  private ChannelOrder() {}

  /** Images {@code [rows, channels, height, width]} as {@code [rows, height, width, channels]}. */
  public static Tensor channelsLast(Tensor images) {
    int[] shape = requireImages(images);
    int places = shape[2] * shape[3];
    return Tensor.of(
        swapped(images.toArray(), shape[1], places), shape[0], shape[2], shape[3], shape[1]);
  }

  /** Images {@code [rows, height, width, channels]} as {@code [rows, channels, height, width]}. */
  public static Tensor channelsFirst(Tensor images) {
    int[] shape = requireImages(images);
    int places = shape[1] * shape[2];
    return Tensor.of(
        swapped(images.toArray(), places, shape[3]), shape[0], shape[3], shape[1], shape[2]);
  }

  private static int[] requireImages(Tensor images) {
    if (images.rank() != 4) {
      throw new IllegalArgumentException("images have four dimensions, not " + images);
    }
    return images.shape();
  }

  private static float[] swapped(float[] values, int outer, int inner) {
    float[] result = new float[values.length];
    for (int from = 0; from < values.length; from += outer * inner) {
      transpose(values, from, outer, inner, result);
    }
    return result;
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
