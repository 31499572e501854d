package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.syncbn.OwnJvm;
import org.syncbn.data.ShardData;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.RunData;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingListener;
import org.syncbn.train.TrainingRun;

/** Memory of training: made by the first steps, and used again by all others. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnJvm
class TrainingMemoryTest {

  /**
   * A network 784-256-256-10 with two batch norms, in 12 epochs of 10 mini-batches of 256, with a
   * validation after each.
   */
  private static final RunOptions OPTIONS =
      RunFile.read(
          Path.of("conf/fashion-mnist-mlp.conf"),
          List.of(
              "data={format=generated,generatedRows=2560,generatedTestRows=900,validation=test}",
              "training.epochs=12"));

  private static final int STEPS = 120;
  private static final int STEPS_OF_EPOCH = 10;
  private static final int WARM_UP = 30;

  private static final BufferPoolMXBean DIRECT =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(pool -> pool.getName().equals("direct"))
          .findFirst()
          .orElseThrow();

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What was in use, and what was allocated until each step. */
  private static final class Meter implements TrainingListener {
    final long[] heapBytes = new long[STEPS]; // allocated by all threads since they began
    private long nativeBytesAfterWarmUp;
    private long nativeBytesAtEnd;
    private int steps;

    @Override
    public void onStep(int epoch, long step, long of, int rows, double loss, double accuracy) {
      if (steps == WARM_UP) {
        nativeBytesAfterWarmUp = leastNativeBytes(0);
      } else if (steps == STEPS - 1) {
        nativeBytesAtEnd = leastNativeBytes(nativeBytesAfterWarmUp);
      }
      heapBytes[steps++] =
          Arrays.stream(THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())).sum();
    }

    private static long nativeBytes() {
      return DIRECT.getMemoryUsed() + Pointer.totalBytes();
    }

    /**
     * What stays in use: where a number of rows is met for the first time, products of matrices are
     * tried, and the arrays of these trials wait for the collector, and it for a core. Returns when
     * no more than enough is in use, or nothing was freed for two seconds.
     */
    private static long leastNativeBytes(long enough) {
      long least = nativeBytes();
      for (int same = 0; least > enough && same < 20; same++) {
        System.gc();
        Pointer.deallocateReferences();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        if (nativeBytes() < least) {
          least = nativeBytes();
          same = 0;
        }
      }
      return least;
    }

    long nativeBytesOfStepsAfterTheFirst() {
      assertThat(steps).isEqualTo(STEPS);
      return nativeBytesAtEnd - nativeBytesAfterWarmUp;
    }

    /**
     * The median of the last epoch without its first step, which follows a validation, and its
     * last, before which garbage is collected. A step that tries products is not the median.
     */
    long heapBytesOfAStep() {
      long[] bytes =
          IntStream.range(STEPS - STEPS_OF_EPOCH + 1, STEPS - 1)
              .mapToLong(step -> heapBytes[step] - heapBytes[step - 1])
              .sorted()
              .toArray();
      return bytes[bytes.length / 2];
    }
  }

  @Test
  void onThreadsStepsLeaveNativeMemoryAsItWasAndMakeSmallArraysOnTheHeap() throws IOException {
    check(train((run, shards) -> new InProcessEngine(run.plan(), shards, 2)));
  }

  @Test
  void inAGangStepsLeaveNativeMemoryAsItWasAndMakeSmallArraysOnTheHeap() throws IOException {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("memory")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      check(
          train(
              (run, shards) ->
                  new GangEngine(
                      ShardedRows.of(spark, shards, 2), run.plan(), GangOptions.DEFAULT)));
    }
  }

  private static void check(Meter meter) {
    assertThat(meter.nativeBytesOfStepsAfterTheFirst()).isLessThanOrEqualTo(0);
    // A few numbers for each of 512 channels; the gradients of one shard have a million bytes.
    assertThat(meter.heapBytesOfAStep()).isLessThan(256 * 1024);
  }

  private interface EngineFactory {
    Engine open(TrainingRun run, List<ShardData> shards);
  }

  private static Meter train(EngineFactory factory) throws IOException {
    RunData data = RunData.read(OPTIONS.data(), OPTIONS.seed());
    List<ShardData> shards =
        data.partition(OPTIONS.data().validation(), OPTIONS.shards(), OPTIONS.seed());
    TrainingRun run =
        new TrainingRun(
            OPTIONS,
            data.training().schema(),
            RunData.trainingRows(shards),
            RunData.validationRows(shards));
    Meter meter = new Meter();
    try (Engine engine = factory.open(run, shards)) {
      assertThat(run.trainer(engine, meter).run()).isTrue();
    }
    return meter;
  }
}
