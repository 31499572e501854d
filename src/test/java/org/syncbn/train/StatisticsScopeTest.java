package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.model.NetworkArrays;
import org.syncbn.norm.BatchNormState;
import org.syncbn.tensor.CounterRandom;

/** Which rows share batch statistics: all, those of a group of shards, those of one shard. */
class StatisticsScopeTest {

  private static final CounterRandom RANDOM = CounterRandom.of(5);
  private static final int FEATURES = 3;
  private static final Block NO_ROWS = Block.ofFloats(0, new float[0], new float[0], new float[0]);

  private static RunOptions options(String policy, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "network=[{dense=6},{batchNorm{smallBatchPolicy=%s}},relu,{dense=2}]"
                    .formatted(policy),
                "training.epochs=2",
                "shards=4"));
    all.addAll(List.of(settings));
    return Runs.options(all.toArray(new String[0]));
  }

  /** Each shard has other means, so that it matters who shares statistics. */
  private static Block rows(int shard, float... weights) {
    float[] features = new float[weights.length * FEATURES];
    float[] labels = new float[weights.length];
    for (int i = 0; i < features.length; i++) {
      boolean counts = weights[i / FEATURES] > 0;
      features[i] = counts ? (float) RANDOM.fork(shard).gaussian(i) + shard : Float.NaN;
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = RANDOM.fork("label").fork(shard).below(2, i);
    }
    return Block.ofFloats(weights.length, features, labels, weights);
  }

  private static Block rows(int shard, int count) {
    float[] weights = new float[count];
    Arrays.fill(weights, 1);
    return rows(shard, weights);
  }

  private static NetworkArrays train(RunOptions options, int threads, Block... shards) {
    List<ShardData> data =
        Arrays.stream(shards).map(block -> new ShardData(block, NO_ROWS)).toList();
    Schema schema = new Schema(List.of(FEATURES), List.of(), List.of("a", "b"));
    TrainingRun run = new TrainingRun(options, schema, RunData.trainingRows(data), 0);
    try (InProcessEngine engine = new InProcessEngine(run.plan(), data, threads)) {
      run.trainer(engine, new TrainingListener() {}).run();
    }
    return run.trained().arrays();
  }

  private static Block[] fourShards() {
    return new Block[] {rows(0, 8), rows(1, 9), rows(2, 8), rows(3, 7)};
  }

  @Test
  void allShardsInOneGroupHaveTheBitsOfAll() {
    float[] all =
        train(options("error", "training.batchSize=16"), 1, fourShards()).weights().toArray();
    for (int size : new int[] {4, 9}) {
      RunOptions grouped =
          options("error", "training.batchSize=16", "training.batchNormGroupSize=" + size);
      assertThat(train(grouped, 2, fourShards()).weights().toArray()).isEqualTo(all);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aGroupsModelHasTheSameBitsOnAnyNumberOfThreads(int size) {
    RunOptions grouped =
        options("error", "training.batchSize=16", "training.batchNormGroupSize=" + size);
    float[] one = train(grouped, 1, fourShards()).weights().toArray();
    assertThat(train(grouped, 2, fourShards()).weights().toArray()).isEqualTo(one);
    assertThat(train(grouped, 4, fourShards()).weights().toArray()).isEqualTo(one);
  }

  @Test
  void aGroupOfOneShardIsAShardOnItsOwn() {
    assertSame(
        train(
            options("error", "training.batchSize=16", "training.batchNormGroupSize=1"),
            2,
            fourShards()),
        train(
            options("error", "training.batchSize=16", "training.batchNormSync=false"),
            2,
            fourShards()));
  }

  @Test
  void aGroupOfTwoShardsIsOneShardWithTheirRows() {
    // One mini-batch an epoch, so that both take the same rows in every step.
    NetworkArrays groups =
        train(
            options(
                "error",
                "training.batchSize=32",
                "optimizer={sgd{learningRate=0.1}}",
                "training.batchNormGroupSize=2"),
            2,
            fourShards());
    Block[] four = fourShards();
    NetworkArrays pairs =
        train(
            options(
                "error",
                "training.batchSize=32",
                "optimizer={sgd{learningRate=0.1}}",
                "training.batchNormSync=false"),
            1,
            Block.concatenate(List.of(four[0], four[1])),
            Block.concatenate(List.of(four[2], four[3])));
    assertSame(groups, pairs);
  }

  private static void assertSame(NetworkArrays actual, NetworkArrays expected) {
    assertThat(actual.weights().toArray())
        .containsExactly(expected.weights().toArray(), within(2e-5f));
    BatchNormState state = expected.states().get(0);
    assertThat(actual.states().get(0).runningMean())
        .containsExactly(state.runningMean(), within(1e-5));
    assertThat(actual.states().get(0).runningVariance())
        .containsExactly(state.runningVariance(), within(1e-5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"error", "running", "skip", "batch"})
  void aShardWhoseRowsAllHaveWeightZeroIsAShardWithoutRows(String policy) {
    for (String scope : List.of("training.batchNormSync=false", "training.batchNormSync=true")) {
      RunOptions options =
          options(policy, "optimizer={sgd{learningRate=0.1}}", scope, "training.batchSize=24");
      RunOptions three =
          options(policy, "optimizer={sgd{learningRate=0.1}}", scope, "training.batchSize=27");
      NetworkArrays masked = train(three, 2, rows(0, 8), rows(1, 0f, 0, 0), rows(2, 8), rows(3, 8));
      assertSame(masked, train(options, 2, rows(0, 8), NO_ROWS, rows(2, 8), rows(3, 8)));
    }
  }

  @Test
  void aShardWithASingleRowSkipsTheStepOfAllIfItsBatchNormAsksForThat() {
    Block[] data = {rows(0, 8), rows(1, 1f, 0, 0), rows(2, 8), rows(3, 8)};
    String[] settings = {"training.batchSize=27", "training.batchNormSync=false"};
    NetworkArrays skipped = train(options("skip", settings), 2, data);
    NetworkArrays longer =
        train(options("skip", settings[0], settings[1], "training.epochs=5"), 2, data);
    assertThat(skipped.weights().toArray()).isEqualTo(longer.weights().toArray());
    assertThat(skipped.states()).isEqualTo(longer.states());
    assertThat(skipped.states().get(0).steps()).isZero();
    assertThat(train(options("running", settings), 2, data).states().get(0).steps()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aMiniBatchWithoutWeightsIsRejectedOrSkipped(boolean synchronizes) {
    String scope = "training.batchNormSync=" + synchronizes;
    Block[] data = {rows(0, 0f, 0), rows(1, 0f, 0), rows(2, 0f, 0), rows(3, 0f, 0)};
    assertThatThrownBy(() -> train(options("error", "training.batchSize=8", scope), 1, data))
        .hasMessageStartingWith("no row of a mini-batch has a weight above 0: leave out");
    NetworkArrays skipped = train(options("skip", "training.batchSize=8", scope), 1, data);
    assertThat(skipped.states().get(0).steps()).isZero();
  }

  @Test
  void aGroupNeedsTwoRows() {
    Block[] data = {rows(0, 4), rows(1, 4), rows(2, 4), rows(3, 4)};
    assertThatThrownBy(
            () ->
                train(
                    options("error", "training.batchSize=2", "training.batchNormGroupSize=2"),
                    1,
                    data))
        .hasMessageStartingWith(
            "training.batchSize = 2 of 16 training rows makes a group's part of a mini-batch of a"
                + " single row, which has no variance for layer 1; set training.batchSize to")
        .hasMessageContaining("or training.batchNormGroupSize to 0, or smallBatchPolicy");
  }

  @Test
  void whatContradictsItselfIsRejected() {
    assertThatThrownBy(
            () -> options("error", "training.batchNormSync=false", "training.batchNormGroupSize=2"))
        .hasMessageEndingWith(
            "batchNormGroupSize = 2 lets shards share batch statistics, but batchNormSync is false:"
                + " remove one");
  }
}
