package io.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.syncbn.spark.sync.StepTraffic.Exchange;
import io.syncbn.spark.sync.StepTraffic.Layer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The plan of a step, and the engine that suits it. */
class EngineChoiceTest {

  private static final EngineCost GANG = new EngineCost(EngineKind.GANG, 200, 0.004);
  private static final EngineCost TREE = new EngineCost(EngineKind.TREE, 10_000, 0.001);

  @Test
  void aNetworkWithTwoBatchNormLayersHasFiveExchanges() {
    StepTraffic traffic =
        StepTraffic.of(List.of(new Layer("bn1", 256), new Layer("bn2", 10)), 1_000);
    assertThat(traffic.exchanges())
        .containsExactly(
            new Exchange("forward to bn1", 4 * 1_000, 8 * (2 * 256 + 1)),
            new Exchange("forward to bn2", 8 * (2 * 256 + 1), 8 * (2 * 10 + 1)),
            new Exchange("backward to bn2", 8 * (2 * 10 + 1), 8 * 2 * 10),
            new Exchange("backward to bn1", 8 * 2 * 10, 8 * 2 * 256),
            new Exchange("gradients", 8 * 2 * 256, 4 * 1_000));
  }

  @Test
  void smallExchangesGoToTheGangAndLargeGradientsToTheTree() {
    assertThat(choice(1_000, Optional.empty()).chosen()).isEqualTo(EngineKind.GANG);
    assertThat(choice(100_000_000, Optional.empty()).chosen()).isEqualTo(EngineKind.TREE);
  }

  @Test
  void whatKeepsTheGangAwayIsTheReason() {
    EngineChoice choice =
        EngineChoice.of(
            StepTraffic.of(List.of(), 10), 4, List.of(TREE), Optional.of("there is no room"));
    assertThat(choice.chosen()).isEqualTo(EngineKind.TREE);
    assertThat(choice.explain()).endsWith("engine: tree, because there is no room\n");
  }

  @Test
  void thePlanOfAStepIsReadable() {
    assertThat(choice(1_000, Optional.empty()).explain())
        .isEqualTo(
            """
            exchange, per executor               bytes down       bytes up
            forward to bn                             4,000            136
            backward to bn                              136            128
            gradients                                   128          4,000

            engine, 2 tasks                  us an exchange       us a MiB      ms a step
            gang                                        200          4,194           0.63
            tree                                     10,000          1,049          30.01

            engine: gang, because the exchanges of a step cost the gang engine least
            """);
  }

  private static EngineChoice choice(long weights, Optional<String> obstacle) {
    return EngineChoice.of(
        StepTraffic.of(List.of(new Layer("bn", 8)), weights), 2, List.of(GANG, TREE), obstacle);
  }
}
