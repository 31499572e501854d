package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BatchNormReportTest {

  @Test
  void aChannelWithoutGammaIsDead() {
    assertThat(BatchNormReport.isDead(0, 5, false)).isTrue();
    assertThat(BatchNormReport.isDead(0.1f, 5, false)).isFalse();
  }

  @Test
  void aReluMakesAChannelDeadThatIsFarBelowZero() {
    assertThat(BatchNormReport.isDead(-2, -6, true)).isTrue();
    assertThat(BatchNormReport.isDead(-2, -5.9f, true)).isFalse();
    assertThat(BatchNormReport.isDead(-2, -6, false)).isFalse();
  }
}
