package org.syncbn.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.report.LineChart.Point;
import org.syncbn.report.Spread;

/** What is measured during a run, over its steps and over several runs. */
class TraceTest {

  private static Trace of(double... values) {
    Trace trace = new Trace();
    for (int i = 0; i < values.length; i++) {
      trace.add(10L * i, values[i]);
    }
    return trace;
  }

  @Test
  void nothingMeasuredHasNoMean() {
    assertThat(new Trace().mean()).isNaN();
  }

  @Test
  void itsMeanAndItsRangeAreThoseOfAllSteps() {
    Trace trace = of(2, -1, 5);
    assertThat(trace.mean()).isEqualTo((2.0 - 1 + 5) / 3);
    assertThat(trace.range()).isEqualTo(5.0 - -1);
  }

  @Test
  void aLineIsOverTheRunsThatCameSoFar() {
    assertThat(Trace.line("both", List.of(of(1, 2), of(3, 4, 7))).points())
        .containsExactly(
            new Point(0, new Spread(1, 2, 3)), new Point(10, new Spread(2, 3, 4)), Point.of(20, 7));
  }
}
