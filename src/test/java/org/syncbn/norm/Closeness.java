package org.syncbn.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;

/**
 * Comparison of long arrays: AssertJ boxes each number, so it is asked only to describe a failure.
 */
final class Closeness {

  private Closeness() {}

  static void assertClose(String what, double[] actual, double[] expected, double tolerance) {
    if (actual.length != expected.length
        || !IntStream.range(0, actual.length)
            .allMatch(i -> Math.abs(actual[i] - expected[i]) <= tolerance)) {
      assertThat(actual).as(what).containsExactly(expected, within(tolerance));
    }
  }
}
