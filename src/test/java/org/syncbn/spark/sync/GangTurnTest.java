package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One gang at a time, and the next one's turn comes whatever becomes of the one before. */
class GangTurnTest {

  private final GangTurn turn = new GangTurn();

  @Test
  void aThreadThatHasItsTurnCannotTakeAnother() {
    assertThat(turn.open(() -> "opened")).isEqualTo("opened");
    assertThat(turn.isTaken()).isTrue();
    assertThatThrownBy(() -> turn.open(() -> "opened"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("close its engine first");
    turn.giveBack();
    assertThat(turn.isTaken()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(classes = {IllegalStateException.class, NoClassDefFoundError.class})
  void whatCannotBeOpenedGivesItsTurnBack(Class<? extends Throwable> kind) {
    assertThatThrownBy(() -> turn.open(() -> fail(kind))).isInstanceOf(kind);
    assertThat(turn.isTaken()).isFalse();
  }

  private static String fail(Class<? extends Throwable> kind) {
    if (kind == NoClassDefFoundError.class) {
      throw new NoClassDefFoundError("io/netty");
    }
    throw new IllegalStateException("no port");
  }
}
