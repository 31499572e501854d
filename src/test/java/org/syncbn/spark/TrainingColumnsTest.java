package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.syncbn.model.SavedMethod;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.sums.TableSums;

/** By what the features of a training table are normalized. */
class TrainingColumnsTest {

  private static final List<String> NAMES = List.of("x");

  @Test
  void statisticsThatNameNoMethodStandardizeWithTheEpsOfTheRun() {
    assertThat(scaling(Optional.empty(), Optional.empty()).divisor(0))
        .isEqualTo(Math.sqrt(2.0 / 3 + 1e-5));
    assertThat(scaling(Optional.empty(), Optional.of(0.0)).divisor(0))
        .isEqualTo(Math.sqrt(2.0 / 3));
  }

  @Test
  void statisticsOfAMethodNormalizeByIt() {
    Optional<SavedMethod> halfEps =
        Kind.BATCH_NORM.method().withEps(0.5).saved(ConstantColumns.ZERO);
    assertThat(scaling(halfEps, Optional.empty()).divisor(0)).isEqualTo(Math.sqrt(2.0 / 3 + 0.5));
    assertThat(scaling(halfEps, Optional.of(0.25)).divisor(0)).isEqualTo(Math.sqrt(2.0 / 3 + 0.25));

    Optional<SavedMethod> minMax = Kind.MIN_MAX.method().saved(ConstantColumns.ZERO);
    FeatureScaling scaling = scaling(minMax, Optional.empty());
    assertThat(scaling.apply(0, 1)).isZero();
    assertThat(scaling.apply(0, 3)).isEqualTo(1);
    assertThatThrownBy(() -> scaling(minMax, Optional.of(0.5)))
        .hasMessage(
            "data.eps is set, but data.statistics were found for the method min-max, which has no"
                + " eps.");
  }

  @Test
  void aMethodOfANewerReleaseIsASentence() {
    SavedMethod newer = new SavedMethod("log", Optional.empty(), List.of(), false);
    assertThatThrownBy(() -> scaling(Optional.of(newer), Optional.empty()))
        .hasMessageContaining("the method log, which this release does not have");
  }

  private static FeatureScaling scaling(Optional<SavedMethod> method, Optional<Double> eps) {
    TableSums sums = new TableSums(1);
    List.of(1.0, 2.0, 3.0).forEach(sums.column(0)::add);
    String json = new SavedStatistics(NAMES, sums).with(method).json();
    return TrainingColumns.scaling(NAMES, json, eps);
  }
}
