package org.syncbn.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.syncbn.data.Block;

/** The table of the experiment on scaling: its units differ, and normalized they do not. */
class MixedUnitsTest {

  private static final LabRows TABLE = MixedUnits.draw(1, 3_000, 1_000);

  @Test
  void aRowDependsOnItsNumberAlone() {
    assertThat(MixedUnits.draw(1, 100, 50).training())
        .isEqualTo(LabRows.first(TABLE.training(), 100));
    assertThat(MixedUnits.draw(1, 2_000, 1_000).test())
        .isEqualTo(LabRows.part(TABLE.training(), 2_000, 3_000));
    assertThat(MixedUnits.draw(2, 100, 50).training())
        .isNotEqualTo(MixedUnits.draw(1, 100, 50).training());
  }

  @Test
  void unitsDifferByMillionsAndClassesAreAboutEqual() {
    int kilometres = TABLE.schema().features().indexOf("kilometres");
    int interest = TABLE.schema().features().indexOf("interest");
    assertThat(deviation(TABLE.training(), kilometres) / deviation(TABLE.training(), interest))
        .isGreaterThan(1e6);
    double yes =
        IntStream.range(0, 3_000).mapToDouble(i -> TABLE.training().label(i, 0)).sum() / 3_000;
    assertThat(yes).isBetween(0.4, 0.6);
  }

  @Test
  void featuresAreNormalizedByTheStatisticsOfTheTrainingRowsAndEps() {
    LabRows normalized = MixedUnits.standardized(TABLE);
    Block raw = TABLE.training();
    for (int feature = 0; feature < TABLE.schema().rowSize(); feature++) {
      assertThat(mean(normalized.training(), feature)).isCloseTo(0, within(1e-6));
      double variance = Math.pow(deviation(raw, feature), 2);
      assertThat(deviation(normalized.training(), feature))
          .isCloseTo(Math.sqrt(variance / (variance + 1e-5)), within(1e-6));
      assertThat(normalized.test().feature(7, feature))
          .isCloseTo(
              (float)
                  ((TABLE.test().feature(7, feature) - mean(raw, feature))
                      / Math.sqrt(variance + 1e-5)),
              within(1e-5f));
    }
    assertThat(normalized.test().label(7, 0)).isEqualTo(TABLE.test().label(7, 0));
  }

  private static DoubleStream values(Block rows, int feature) {
    return IntStream.range(0, rows.rows()).mapToDouble(row -> rows.feature(row, feature));
  }

  private static double mean(Block rows, int feature) {
    return values(rows, feature).average().orElseThrow();
  }

  private static double deviation(Block rows, int feature) {
    double mean = mean(rows, feature);
    return Math.sqrt(
        values(rows, feature).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
  }
}
