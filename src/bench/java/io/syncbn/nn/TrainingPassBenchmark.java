package io.syncbn.nn;

import io.syncbn.norm.BatchNormOptions;
import io.syncbn.norm.BatchNormState;
import io.syncbn.norm.BatchSlice;
import io.syncbn.optim.Optimizer;
import io.syncbn.optim.Optimizers;
import io.syncbn.optim.Schedule;
import io.syncbn.optim.Segment;
import io.syncbn.tensor.CounterRandom;
import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

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

  /** Which network: with batches of 256 and 128 rows. */
  @Param({"mlp", "cnn"})
  String kind;

  private Network network;
  private Evaluation evaluation;
  private final List<TrainingPass> passes = new ArrayList<>();
  private final List<Batch> batches = new ArrayList<>();
  private final double[][] contributions = new double[SHARDS][];
  private Tensor weights;
  private List<BatchNormState> states;
  private Optimizer optimizer;
  private int rows;

  static List<LayerSpec> layers(String kind) {
    LayerSpec norm = new LayerSpec.BatchNormalization(BatchNormOptions.PYTORCH);
    LayerSpec relu = new LayerSpec.Relu();
    LayerSpec pool = LayerSpec.MaxPool.of(2);
    if (kind.equals("mlp")) {
      return List.of(
          LayerSpec.Dense.of(256),
          norm,
          relu,
          LayerSpec.Dense.of(256),
          norm,
          relu,
          LayerSpec.Dense.of(10));
    }
    Extent kernel = Extent.square(3);
    Extent one = Extent.square(1);
    return List.of(
        LayerSpec.Conv2d.of(16, kernel).with(one, Padding.same()),
        norm,
        relu,
        pool,
        LayerSpec.Conv2d.of(32, kernel).with(one, Padding.same()),
        norm,
        relu,
        pool,
        new LayerSpec.Flatten(),
        LayerSpec.Dense.of(10));
  }

  /** Makes data, weights and passes. */
  @Setup
  public void prepare() {
    rows = kind.equals("mlp") ? 256 : 128;
    Shape input = kind.equals("mlp") ? Shape.features(784) : Shape.image(1, 28, 28);
    network = Network.of(input, layers(kind), CounterRandom.of(1));
    evaluation =
        Evaluation.of(network, Loss.SoftmaxCrossEntropy.plain(), List.of(new Metric.Accuracy()));
    weights = network.initialWeights();
    states = network.initialStates(weights);
    optimizer =
        new Optimizer(
            Optimizers.momentum(Schedule.constant(0.01), 0.9),
            List.of(new Segment("all", 0, weights.size(), true, true)));
    CounterRandom random = CounterRandom.of(2);
    int shardRows = rows / SHARDS;
    for (int shard = 0; shard < SHARDS; shard++) {
      Tensor x = Tensor.zeros(shardRows, 784);
      Tensor y = Tensor.zeros(shardRows, 1);
      for (int i = 0; i < x.size(); i++) {
        x.set(i, (float) random.fork(shard).uniform(i));
      }
      for (int i = 0; i < y.size(); i++) {
        y.set(i, random.fork(shard).below(10, -1L - i));
      }
      batches.add(Batch.of(x, y));
      passes.add(new TrainingPass(network, evaluation, shardRows));
    }
  }

  /** One step. */
  @Benchmark
  public double step() {
    StepAgreements step = new StepAgreements(network, states, rows);
    CounterRandom random = CounterRandom.of(3);
    for (int s = 0; s < SHARDS; s++) {
      BatchSlice slice = new BatchSlice(s * rows / SHARDS, rows);
      contributions[s] = passes.get(s).start(batches.get(s), slice, weights, states, random);
    }
    while (!passes.get(0).isFinished()) {
      double[] merged = merge();
      step.add(merged);
      for (int s = 0; s < SHARDS; s++) {
        contributions[s] = passes.get(s).resume(merged);
      }
    }
    double[] sums = merge();
    Tensor gradients = passes.get(0).gradients();
    for (int s = 1; s < SHARDS; s++) {
      add(gradients, passes.get(s).gradients());
    }
    double weight = step.finish(gradients, evaluation.weight(sums), weights);
    optimizer.step(weights, gradients, weight);
    states = step.commit(weights);
    return evaluation.loss(sums);
  }

  private final float[] left = new float[2048];
  private final float[] right = new float[2048];

  private void add(Tensor sum, Tensor other) {
    for (int at = 0; at < sum.size(); at += left.length) {
      int length = Math.min(left.length, sum.size() - at);
      sum.read(at, left, 0, length);
      other.read(at, right, 0, length);
      for (int i = 0; i < length; i++) {
        left[i] += right[i];
      }
      sum.write(at, left, 0, length);
    }
  }

  private double[] merge() {
    double[] sum = contributions[0].clone();
    for (int s = 1; s < SHARDS; s++) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += contributions[s][i];
      }
    }
    return sum;
  }
}
