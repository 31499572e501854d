package org.syncbn.optim;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * Nanoseconds a weight of one step, on one thread, for the weights of a network 784-256-256-10.
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath -Dmdep.includeScope=test
 * java -cp target/test-classes:target/classes:$(cat target/classpath) org.openjdk.jmh.Main OptimizerBenchmark
 * }</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(OptimizerBenchmark.WEIGHTS)
@Warmup(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class OptimizerBenchmark {

  static final int WEIGHTS = 784 * 256 + 256 * 256 + 256 * 10;

  /** Which optimizer, with its usual numbers. */
  public enum Kind {
    /** Gradient descent. */
    SGD,
    /** With momentum. */
    MOMENTUM,
    /** With momentum, clipped by norm. */
    CLIPPED,
    /** With Nesterov's momentum. */
    NESTEROV,
    /** RMSprop. */
    RMSPROP,
    /** RMSprop by the variance. */
    CENTERED,
    /** Adam. */
    ADAM,
    /** Adam with decoupled weight decay. */
    ADAM_W,
    /** Adagrad. */
    ADAGRAD,
    /** LAMB. */
    LAMB;

    List<Transform> transforms() {
      Schedule rate = Schedule.constant(1e-3);
      return switch (this) {
        case SGD -> Optimizers.sgd(rate);
        case MOMENTUM -> Optimizers.momentum(rate, 0.9);
        case CLIPPED ->
            Optimizers.before(new Transform.ClipByNorm(1), Optimizers.momentum(rate, 0.9));
        case NESTEROV -> Optimizers.nesterov(rate, 0.9);
        case RMSPROP -> Optimizers.rmsprop(rate, 0.99, 1e-8, Transform.ScaleByRms.Center.ZERO, 0);
        case CENTERED -> Optimizers.rmsprop(rate, 0.99, 1e-8, Transform.ScaleByRms.Center.MEAN, 0);
        case ADAM -> Optimizers.adam(rate, 0.9, 0.999, 1e-8);
        case ADAM_W -> Optimizers.adamW(rate, 0.9, 0.999, 1e-8, 0.01);
        case ADAGRAD -> Optimizers.adagrad(rate, 1e-10);
        case LAMB ->
            Optimizers.lamb(
                rate, 0.9, 0.999, 1e-6, 0.01, Transform.ScaleByTrustRatio.Scope.DECAYED);
      };
    }
  }

  /** The optimizer. */
  @Param Kind kind;

  private Optimizer optimizer;
  private Tensor weights;
  private Tensor next;
  private Tensor gradient;

  /** Draws weights and one gradient, which all steps take. */
  @Setup
  public void draw() {
    optimizer =
        new Optimizer(kind.transforms(), List.of(new Segment("weight", 0, WEIGHTS, true, true)));
    CounterRandom random = CounterRandom.of(1);
    weights = Tensor.zeros(WEIGHTS);
    next = Tensor.zeros(WEIGHTS);
    gradient = Tensor.zeros(WEIGHTS);
    for (int i = 0; i < WEIGHTS; i++) {
      weights.set(i, (float) (random.uniform(2L * i) - 0.5));
      gradient.set(i, (float) (random.uniform(2L * i + 1) - 0.5));
    }
  }

  /** A step and its commit. */
  @Benchmark
  public Tensor step() {
    optimizer.prepare(weights, gradient, 256, next, Optimizer.Team.ALONE);
    optimizer.commit();
    Tensor old = weights;
    weights = next;
    next = old;
    return weights;
  }
}
