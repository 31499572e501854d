package org.syncbn.norm;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/**
 * Where the channels of a row-major tensor lie: {@code [rows, outerPerRow, channels, inner]}, that
 * is {@code [outer, channels, inner]} with {@code outer = rows * outerPerRow}.
 *
 * <p>Any rank and any axis comes down to this: dense {@code [N, C]}, {@code [N, C, L]}, {@code [N,
 * C, H, W]} (inner = H * W), channels last (inner = 1, outerPerRow = H * W), volumes, and a run of
 * adjacent axes, each position of which has its own statistic.
 *
 * @param rows the size of the first dimension: the examples of the mini-batch
 * @param outerPerRow how many blocks {@code [channels, inner]} one row holds
 * @param channels how many means and variances there are
 * @param inner how many adjacent numbers share a channel
 */
public record ChannelLayout(int rows, int outerPerRow, int channels, int inner) {

  /** Throws if a size is negative. */
  public ChannelLayout {
    if (rows < 0 || outerPerRow < 0 || channels < 0 || inner < 0) {
      throw new IllegalArgumentException(
          "negative size in the layout "
              + Arrays.toString(new int[] {rows, outerPerRow, channels, inner}));
    }
  }

  /**
   * The layout of a tensor with the channels at given axes.
   *
   * @param axes adjacent axes in ascending order, none of them the first; negative ones count from
   *     the end, so that -1 means channels last
   */
  public static ChannelLayout of(Tensor tensor, int... axes) {
    return of(tensor.shape(), axes);
  }

  /** The layout of a shape; see {@link #of(Tensor, int...)}. */
  public static ChannelLayout of(int[] shape, int... axes) {
    int rank = shape.length;
    int[] resolved = Arrays.stream(axes).map(axis -> axis < 0 ? axis + rank : axis).toArray();
    for (int i = 0; i < resolved.length; i++) {
      if (resolved[i] < 1 || resolved[i] >= rank) {
        throw new IllegalArgumentException(
            "channel axis "
                + axes[i]
                + " of the shape "
                + Arrays.toString(shape)
                + ": must be one of 1.."
                + (rank - 1)
                + ", because axis 0 counts the rows");
      }
      if (i > 0 && resolved[i] != resolved[i - 1] + 1) {
        throw new IllegalArgumentException(
            "channel axes " + Arrays.toString(axes) + " must be adjacent and in ascending order");
      }
    }
    if (resolved.length == 0) {
      throw new IllegalArgumentException("no channel axis is named");
    }
    int first = resolved[0];
    int last = resolved[resolved.length - 1];
    return new ChannelLayout(
        shape[0],
        product(shape, 1, first),
        product(shape, first, last + 1),
        product(shape, last + 1, rank));
  }

  /** How many blocks {@code [channels, inner]} there are. */
  public int outer() {
    return rows * outerPerRow;
  }

  /** How many numbers one such block holds. */
  public int columns() {
    return channels * inner;
  }

  /** How many numbers there are. */
  public int size() {
    return outer() * columns();
  }

  /** How many numbers of one row belong to one channel. */
  public int valuesPerRow() {
    return outerPerRow * inner;
  }

  private static int product(int[] shape, int from, int to) {
    int product = 1;
    for (int axis = from; axis < to; axis++) {
      product = Math.multiplyExact(product, shape[axis]);
    }
    return product;
  }
}
