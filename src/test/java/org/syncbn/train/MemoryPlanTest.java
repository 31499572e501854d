package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnJvm;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.train.MemoryPlan.Kind;
import org.syncbn.train.MemoryPlan.Place;
import org.syncbn.train.MemoryPlan.Spread;

/** Estimates of memory beside what runs take. */
@OwnJvm
class MemoryPlanTest {

  private static final String MLP =
      "[flatten, {dense=1500}, batchNorm, relu, {dense=1500}, batchNorm, relu, {dense=10}]";
  private static final String CNN =
      "[{conv2d={filters=24,kernel=3,padding=same}}, batchNorm, relu, maxPool,"
          + " {conv2d={filters=32,kernel=3,padding=same}}, batchNorm, relu, flatten, {dense=10}]";

  /** Bytes of a dense layer of 3 inputs and 5 units: 15 weights, a gap, 5 constants. */
  private static final long WEIGHTS = 4 * (16 + 5);

  private static final String LABELS = "labels and order of rows";
  private static final String PUT_TOGETHER = "rows of a shard, to be put together";

  private static RunOptions options(String network, String... settings) {
    return RunFile.parse(
        """
        network = %s
        optimizer { momentum { learningRate = 0.01 } }
        data { generatedRows = 640, generatedTestRows = 0, validation = { fraction = 0.2 } }
        training { epochs = 2, batchSize = 256 }
        """
            .formatted(network),
        List.of(settings));
  }

  private static MemoryPlan small(Spread spread, String... settings) {
    Schema schema = new Schema(List.of(3), List.of("a", "b", "c"), List.of());
    return MemoryPlan.of(options("[{dense=5}]", settings), schema, spread, 1000);
  }

  private static long bytes(MemoryPlan plan, String name) {
    return plan.items().stream()
        .filter(item -> item.name().equals(name))
        .mapToLong(MemoryPlan.Item::bytes)
        .sum();
  }

  @Test
  void eachNumberIsCountedWhereItIs() {
    MemoryPlan plan = small(new Spread(2, 4, 2, 0, true, Long.MAX_VALUE)); // 8 shards, 33 rows each
    assertThat(bytes(plan, "optimizer state, old and new")).isEqualTo(2 * WEIGHTS);
    assertThat(bytes(plan, "gradients of executors")).isEqualTo(2 * WEIGHTS);
    assertThat(bytes(plan, "gradients of weights")).isEqualTo(2 * 2 * WEIGHTS); // two siblings
    assertThat(bytes(plan, "rows of the mini-batch")).isEqualTo(2 * 66 * 3 * 4);
    assertThat(bytes(plan, MemoryPlan.VALUES)).isEqualTo(2 * 66 * (5 + 5) * 4);
    assertThat(bytes(plan, "training rows")).isEqualTo(500 * 3); // of images
    assertThat(bytes(plan, LABELS)).isEqualTo(500 * (4 + 4));
    assertThat(bytes(plan, "rows read here")).isEqualTo(3 * 1000 * (3 + 4));
    MemoryPlan adam =
        small(new Spread(1, 1, 1, 0, false, Long.MAX_VALUE), "optimizer={adam={learningRate=0.1}}");
    assertThat(bytes(adam, "optimizer state, old and new")).isEqualTo(4 * WEIGHTS);
    assertThat(bytes(adam, "gradients of executors")).isZero();
    assertThat(bytes(adam, "gradients of weights")).isEqualTo(4 * WEIGHTS); // a tree of 8 leaves
    MemoryPlan owned = small(new Spread(2, 4, 2, 2, true, Long.MAX_VALUE));
    assertThat(bytes(owned, "optimizer state")).isEqualTo(WEIGHTS);
    assertThat(bytes(owned, "weights, old and new")).isEqualTo(3 * WEIGHTS); // 1 in the driver
    assertThat(bytes(owned, MemoryPlan.FETCHED)).isEqualTo(2 * 2 * WEIGHTS);
    assertThat(bytes(owned, "slice of optimizer state, old and new")).isEqualTo(2 * 4 * 16);
    String received = "gradients of all, weights of others";
    assertThat(bytes(owned, received)).isEqualTo(2 * 4 * 16 + WEIGHTS - 4 * 16);
    MemoryPlan unaligned =
        small(new Spread(3, 6, 5, 0, true, Long.MAX_VALUE)); // shards 0-1, 2-4, 5-7
    assertThat(bytes(unaligned, "gradients of executors")).isEqualTo(5 * WEIGHTS);
    MemoryPlan averaged =
        small(
            new Spread(2, 4, 2, 2, true, Long.MAX_VALUE), "training.weightAveraging.ema.decay=0.9");
    assertThat(bytes(averaged, MemoryPlan.FETCHED)).isEqualTo(2 * 4 * WEIGHTS);
    assertThat(bytes(averaged, "slice of the average of weights")).isEqualTo(2 * 4 * 16);
  }

