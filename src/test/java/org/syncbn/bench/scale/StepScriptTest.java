package org.syncbn.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.train.StepResult;

/** The order in which a run is measured. */
class StepScriptTest {

  private static final StepResult STEP = new StepResult(1, 1, 2, 0.5, 0.1);

  @Test
  void everyRateIsSetThenFilledThenMeasured() {
    List<String> events = new ArrayList<>();
    int[] counted = {0};
    StepScript script =
        new StepScript(
            2,
            new StepScript.Pauses() {
              @Override
              public void beforeRate() {
                events.add("rate");
              }

              @Override
              public void beforeSteps() {
                events.add("steps");
              }

              @Override
              public void afterStep(double seconds, StepScript.Sequel sequel) {
                assertThat(seconds).isNotNegative();
                counted[0]++;
                if (sequel == StepScript.Sequel.NONE) {
                  events.add("measured " + counted[0]);
                  counted[0] = 0;
                }
              }
            });
    script.onEnough(() -> events.add("stop"));
    while (!events.contains("stop")) {
      script.onStep(STEP);
    }
    assertThat(events)
        .containsExactly("rate", "steps", "measured 50", "rate", "steps", "measured 50", "stop");
  }

  @Test
  void shortStepsAreMeasuredOftenAndLongOnesSoThatTheirMedianLeavesOneOut() {
    assertThat(StepScript.isEnough(3, 0.1)).isFalse();
    assertThat(StepScript.isEnough(3, 3)).isTrue();
    assertThat(StepScript.isEnough(50, 0.1)).isTrue();
    assertThat(StepScript.isEnough(1, 30)).isFalse();
    assertThat(StepScript.isEnough(2, 30)).isFalse();
  }
}
