package org.syncbn.spark.sync;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.syncbn.data.Block;
import org.syncbn.data.ShardData;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Engine;
import org.syncbn.train.Message;
import org.syncbn.train.StepPlan;
import org.syncbn.train.UpdatePlan;
import org.syncbn.train.Work;

/**
 * Measures what exchanges cost on a cluster: shards that compute nothing, a message and an answer
 * of the same size.
 */
public final class ExchangeProbe {

  private final JavaSparkContext spark;
  private final Placement placement;
  private final int tasks;

  /**
   * A probe.
   *
   * @param spark the application
   * @param placement one shard for each task
   */
  public ExchangeProbe(JavaSparkContext spark, Placement placement) {
    this.spark = spark;
    this.placement = placement;
    this.tasks = placement.tasks();
  }

  Placement placement() {
    return placement;
  }

  /**
   * Exchanges one after the other; their microseconds in ascending order.
   *
   * @param kind which engine
   * @param bytes of the message, and of each task's answer
   * @param warmUp how many are left out at the beginning
   * @param count how many are measured
   */
  public double[] exchanges(EngineKind kind, int bytes, int warmUp, int count) {
    return exchanges(kind, new EchoPlan(tasks, null), bytes, warmUp, count);
  }

  /**
   * Has the executors connect to each other, as they must to keep the weights.
   *
   * @throws EngineException in a sentence, if they cannot
   */
  void connectPeers(UpdatePlan updates) {
    exchanges(EngineKind.SLICES, new EchoPlan(tasks, updates), Float.BYTES, 0, 1);
  }

  private double[] exchanges(EngineKind kind, StepPlan plan, int bytes, int warmUp, int count) {
    Block none = Block.ofFloats(0, new float[0], new float[0], new float[0]);
    List<ShardData> data = Collections.nCopies(tasks, new ShardData(none, none));
    Tensor weights = Tensor.zeros(bytes / Float.BYTES);
    try (ShardedRows rows = ShardedRows.of(spark, data, tasks);
        Engine engine = open(kind, rows, plan)) {
      return measure(
          warmUp,
          count,
          step ->
              engine.exchange(
                  new Message.Begin(1, step, new Work.Batch(0, 0, 1), weights, new double[0])));
    }
  }

  /** An engine that tries nothing twice. */
  private static Engine open(EngineKind kind, ShardedRows rows, StepPlan plan) {
    GangOptions options = GangOptions.from(rows.spark().sc().getConf());
    return kind.holdsSlots()
        ? new GangEngine(
            rows,
            plan,
            new GangOptions(
                options.exchangeTimeout(), options.startTimeout(), 1, options.coordinatorPort()),
            kind)
        : Engines.open(kind, rows, plan);
  }

  /** Spark jobs of one stage that do nothing; their microseconds in ascending order. */
  public double[] bareJobs(int warmUp, int count) {
    JavaRDD<Integer> numbers = spark.parallelize(Collections.nCopies(tasks, 1), tasks).cache();
    try {
      return measure(warmUp, count, step -> numbers.count());
    } finally {
      numbers.unpersist();
    }
  }

  /** Something to measure. */
  public interface Repeated {
    /** Does it once more. */
    void run(long step);
  }

  /** Runs something again and again; the microseconds of each time in ascending order. */
  public static double[] measure(int warmUp, int count, Repeated work) {
    double[] micros = new double[count];
    for (int i = -warmUp; i < count; i++) {
      long start = System.nanoTime();
      work.run(i + warmUp);
      if (i >= 0) {
        micros[i] = (System.nanoTime() - start) / 1e3;
      }
    }
    Arrays.sort(micros);
    return micros;
  }
}
