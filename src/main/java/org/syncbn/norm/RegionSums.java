package org.syncbn.norm;

import java.util.Arrays;
import org.syncbn.tensor.KernelChoice;
import org.syncbn.tensor.Kernels;
import org.syncbn.tensor.Tensor;

/**
 * Two sums over the rows of a region, for each of its columns: in float over a run of rows, in
 * double over the runs. Not thread-safe.
 */
final class RegionSums {

  private static final Kernels KERNELS = KernelChoice.chosen().kernels();

  final float[] runFirst = new float[Region.TILE];
  final float[] runSecond = new float[Region.TILE];
  final double[] first = new double[Region.TILE];
  final double[] second = new double[Region.TILE];

  /** Starts a region. */
  void begin(Region region) {
    Arrays.fill(first, 0, region.group() * region.width(), 0);
    Arrays.fill(second, 0, region.group() * region.width(), 0);
  }

  /** Starts a run. */
  void beginRun(int length) {
    Arrays.fill(runFirst, 0, length, 0);
    Arrays.fill(runSecond, 0, length, 0);
  }

  /**
   * Adds the deviations from the first tile of some tiles, and their squares, to those of a run.
   */
  void addDeviations(Tensor x, Region region, int outer, int tiles, float[] first) {
    KERNELS.addDeviations(
        x,
        region.at(outer),
        region.stride(),
        tiles,
        region.length(outer),
        first,
        runFirst,
        runSecond);
  }

  /** Adds dy and dy * (x - center) of some tiles to the sums of a run. */
  void addProducts(
      Tensor x,
      Tensor dy,
      Region region,
      int outer,
      int tiles,
      Kernels.Forward columns,
      boolean rectified) {
    KERNELS.addProducts(
        x,
        dy,
        region.at(outer),
        region.stride(),
        tiles,
        region.length(outer),
        columns,
        rectified,
        runFirst,
        runSecond);
  }

  /**
   * Ends a run of deviations from a first tile: adds its sums as those of deviations from the
   * origin.
   */
  void addRun(int tiles, float[] first, float[] origin, int length) {
    KERNELS.addRun(runFirst, runSecond, tiles, first, origin, this.first, second, length);
  }

  /** Whether no float overflowed. */
  boolean areFinite(Region region) {
    double sum = 0;
    for (int i = 0; i < region.group() * region.width(); i++) {
      sum += Math.abs(first[i]) + Math.abs(second[i]);
    }
    return sum < Double.POSITIVE_INFINITY;
  }

  /** Adds the sums of the columns to those of their channels, which begin at two places. */
  void addTo(double[] contribution, int firstAt, int secondAt, Region region) {
    int inner = region.layout().inner();
    for (int row = 0; row < region.group(); row++) {
      int channel = region.column() / inner;
      for (int i = 0; i < region.width(); channel++) {
        int end = Math.min(region.width(), (channel + 1) * inner - region.column());
        double firstSum = 0;
        double secondSum = 0;
        for (; i < end; i++) {
          firstSum += first[row * region.width() + i];
          secondSum += second[row * region.width() + i];
        }
        contribution[firstAt + channel] += firstSum;
        contribution[secondAt + channel] += secondSum;
      }
    }
  }
}
