package org.syncbn.norm;

import java.util.Arrays;

/**
 * One float for each channel of each ghost batch, and a copy over the columns of a tile: loops that
 * index all arrays alike become vector instructions. Not thread-safe.
 */
final class ChannelFloats {

  float[] values = {}; // [ghosts, channels]
  final float[] tile = new float[Region.TILE];

  /** Makes room; the numbers are lost. */
  void resize(int size) {
    if (values.length < size) {
      values = new float[size];
    }
  }

  /** Copies each channel's number to all its columns, for each of the rows side by side. */
  void spread(Region region) {
    int inner = region.layout().inner();
    int width = region.width();
    int first = region.ghost() * region.layout().channels();
    if (inner == 1) {
      System.arraycopy(values, first + region.column(), tile, 0, width);
    } else {
      int channel = region.column() / inner;
      for (int i = 0; i < width; channel++) {
        int end = Math.min(width, (channel + 1) * inner - region.column());
        Arrays.fill(tile, i, end, values[first + channel]);
        i = end;
      }
    }
    for (int row = 1; row < region.group(); row++) {
      System.arraycopy(tile, 0, tile, row * width, width);
    }
  }
}
