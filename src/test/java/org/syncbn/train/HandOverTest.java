package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Departures;
import org.syncbn.tensor.Tensor;

/** Whole runs whose shards hand over gradients when these are final. */
class HandOverTest {

  private static final String NETWORK =
      "network=[{conv2d{filters=3,kernel=3,stride=2}},batchNorm,relu,flatten,"
          + "{dense=60},batchNorm,relu,{residual=[{dense=60},batchNorm,relu,{dense=60}]},"
          + "{dense=290},batchNorm,relu,{dense=70},{dense=10}]";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "shards=8",
        "shards=7",
        "training.microBatches.rows=20",
        "training.batchNormGroupSize=2",
        "training.batchNormSync=false",
        "training.batchSize=5", // some shards have no rows
        "training.preciseStatistics=true"
      })
  void theModelHasTheReferencesBits(String setting) throws IOException {
    RunOptions options = Runs.options(NETWORK, "training.epochs=1", setting);
    byte[] reference = Runs.train(options, 1, folder.resolve("reference"));
    for (int together : new int[] {1, 3, 8}) {
      List<Departing> engines = new ArrayList<>();
      byte[] model =
          Runs.train(
              options,
              (plan, shards) -> {
                engines.add(new Departing(plan, shards, together));
                return engines.get(0);
              },
              folder.resolve("some" + together));
      assertThat(model).isEqualTo(reference);
      assertThat(engines.get(0).handedOver > 0)
          .isEqualTo(!setting.equals("training.batchNormSync=false"));
    }
  }

  /** Merges gradients when the shards hand them over, and overwrites what it has merged. */
  private static final class Departing implements Engine {
    private final int shards;
    private final Departures departures;
    private final List<TimedShards> steps = new ArrayList<>();
    private final Tensor gradients;
    private int handedOver;

    Departing(TrainingPlan plan, List<ShardData> data, int together) {
      shards = data.size();
      departures = plan.updates().orElseThrow().departures();
      gradients = Tensor.zeros(plan.network().weightCount());
      for (int shard = 0; shard < shards; shard += together) {
        List<ShardData> some = data.subList(shard, Math.min(shards, shard + together));
        steps.add(new TimedShards(shards, plan.open(shard, some)));
      }
    }

    @Override
    public Merged exchange(Message message) {
      ShardForest answers = new ShardForest(shards);
      for (TimedShards step : steps) {
        WireFormat.decodeNodes(WireFormat.encode(step.answer(message).roots()))
            .forEach(answers::add);
      }
      Merged merged = answers.merged();
      if (departures.isEarly(message.exchange())) {
        handOver(departures.after(message.exchange()));
      }
      return merged.contribution() instanceof Contribution.Gradients last ? whole(last) : merged;
    }

    private void handOver(Departures.Range range) {
      ShardForest leaving = new ShardForest(shards);
      for (TimedShards step : steps) {
        step.catchUp();
        leaving.merge(step.handOver(range.from()));
      }
      if (leaving.roots().isEmpty()) {
        return; // no training step
      }
      handedOver++;
      if (leaving.merged().contribution() instanceof Contribution.Gradients some) {
        gradients.rows(range.from(), range.to()).copyFrom(some.weights());
        some.weights().fill(Float.NaN);
      }
    }

    private Merged whole(Contribution.Gradients last) {
      gradients.rows(0, last.weights().size()).copyFrom(last.weights());
      return new Merged(
          new Contribution.Gradients(gradients, last.values(), last.moments()), ShardTimes.NONE);
    }

    @Override
    public int concurrency() {
      return 1;
    }

    @Override
    public void close() {}
  }
}
