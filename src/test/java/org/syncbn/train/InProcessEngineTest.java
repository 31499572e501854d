package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.data.Block;
import org.syncbn.data.ShardData;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InProcessEngineTest {

  private static final Message BEGIN =
      new Message.Begin(1, 0, new Work.Batch(0, 0, 1), Tensor.zeros(0), new double[0]);

  @ParameterizedTest
  @CsvSource({"1,1", "2,1", "2,2", "5,2", "8,1", "8,2", "8,4", "13,3"})
  void gradientsAndSumsAreThoseOfTheForest(int shards, int threads) {
    int weights = 50_001; // more than one piece, so that threads share the additions
    ShardForest forest = new ShardForest(shards);
    for (int shard = 0; shard < shards; shard++) {
      forest.add(shard, answer(shard, weights));
    }
    Merged expected = forest.merged();
    try (Engine engine = engine(shards, threads, shard -> answer(shard, weights))) {
      for (int repetition = 0; repetition < 20; repetition++) {
        Merged merged = engine.exchange(BEGIN);
        assertThat(merged.gradients().toArray()).isEqualTo(expected.gradients().toArray());
        assertThat(merged.sums()).isEqualTo(expected.sums());
      }
    }
  }

  @Test
  void manyShortExchangesAllMeet() {
    try (Engine engine = engine(8, 2, shard -> new Contribution.Sums(new double[] {1L << shard}))) {
      for (int repetition = 0; repetition < 20_000; repetition++) {
        assertThat(engine.exchange(BEGIN).sums()[0]).isEqualTo(255);
      }
    }
  }

  @Test
  void whatAShardThrowsReachesTheCallerAndTheEngineGoesOn() {
    boolean[] broken = {true};
    try (Engine engine =
        engine(
            4,
            2,
            shard -> {
              if (broken[0] && shard == 3) {
                throw new ArithmeticException("shard 3 is broken");
              }
              return new Contribution.Sums(new double[] {1});
            })) {
      assertThatThrownBy(() -> engine.exchange(BEGIN))
          .isInstanceOf(ArithmeticException.class)
          .hasMessage("shard 3 is broken");
      broken[0] = false;
      assertThat(engine.exchange(BEGIN).sums()).containsExactly(4);
    }
  }

  @Test
  void aClosedEngineSaysSo() {
    Engine engine = engine(2, 2, shard -> Contribution.EMPTY);
    engine.close();
    engine.close();
    assertThatThrownBy(() -> engine.exchange(BEGIN)).hasMessage("the engine is closed");
  }

  private interface Answer {
    Contribution of(int shard);
  }

  private static Engine engine(int shards, int threads, Answer answer) {
    Block none = Block.concatenate(List.of());
    StepPlan plan =
        new StepPlan() {
          @Override
          public int shards() {
            return shards;
          }

          @Override
          public ShardStep open(int firstShard, List<ShardData> data) {
            return new ShardStep() {
              @Override
              public void resume(Message message, ShardForest forest) {
                for (int i = 0; i < data.size(); i++) {
                  forest.add(firstShard + i, answer.of(firstShard + i));
                }
              }

              @Override
              public void close() {}
            };
          }
        };
    return new InProcessEngine(
        plan, Collections.nCopies(shards, new ShardData(none, none)), threads);
  }

  private static Contribution answer(int shard, int weights) {
    if (shard % 5 == 4) {
      return Contribution.EMPTY;
    }
    CounterRandom random = CounterRandom.of(3).fork(shard);
    float[] gradients = new float[weights];
    IntStream.range(0, weights).forEach(i -> gradients[i] = (float) random.uniform(i) - 0.5f);
    return new Contribution.Gradients(
        Tensor.of(gradients, weights), new double[] {random.gaussian(-1), shard});
  }
}
