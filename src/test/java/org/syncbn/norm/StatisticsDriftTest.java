package org.syncbn.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;

class StatisticsDriftTest {

  private static final double EPS = 1e-3;
  private static final BatchNormOptions OPTIONS =
      BatchNormOptions.PYTORCH.toBuilder()
          .eps(EPS)
          .runningMeanInitializer(Initializer.constant(5))
          .runningVarianceInitializer(Initializer.constant(9))
          .build();

  private static BatchNorm layer(BatchNormOptions options) {
    return BatchNorm.of("layer", 2, options, CounterRandom.of(1));
  }

  /** Of four values: means 5 and 1, sums of squared distances 4 * 36 and 0. */
  private static final double[] MOMENTS = {4, 4, 5, 1, 4 * 36, 0};

  @Test
  void theDriftIsMeasuredInDeviationsOfTheMiniBatch() {
    BatchNorm layer = layer(OPTIONS);
    BatchNormState state = layer.initialState();
    StatisticsDrift drift =
        StatisticsDrift.of(layer, state, layer.agree(Mode.TRAINING, 4, state, MOMENTS))
            .orElseThrow();
    assertThat(drift.meanShift()).isEqualTo((5 - 1) / Math.sqrt(0 + EPS));
    assertThat(drift.leastDeviationRatio()).isEqualTo(Math.sqrt(9 + EPS) / Math.sqrt(36 + EPS));
    assertThat(drift.greatestDeviationRatio()).isEqualTo(Math.sqrt(9 + EPS) / Math.sqrt(EPS));
    assertThat(drift.constantChannels()).isOne();
  }

  @Test
  void ghostBatchesAreJoined() {
    BatchNorm layer = layer(OPTIONS.toBuilder().virtualBatchRows(2).build());
    BatchNormState state = layer.initialState();
    // {-1, 3} and {7, 11}: the mean 5, and (36 + 4 + 4 + 36) / 4 = 20; constant beside.
    double[] ghosts = {2, 2, 1, 1, 8, 0, 2, 2, 9, 1, 8, 0};
    StatisticsDrift drift =
        StatisticsDrift.of(layer, state, layer.agree(Mode.TRAINING, 4, state, ghosts))
            .orElseThrow();
    assertThat(drift.leastDeviationRatio())
        .isCloseTo(Math.sqrt((9 + EPS) / (20 + EPS)), within(1e-15));
    assertThat(drift.constantChannels()).isOne();
  }

  @Test
  void aLayerThatUsesNoStatisticsOfMiniBatchesHasNoDrift() {
    BatchNorm layer = layer(OPTIONS.toBuilder().trainingSource(StatisticsSource.RUNNING).build());
    BatchNormState state = layer.initialState();
    assertThat(
            StatisticsDrift.of(layer, state, layer.agree(Mode.TRAINING, 4, state, new double[0])))
        .isEmpty();
  }
}
