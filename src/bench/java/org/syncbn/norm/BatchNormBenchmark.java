package org.syncbn.norm;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/**
 * Forward and backward pass of one batch-norm layer on one thread, beside a plain copy of the same
 * arrays. The column {@code gigabytes} is GB/s: five passes count for the layer (x, y; x, dy, dx),
 * four for the copy (x to y, dy to dx).
 *
 * <pre>
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) org.openjdk.jmh.Main \
 *     BatchNormBenchmark -prof gc
 * </pre>
 */
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
@State(Scope.Thread)
public class BatchNormBenchmark {

  /** Shapes with the channels at axis 1, or last where the name says so. */
  @Param({"256x256", "4096x256", "65536x256", "128x32x14x14", "128x14x14x32 last"})
  public String shape;

  private Tensor x;
  private Tensor dy;
  private Tensor y;
  private Tensor dx;
  private BatchNormShard shard;
  private BatchNormShard rectified;
  private ChannelLayout layout;
  private BatchNormState state;
  private double[] forward;
  private double[] backward;

  /** Fills x and dy with normal values. */
  @Setup
  public void setUp() {
    String[] words = shape.split(" ");
    int[] dimensions = Arrays.stream(words[0].split("x")).mapToInt(Integer::parseInt).toArray();
    layout = ChannelLayout.of(dimensions, words.length > 1 ? -1 : 1);
    BatchNorm layer =
        BatchNorm.of("bn", layout.channels(), BatchNormOptions.PYTORCH, CounterRandom.of(1));
    state = layer.initialState();
    shard = new BatchNormShard(layer, Activation.NONE);
    rectified = new BatchNormShard(layer, Activation.RELU);
    forward = new double[layer.statisticsLength(Mode.TRAINING, layout.rows())];
    backward = new double[layer.gradientLength(layout.rows())];
    x = Tensor.zeros(dimensions);
    dy = Tensor.zeros(dimensions);
    Initializer.normal(1, 1).fill(x, 1, 1, CounterRandom.of(2));
    Initializer.normal(0, 1).fill(dy, 1, 1, CounterRandom.of(3));
    y = Tensor.zeros(dimensions);
    dx = Tensor.zeros(dimensions);
  }

  /** What passes over memory; JMH divides it by the time. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Traffic {

    /** Bytes, in units of 10^9. */
    public double gigabytes;
  }

  /** Batch normalization. */
  @Benchmark
  public void forwardAndBackward(Traffic traffic) {
    run(shard);
    traffic.gigabytes += 5 * 4e-9 * x.size();
  }

  /** Batch normalization with ReLU. */
  @Benchmark
  public void forwardAndBackwardWithRelu(Traffic traffic) {
    run(rectified);
    traffic.gigabytes += 5 * 4e-9 * x.size();
  }

  /** The peer: the arrays copied. */
  @Benchmark
  public void copy(Traffic traffic) {
    y.copyFrom(x);
    dx.copyFrom(dy);
    traffic.gigabytes += 4 * 4e-9 * x.size();
  }

  private void run(BatchNormShard shard) {
    shard.begin(Mode.TRAINING, layout, BatchSlice.whole(layout.rows()), state);
    shard.observe(x, forward);
    shard.agree(forward);
    shard.apply(x, y);
    shard.observeGradient(x, dy, backward);
    shard.applyGradient(backward, x, dy, dx);
  }
}
