package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.ChannelMoments;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.optim.Segment;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * A whole training step of eight shards on one thread: passes, merges, optimizer. Samples per
 * second are the batch (256 or 128) divided by the time; two threads without waits would have twice
 * that.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@Threads(1)
public class TrainingPassBenchmark {

  private static final int SHARDS = 8;

  /** Times so many rows, in as many times as many shards. */
  @Param({"1"})
  int times;

  /** How many rows are computed at once; 0 for all. */
  @Param({"0"})
  int piece;

  /** See {@link MicroBatches}. */
  @Param({"1"})
  int keepEvery;

  /** Which network: with batches of 256 and 128 rows. */
  @Param({"mlp", "cnn", "residual"})
  String kind;

  private Network network;
  private Measures measures;
  private int[] shardRows;
  private TrainingPass pass;
  private Batch batch;
  private Tensor weights;
  private List<BatchNormState> states;
  private Optimizer optimizer;
  private int rows;

  static List<LayerSpec> layers(String kind) {
    LayerSpec norm = new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
    LayerSpec relu = new ActivationSpec.Relu();
    LayerSpec pool = PoolingSpec.MaxPool.of(2);
    if (kind.equals("mlp")) {
      return List.of(
          LinearSpec.Dense.of(256),
          norm,
          relu,
          LinearSpec.Dense.of(256),
          norm,
          relu,
          LinearSpec.Dense.of(10));
    }
    Extent kernel = Extent.square(3);
    Extent one = Extent.square(1);
    if (kind.equals("residual")) {
      LayerSpec conv = LinearSpec.Conv2d.of(16, kernel).with(one, Padding.same());
      LayerSpec block = new GraphSpec.Residual(List.of(conv, norm, relu, conv, norm), List.of());
      return List.of(
          LinearSpec.Conv2d.of(16, kernel).with(Extent.square(2), Padding.same()),
          norm,
          relu,
          block,
          relu,
          block,
          relu,
          block,
          relu,
          new PoolingSpec.GlobalAveragePool(),
          LinearSpec.Dense.of(10));
    }
    return List.of(
        LinearSpec.Conv2d.of(16, kernel).with(one, Padding.same()),
        norm,
        relu,
        pool,
        LinearSpec.Conv2d.of(32, kernel).with(one, Padding.same()),
        norm,
        relu,
        pool,
        new ShapeSpec.Flatten(),
        LinearSpec.Dense.of(10));
  }

  /** Makes data, weights and passes. */
  @Setup
  public void prepare() {
    rows = times * (kind.equals("mlp") ? 256 : 128);
    shardRows = new int[times * SHARDS];
    Shape input = kind.equals("mlp") ? Shape.features(784) : Shape.image(1, 28, 28);
    network = Network.of(input, layers(kind), CounterRandom.of(1));
    measures =
        Measures.of(
            network, ClassLoss.SoftmaxCrossEntropy.plain(), List.of(new ClassMetric.Accuracy()));
    weights = network.initialWeights();
    states = network.initialStates(weights);
    optimizer =
        new Optimizer(
            Optimizers.momentum(Schedule.constant(0.01), 0.9),
            List.of(new Segment("all", 0, weights.size(), true, true)));
    CounterRandom random = CounterRandom.of(2);
    Tensor x = Tensor.zeros(rows, 784);
    Tensor y = Tensor.zeros(rows, 1);
    for (int i = 0; i < x.size(); i++) {
      x.set(i, (float) random.uniform(i));
    }
    for (int i = 0; i < y.size(); i++) {
      y.set(i, random.below(10, -1L - i));
    }
    batch = Batch.of(x, y);
    Arrays.fill(shardRows, rows / shardRows.length);
    MicroBatches pieces = piece == 0 ? MicroBatches.NONE : new MicroBatches(piece, keepEvery);
    pass = new TrainingPass(network, measures, 0, shardRows.length, rows, pieces);
  }

  /** Says how much memory the values take. */
  @TearDown
  public void report() {
    System.out.printf("%nvalues and gradients: %.1f MiB%n", pass.activationBytes() / 0x1p20);
  }

  /** One step. */
  @Benchmark
  public double step() {
    StepSynchronization step = new StepSynchronization(network, states, rows);
    BatchSlice slice = BatchSlice.whole(rows);
    pass.start(batch, shardRows, slice, weights, states, CounterRandom.of(3));
    while (!pass.isFinished()) {
      double[] merged = merge();
      step.add(merged);
      pass.resume(merged);
    }
    double[] sums = merge();
    Tensor gradients = pass.gradients().get(0).values();
    double weight = measures.weight(sums);
    step.finish(gradients, weight, weights);
    optimizer.step(weights, gradients, weight);
    states = step.commit(weights);
    return measures.loss(sums);
  }

  private double[] merge() {
    double[] sum = pass.contribution(0).clone();
    for (int s = 1; s < shardRows.length; s++) {
      if (pass.momentChannels() > 0) {
        ChannelMoments.join(sum, pass.contribution(s), pass.momentChannels());
        continue;
      }
      for (int i = 0; i < sum.length; i++) {
        sum[i] += pass.contribution(s)[i];
      }
    }
    return sum;
  }
}
