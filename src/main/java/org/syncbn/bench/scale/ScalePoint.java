package org.syncbn.bench.scale;

import java.util.List;

/**
 * What a training step was measured to take.
 *
 * @param step what was measured
 * @param busiestLink bytes of the link and direction that carried most
 * @param driverLink bytes of the driver's link in the direction that carried more
 * @param seconds the median
 */
record ScalePoint(ScaleCase step, long busiestLink, long driverLink, double seconds) {

  /**
   * The bytes per step from those of several.
   *
   * @param steps how many
   * @param carried by the driver's link, then by the executors'
   */
  static ScalePoint of(ScaleCase step, int steps, List<LinkCounters> carried, double seconds) {
    long busiest = carried.stream().mapToLong(LinkCounters::busierDirection).max().orElseThrow();
    long driver = carried.get(0).busierDirection();
    return new ScalePoint(
        step, Math.round((double) busiest / steps), Math.round((double) driver / steps), seconds);
  }
}
