package org.syncbn.bench.scale;

import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * What a training step was measured to take.
 *
 * @param step what was measured
 * @param busiestLink bytes of the link and direction that carried most, the mean of several steps
 * @param driverLink bytes of the driver's link in the direction that carried more, likewise
 * @param seconds from the end of the step before, the median
 */
record ScalePoint(ScaleCase step, long busiestLink, long driverLink, double seconds) {

  /**
   * One step.
   *
   * @param carried by the driver's link, then by the executors', from the end of the step before
   * @param seconds it took
   */
  record Sample(List<LinkCounters> carried, double seconds) {

    /** Copies the list. */
    Sample {
      carried = List.copyOf(carried);
    }

    /** A step by the counters of the links before and after it. */
    static Sample of(List<LinkCounters> before, List<LinkCounters> after, double seconds) {
      return new Sample(
          IntStream.range(0, before.size())
              .mapToObj(i -> after.get(i).since(before.get(i)))
              .toList(),
          seconds);
    }

    private long driver() {
      return carried.get(0).busierDirection();
    }
  }

  /**
   * A point of several steps. Of slices those are left out in which the driver has fetched what the
   * executors keep, which it does now and then: weights and as much state of the optimizer.
   */
  static ScalePoint of(ScaleCase step, List<Sample> samples) {
    long most =
        switch (step.engine()) {
          case SLICES -> smallestDriver(samples) + Float.BYTES * step.weights() / 2;
          case STAR, TREE -> Long.MAX_VALUE;
        };
    List<Sample> kept = samples.stream().filter(sample -> sample.driver() <= most).toList();
    long busiest = 0;
    for (int machine = 0; machine < samples.get(0).carried().size(); machine++) {
      busiest = Math.max(busiest, busierDirection(kept, machine));
    }
    return new ScalePoint(step, busiest, busierDirection(kept, 0), median(samples));
  }

  private static long smallestDriver(List<Sample> samples) {
    return samples.stream().mapToLong(Sample::driver).min().orElseThrow();
  }

  /** The mean of the direction that carried more in all steps together. */
  private static long busierDirection(List<Sample> samples, int machine) {
    return Math.max(
        mean(samples, machine, LinkCounters::sent), mean(samples, machine, LinkCounters::received));
  }

  private static long mean(
      List<Sample> samples, int machine, ToLongFunction<LinkCounters> direction) {
    return Math.round(
        samples.stream()
            .mapToLong(sample -> direction.applyAsLong(sample.carried().get(machine)))
            .average()
            .orElseThrow());
  }

  private static double median(List<Sample> samples) {
    double[] ascending = samples.stream().mapToDouble(Sample::seconds).sorted().toArray();
    return (ascending[ascending.length / 2] + ascending[(ascending.length - 1) / 2]) / 2;
  }
}
