package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.syncbn.OwnSpark;
import org.syncbn.data.GeneratedImages;
import org.syncbn.data.Schema;
import org.syncbn.spark.sync.StepTraffic.Exchange;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingRun;

/** The plan of a step, and the engine that suits it. */
@OwnSpark
class EngineChoiceTest {

  private static final EngineCost GANG = new EngineCost(EngineKind.GANG, 200, 0.004);
  private static final EngineCost TREE = new EngineCost(EngineKind.TREE, 10_000, 0.001);

  private static final String TWO_NORMS =
      """
      network = [{ dense = 256 }, %s, relu, { dense = 10 }, batchNorm]
      training { batchSize = 64 }
      """;

  // Arrays begin at multiples of 16 numbers, so that two of 10 are followed by 6 without a use.
  private static final long WEIGHTS = 4 * (784 * 256 + 3 * 256 + 256 * 10 + 2 * 16 + 10);
  private static final long RUNNING = 8 * (2 + 2 * 256 + 2 + 2 * 10);
  private static final long SUMS = 8 * 4; // loss and accuracy

  @Test
  void aNetworkWithTwoBatchNormLayersHasFiveExchanges() {
    assertThat(traffic("batchNorm").exchanges())
        .containsExactly(
            new Exchange("forward to 1", WEIGHTS + RUNNING, 8 * (2 * 256 + 2)),
            new Exchange("forward to 4", 8 * (2 * 256 + 2), 8 * (2 * 10 + 2)),
            new Exchange("backward to 4", 8 * (2 * 10 + 2), 8 * (2 * 10 + 1)),
            new Exchange("backward to 1", 8 * (2 * 10 + 1), 8 * (2 * 256 + 1)),
            new Exchange("gradients", 8 * (2 * 256 + 1), WEIGHTS + SUMS));
  }

  @Test
  void aLayerWithRunningStatisticsHasNoForwardExchange() {
    assertThat(traffic("{batchNorm{trainingSource=running}}").exchanges())
        .containsExactly(
            new Exchange("forward to 4", WEIGHTS + RUNNING, 8 * (2 * 10 + 2)),
            new Exchange("backward to 4", 8 * (2 * 10 + 2), 8 * (2 * 10 + 1)),
            new Exchange("backward to 1", 8 * (2 * 10 + 1), 8 * (2 * 256 + 1)),
            new Exchange("gradients", 8 * (2 * 256 + 1), WEIGHTS + SUMS));
  }

  @Test
  void shardsWithStatisticsOfTheirOwnHaveOneExchange() {
    long statistics = 8 * (2 * 256 + 2) + 8 * (2 * 10 + 2) + 8; // and whether to skip the step
    assertThat(traffic("batchNorm", "training.batchNormSync=false").exchanges())
        .containsExactly(new Exchange("gradients", WEIGHTS + RUNNING, WEIGHTS + SUMS + statistics));
  }

  @Test
  void eachGhostBatchHasStatisticsOfItsOwn() {
    List<Exchange> exchanges = traffic("{batchNorm{virtualBatchRows=16}}").exchanges();
    assertThat(exchanges.get(0).bytesUp()).isEqualTo(64 / 16 * 8 * (2 * 256 + 2));
    assertThat(exchanges.get(3).bytesUp()).isEqualTo(64 / 16 * 8 * (2 * 256 + 1));
  }

  private static StepTraffic traffic(String batchNorm, String... settings) {
    RunOptions options = RunFile.parse(TWO_NORMS.formatted(batchNorm), List.of(settings));
    Schema images = GeneratedImages.draw(1, 0, 1).schema();
    TrainingRun run = new TrainingRun(options, images, new long[] {100, 100}, 0);
    return StepTraffic.of(run.plan(), options.training().batchSize(Long.MAX_VALUE));
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
            new StepTraffic(0, List.of()), 4, List.of(TREE), Optional.of("there is no room"));
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
            backward to bn                              136            136
            gradients                                   136          4,000

            engine, 2 tasks                  us an exchange       us a MiB      ms a step
            gang                                        200          4,194           0.63
            tree                                     10,000          1,049          30.01

            engine: gang, because the exchanges of a step cost the gang engine least
            """);
  }

  private static EngineChoice choice(long weights, Optional<String> obstacle) {
    return EngineChoice.of(
        new StepTraffic(
            4 * weights,
            List.of(
                new Exchange("forward to bn", 4 * weights, 136),
                new Exchange("backward to bn", 136, 136),
                new Exchange("gradients", 136, 4 * weights))),
        2,
        List.of(GANG, TREE),
        obstacle);
  }
}
