package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Message;
import org.syncbn.train.Work;

/** What executors that keep the weights are sent again when they are lost. */
class MessageLogTest {

  private static final Message.Settlement NEW =
      new Message.Settlement(Message.Weights.NEW, new float[0], 0);

  private final Message.Load load = new Message.Load(1, 0, Tensor.zeros(2), List.of());
  private final MessageLog log = new MessageLog();

  private static Message.Continue begin(long step, Message.Settlement settlement) {
    return new Message.Continue(1, step, new Work.Batch(0, step, 99), settlement, new double[0]);
  }

  private static Message.Update update(long step) {
    return new Message.Update(1, step, 2, step, 1, 1, new float[0], Message.Report.NOTHING);
  }

  private <T extends Message> T add(T message) {
    assertThat(log.add(message)).isSameAs(message);
    return message;
  }

  @Test
  void stepsWhoseUpdatesCountAreSentAgain() {
    add(load);
    Message first = add(begin(0, Message.Settlement.NONE));
    Message update = add(update(0));
    Message second = add(begin(1, NEW));
    assertThat(log.before()).containsExactly(load, first, update);
    add(update(1));
    assertThat(log.before()).containsExactly(load, first, update, second);
  }

  /** One that fails would fail again, and end what is done about it. */
  @Test
  void anUpdateThatDoesNotCountIsNotSentAgain() {
    add(load);
    Message first = add(begin(0, Message.Settlement.NONE));
    Message update = add(update(0));
    add(begin(1, NEW));
    add(update(1));
    add(begin(1, Message.Settlement.NONE));
    assertThat(log.before()).containsExactly(load, first, update, new Message.Settle(1, 1, NEW));
  }

  @Test
  void nothingBeforeALoadIsSentAgain() {
    add(load);
    add(begin(0, Message.Settlement.NONE));
    add(update(0));
    Message.Collect collect = add(new Message.Collect(1, 1, NEW));
    log.restart(collect, List.of(Tensor.zeros(2), Tensor.zeros(2)));
    add(begin(1, Message.Settlement.NONE));
    assertThat(log.length()).isZero();
    assertThat(log.before())
        .singleElement()
        .isInstanceOfSatisfying(
            Message.Load.class,
            again -> {
              assertThat(again.step()).isEqualTo(1);
              assertThat(again.state()).hasSize(1);
            });
  }

  @Test
  void itIsTimeToFetchWhenTheSumsToSendAgainAreMany() {
    SnapshotClock clock = new SnapshotClock();
    add(load);
    long step = 0;
    for (; !clock.isDue(log); step++) {
      add(begin(step, step == 0 ? Message.Settlement.NONE : NEW));
      log.add(new Message.Agreed(1, step, 2, new double[1 << 20]));
    }
    assertThat(log.bytes()).isEqualTo((step - 1) << 23);
    assertThat(step).isEqualTo(10); // more than 64 MiB
  }
}
