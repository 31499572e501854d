package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.train.Contribution;
import org.syncbn.train.ShardForest;

/** Bytes per link by formula. */
class LinkBytesTest {

  private static final long BLOCK = 4L << 20;

  @Test
  void aStarCarriesTheWeightsOfEveryExecutorOverTheDriversLink() {
    LinkBytes gang = LinkBytes.gang(StepTraffic.of(1_000), new Placement(16, 16, 16));
    assertThat(gang).isEqualTo(new LinkBytes(64_000, 64_000, 4_000, 4_000, 128_000));
    assertThat(gang.driver()).isEqualTo(128_000);
    assertThat(gang.busiest()).isEqualTo(128_000);
  }

  @Test
  void tasksOfOneExecutorShareMessagesAndMergeTheirNodes() {
    assertThat(LinkBytes.gang(StepTraffic.of(1_000), new Placement(16, 16, 4)))
        .isEqualTo(new LinkBytes(16_000, 16_000, 4_000, 4_000, 32_000));
    assertThat(LinkBytes.gang(StepTraffic.of(1_000), new Placement(12, 6, 2))) // 0-3 4-5, 6-7 8-11
        .isEqualTo(new LinkBytes(8_000, 16_000, 8_000, 4_000, 24_000));
  }

  @Test
  void statisticsAreTwoNumbersAChannelInEachDirection() {
    LinkBytes gang = LinkBytes.gang(StepTraffic.of(0, 8, 4), new Placement(2, 2, 1));
    long forward = 8 * (2 * 8 + 2) + 8 * (2 * 4 + 2);
    long backward = 8 * (2 * 8 + 1) + 8 * (2 * 4 + 1);
    long running = 8 * (2 * 8 + 2 * 4);
    assertThat(gang.driverOut()).isEqualTo(running + forward + backward);
    assertThat(gang.driverIn()).isEqualTo(forward + backward);
  }

  @Test
  void slicesCarryTheSameBytesForAnyNumberOfExecutorsAndNoneThroughTheDriver() {
    for (int executors : new int[] {16, 64, 256}) {
      LinkBytes slices =
          LinkBytes.slices(
              StepTraffic.of(10_000_000), new Placement(executors, executors, executors));
      assertThat(slices.driver()).isZero();
      long ofEach = 40_000_000 - 40_000_000 / executors;
      assertThat(slices).isEqualTo(new LinkBytes(0, 0, 2 * ofEach, 2 * ofEach, 2 * ofEach));
    }
  }

  @Test
  void theTreeMergesLongGradientsOnTheExecutors() {
    LinkBytes tree = LinkBytes.tree(StepTraffic.of(100_000_000), new Placement(64, 64, 64));
    assertThat(tree.driverIn()).isEqualTo(400_000_000);
    LinkBytes gang = LinkBytes.gang(StepTraffic.of(100_000_000), new Placement(64, 64, 64));
    assertThat(gang.driverIn()).isEqualTo(64L * 400_000_000);
  }

  @Test
  void theTreeSendsShortGradientsOfEachTaskToTheDriver() {
    assertThat(LinkBytes.tree(StepTraffic.of(1_000), new Placement(16, 16, 4)))
        .isEqualTo(new LinkBytes(16_000, 64_000, 16_000, 4_000, 80_000));
  }

  @Test
  void everyJobOfTheTreeCarriesTheLaterMessagesOfTheStep() {
    StepTraffic traffic = StepTraffic.of(1_000_000, 4);
    long agreed = traffic.exchanges().get(1).bytesDown();
    long last = traffic.exchanges().get(2).bytesDown();
    LinkBytes tree = LinkBytes.tree(traffic, new Placement(1, 1, 1));
    assertThat(tree.driverOut())
        .isEqualTo(traffic.exchanges().get(0).bytesDown() + 2 * agreed + last);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 16, 16",
    "1, 256, 256",
    "20, 6, 2.5",
    "1000, 16, 3.4",
    "1000, 256, 6.1",
    "10, 1, 1"
  })
  void aBroadcastIsAStarWhereItHasOneBlockAndATorrentWhereItHasMany(
      long blocks, int executors, double copies) {
    LinkBytes broadcast = LinkBytes.broadcast(blocks * BLOCK, executors);
    assertThat((double) broadcast.driverOut() / (blocks * BLOCK)).isEqualTo(copies, within(0.2));
    assertThat(broadcast.executorIn()).isEqualTo(blocks * BLOCK);
  }

  @ParameterizedTest
  @CsvSource({"8, 1", "8, 2", "8, 3", "8, 8", "7, 1", "7, 3", "13, 4", "64, 5", "100, 7"})
  void nodesAreThoseThatTheReductionTreeKeeps(int shards, int tasks) {
    ShardPartitioner partitioner = new ShardPartitioner(shards, tasks);
    int nodes = 0;
    for (int task = 0; task < tasks; task++) {
      ShardForest forest = new ShardForest(shards);
      ShardRange range = partitioner.shards(task);
      for (int shard = range.first(); shard < range.end(); shard++) {
        forest.add(shard, new Contribution.Sums(new double[] {1}));
      }
      nodes += forest.roots().size();
    }
    assertThat(new Placement(shards, tasks, 1).nodes()).isEqualTo(nodes);
  }

  @Test
  void moreTasksThanShardsAreAnError() {
    assertThatThrownBy(() -> new Placement(2, 3, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 shards in 3 tasks on 1 executors");
  }
}
