package org.syncbn.bench.scale;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a training step was measured to take: medians of several.
 *
 * @param step what was measured
 * @param busiestLink bytes of the link and direction that carried most
 * @param driverLink bytes of the driver's link in the direction that carried more
 * @param seconds from the end of the step before
 */
record ScalePoint(ScaleCase step, long busiestLink, long driverLink, double seconds) {

  /** One step, described likewise. */
  record Sample(long busiestLink, long driverLink, double seconds) {

    /**
     * A step by the counters of the driver's link, then the executors'.
     *
     * @param before it
     * @param after it
     */
    static Sample of(List<LinkCounters> before, List<LinkCounters> after, double seconds) {
      long busiest = 0;
      for (int i = 0; i < before.size(); i++) {
        busiest = Math.max(busiest, after.get(i).since(before.get(i)).busierDirection());
      }
      return new Sample(busiest, after.get(0).since(before.get(0)).busierDirection(), seconds);
    }
  }

  /** The medians. */
  static ScalePoint of(ScaleCase step, List<Sample> samples) {
    return new ScalePoint(
        step,
        Math.round(median(samples, Sample::busiestLink)),
        Math.round(median(samples, Sample::driverLink)),
        median(samples, Sample::seconds));
  }

  private static double median(List<Sample> samples, ToDoubleFunction<Sample> value) {
    double[] ascending = samples.stream().mapToDouble(value).sorted().toArray();
    return (ascending[ascending.length / 2] + ascending[(ascending.length - 1) / 2]) / 2;
  }
}
