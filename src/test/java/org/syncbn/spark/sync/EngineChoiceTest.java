package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** Links of 10 Gbit/s, and rounds as in docs/decisions/0005-engines.md. */
  private static List<EngineCost> costs(int executors) {
    double perByte = 1 / 1250.0;
    return List.of(
        new EngineCost(EngineKind.GANG, 330 + 6.5 * executors, perByte),
        new EngineCost(EngineKind.TREE, 10_000 + 300 * executors, perByte));
  }

  private static EngineChoice choice(long weights, int executors) {
    return EngineChoice.of(
        StepTraffic.of(weights, 256, 256),
        new Placement(executors, executors, executors),
        costs(executors),
        Optional.empty(),
        Optional.empty(),
        kind -> true);
  }

  @ParameterizedTest
  @CsvSource({
    "16, 1_200_000, 1_400_000",
    "64, 800_000, 1_000_000",
    "256, 550_000, 700_000",
  })
  void manyWeightsGoToTheTreeAndFewToTheGang(int executors, String few, String many) {
    assertThat(choice(number(few), executors).chosen()).isEqualTo(EngineKind.GANG);
    assertThat(choice(number(many), executors).chosen()).isEqualTo(EngineKind.TREE);
  }

  @ParameterizedTest
  @CsvSource({"4, 1_000, GANG", "4, 1_000_000, SLICES", "64, 100_000_000, SLICES"})
  void executorsThatKeepSlicesWinWhereWeightsWeigh(int executors, String weights, EngineKind kind) {
    List<EngineCost> costs = new ArrayList<>(costs(executors));
    costs.add(costs.get(0).of(EngineKind.SLICES));
    EngineChoice choice =
        EngineChoice.of(
            StepTraffic.of(number(weights), 256, 256),
            new Placement(executors, executors, executors),
            costs,
            Optional.empty(),
            Optional.empty(),
            any -> true);
    assertThat(choice.chosen()).isEqualTo(kind);
  }

  private static long number(String text) {
    return Long.parseLong(text.replace("_", ""));
  }

  /** Of a small network on two executors. */
  private static EngineChoice choice(Optional<EngineKind> wanted, Predicate<EngineKind> fits) {
    return EngineChoice.of(
        StepTraffic.of(1_000), new Placement(2, 2, 2), costs(2), wanted, Optional.empty(), fits);
  }

  @Test
  void anEngineThatWasAskedForIsTaken() {
    EngineChoice choice = choice(Optional.of(EngineKind.TREE), kind -> true);
    assertThat(choice.chosen()).isEqualTo(EngineKind.TREE);
    assertThat(choice.explain()).endsWith("engine: tree, because it was asked for\n");
  }

  @Test
  void anEngineThatDoesNotFitIntoMemoryIsTakenOnlyIfNoneDoes() {
    EngineChoice tree = choice(Optional.empty(), kind -> kind == EngineKind.TREE);
    assertThat(tree.chosen()).isEqualTo(EngineKind.TREE);
    assertThat(tree.explain())
        .endsWith(
            "because its exchanges take the least time of a step of those that fit into memory\n");
    EngineChoice none = choice(Optional.empty(), kind -> false);
    assertThat(none.chosen()).isEqualTo(EngineKind.GANG);
  }

  @Test
  void whatKeepsTheGangAwayIsTheReason() {
    EngineChoice choice =
        EngineChoice.of(
            StepTraffic.of(1_000),
            new Placement(4, 4, 4),
            costs(4).subList(1, 2),
            Optional.empty(),
            Optional.of("there is no room"),
            kind -> true);
    assertThat(choice.chosen()).isEqualTo(EngineKind.TREE);
    assertThat(choice.explain()).endsWith("engine: tree, because there is no room\n");
  }

  @ParameterizedTest
  @CsvSource({"GANG, 1_048_576", "TREE, 1_048_576", "TREE, 16_777_472"})
  void twoSizesOfExchangesGiveTheCostsTheyWereMadeOf(EngineKind kind, String size) {
    Placement placement = new Placement(4, 4, 2);
    EngineCost cost = new EngineCost(kind, 1_000, 0.004);
    EngineCost solved =
        EngineCost.solve(
            kind,
            placement,
            cost.microsPerStep(StepTraffic.of(1 << 10), placement),
            (int) number(size),
            cost.microsPerStep(StepTraffic.of(number(size) / 4), placement));
    assertThat(solved.microsPerRound()).isCloseTo(1_000, within(1e-6));
    assertThat(solved.microsPerByte()).isCloseTo(0.004, within(1e-12));
  }

  @Test
  void thePlanOfAStepIsReadable() {
    EngineChoice choice =
        EngineChoice.of(
            new StepTraffic(
                4_000,
                List.of(
                    new Exchange("forward to bn", 4_000, 136),
                    new Exchange("backward to bn", 136, 136),
                    new Exchange("gradients", 136, 4_000))),
            new Placement(4, 4, 2),
            costs(2),
            Optional.empty(),
            Optional.empty(),
            kind -> true);
    assertThat(choice.explain())
        .isEqualTo(
            """
            exchange                             bytes down       bytes up
            forward to bn                             4,000            136
            backward to bn                              136            136
            gradients                                   136          4,000

            engine, 4 tasks on 2 executors   driver's bytes     executor's     us a round           MB/s      ms a step
            gang                                     17,088          8,544            343          1,250           1.04
            tree                                     41,904         20,952         10,600          1,250          31.83

            engine: gang, because its exchanges take the least time of a step
            """);
  }
}
