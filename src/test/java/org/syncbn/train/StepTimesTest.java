package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.syncbn.tensor.Tensor;

class StepTimesTest {

  private static final Message BEGIN =
      new Message.Begin(1, 0, new Work.Batch(0, 0, 1), Tensor.zeros(0), new double[0]);

  /** Two shards on two threads that say how long they took. */
  private record Measured(long first, long second) implements Engine {
    @Override
    public Merged exchange(Message message) {
      return new ShardForest(2)
          .add(new ShardForest.Node(0, 0, Contribution.EMPTY, ShardTimes.ofNanos(first)))
          .add(new ShardForest.Node(0, 1, Contribution.EMPTY, ShardTimes.ofNanos(second)))
          .merged();
    }

    @Override
    public int concurrency() {
      return 2;
    }

    @Override
    public void close() {}
  }

  @Test
  void thePartsAddUpToTheWholeAndTheSkewIsTheSlowestByTheMean() {
    StepTimes.Clock clock = new StepTimes.Clock(new Measured(1, 5));
    clock.exchange(BEGIN);
    clock.exchange(BEGIN);
    StepTimes times = clock.within(3_000_000_000L);
    assertThat(times.computeSeconds()).isEqualTo(2 * (1 + 5) / 2 / 1e9);
    assertThat(times.exchangeSeconds()).isNotNegative();
    assertThat(times.driverSeconds()).isBetween(0.0, 3.0);
    assertThat(times.seconds()).isCloseTo(3, within(1e-9));
    assertThat(times.shardSkew()).isEqualTo(5 / ((1 + 5) / 2.0));
  }

  @Test
  void clocksThatDisagreeNeverMakeAPartNegative() {
    StepTimes.Clock clock = new StepTimes.Clock(new Measured(1L << 60, 1L << 60));
    clock.exchange(BEGIN);
    StepTimes times = clock.within(3_000_000_000L);
    assertThat(times.exchangeSeconds()).isZero();
    assertThat(times.computeSeconds()).isBetween(0.0, 3.0);
    assertThat(times.shardSkew()).isEqualTo(1);
  }

  @Test
  void beforeTheFirstStepThereIsNoSkew() {
    StepTimes times = new StepTimes.Clock(new Measured(1, 1)).within(5);
    assertThat(times.shardSkew()).isNaN();
    assertThat(times.seconds()).isEqualTo(5e-9);
  }
}