  @Test
  void rowsOfTablesThatTheHeapDoesNotHoldAreInFiles() {
    Spread spread = new Spread(2, 4, 2, 0, true, 4_000);
    Schema schema = new Schema(List.of(3), List.of(), List.of());
    MemoryPlan table = MemoryPlan.of(ofTable(), schema, spread, 1000);
    assertThat(bytes(table, "training rows")).isEqualTo(4_000);
    assertThat(bytes(table, "other training rows")).isEqualTo(500 * 3 * 4 - 4_000);
    assertThat(bytes(table, LABELS)).isEqualTo(500 * (4 + 4)); // never in a file
    assertThat(bytes(table, PUT_TOGETHER))
        .isEqualTo(2 * 125 * ((3 + 1) * 4 + 56)); // two tasks, each a shard
    assertThat(table.bytes(Place.EXECUTOR, Kind.FILES)).isEqualTo(2_000);
    assertThat(bytes(table.collected(), "rows to be collected")).isEqualTo(500 * 3 * 4);

    MemoryPlan weighted = MemoryPlan.of(ofTable("data.weight=w"), schema, spread, 1000);
    assertThat(bytes(weighted, LABELS)).isEqualTo(500 * (4 + 4 + 4));
  }

  @Test
  void shardsArePutTogetherInTheHeapEvenIfItHoldsAllRows() {
    Spread roomy = new Spread(2, 4, 2, 0, true, Long.MAX_VALUE);
    Schema schema = new Schema(List.of(3), List.of(), List.of());
    MemoryPlan table = MemoryPlan.of(ofTable(), schema, roomy, 1000);
    assertThat(bytes(table, PUT_TOGETHER)).isEqualTo(2 * 125 * ((3 + 1) * 4 + 56));
    assertThat(table.bytes(Place.EXECUTOR, Kind.FILES)).isZero();
  }

  @Test
  void theExecutorWithTheMostShardsCounts() {
    Spread uneven = new Spread(3, 6, 5, 0, true, Long.MAX_VALUE); // 8 shards: 2, 3 and 3
    Schema schema = new Schema(List.of(3), List.of(), List.of());
    MemoryPlan table = MemoryPlan.of(ofTable(), schema, uneven, 1000);
    assertThat(bytes(table, "training rows")).isEqualTo(3 * 125 * 3 * 4);
  }

  private static RunOptions ofTable(String... settings) {
    List<String> all =
        new ArrayList<>(List.of("data={format=parquet,path=rows,label=y}", "shards=8"));
    all.addAll(List.of(settings));
    return RunFile.parse("network = [{dense=5}]", all);
  }

  @ParameterizedTest
  @ValueSource(strings = {MLP, CNN})
  void estimatesAreWithinAQuarterOfWhatARunTakes(String network) throws IOException {
    RunOptions options = options(network);
    RunData data = RunData.read(options.data(), options.seed());
    List<ShardData> shards =
        data.partition(options.data().validation(), options.shards(), options.seed());
    long before = direct(0);
    long[] taken = new long[1];
    TrainingRun run =
        new TrainingRun(
            options,
            data.training().schema(),
            RunData.trainingRows(shards),
            RunData.validationRows(shards));
    try (Engine engine = new InProcessEngine(run.plan(), shards, 2)) {
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void onEpoch(EpochResult result) {
              taken[0] = direct(before) - before;
            }
          };
      assertThat(run.trainer(engine, listener).run()).isTrue();
    }
    MemoryPlan plan =
        MemoryPlan.of(
                options,
                data.training().schema(),
                new Spread(1, 2, 1, 0, false, Long.MAX_VALUE),
                512)
            .inOneJvm();
    assertThat((double) plan.bytes(Place.DRIVER, Kind.DIRECT) / taken[0])
        .describedAs("%s for %d bytes", plan.items(), taken[0])
        .isBetween(0.8, 1.25);
  }

  /** Trials of matrix products leave garbage beside the heap: what is left when that is gone. */
  private static long direct(long enough) {
    long least = Long.MAX_VALUE;
    for (int same = 0; least > enough && same < 5; same++) {
      System.gc();
      Pointer.deallocateReferences();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      long used =
          ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
              .filter(pool -> pool.getName().equals("direct"))
              .mapToLong(BufferPoolMXBean::getMemoryUsed)
              .sum();
      if (used < least) {
        least = used;
        same = 0;
      }
    }
    return least;
  }
}
