package org.syncbn.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.syncbn.data.ShardData;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.ShardedRows;
import org.syncbn.train.Engine;
import org.syncbn.train.EpochResult;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.Trainer;
import org.syncbn.train.TrainingListener;
import org.syncbn.train.TrainingRun;

/** Measures the samples per second of full training steps of one network, with a given engine. */
final class TrainingThroughput {

  private final List<ShardData> shards;
  private final TrainingRun run;

  TrainingThroughput(BenchmarkNetwork network, BenchmarkOptimizer optimizer) throws IOException {
    RunOptions options = network.options(optimizer);
    RunData data = RunData.read(options.data(), options.seed());
    shards = data.partition(options.data().validation(), options.shards(), options.seed());
    run = new TrainingRun(options, data.training().schema(), RunData.trainingRows(shards), 0);
  }

  /** The networks with each optimizer over each engine of a cluster. */
  static List<Map<String, Object>> measure(
      JavaSparkContext spark, int tasks, BenchmarkNetworks wanted) {
    List<Map<String, Object>> results = new ArrayList<>();
    for (BenchmarkNetwork network : wanted.networks) {
      for (BenchmarkOptimizer optimizer : wanted.optimizers) {
        for (EngineKind kind : EngineKind.values()) {
          Map<String, Object> result = new LinkedHashMap<>();
          result.put("engine", kind.toString());
          result.put("cluster", spark.master());
          result.put("network", network.label());
          result.put("optimizer", optimizer.label());
          result.put("batchNorm", network.hasBatchNorm());
          result.put(
              "samplesPerSecond", median(spark, tasks, kind, network, optimizer, wanted.seconds));
          results.add(result);
        }
      }
    }
    return results;
  }

  private static double median(
      JavaSparkContext spark,
      int tasks,
      EngineKind kind,
      BenchmarkNetwork network,
      BenchmarkOptimizer optimizer,
      double seconds) {
    try {
      TrainingThroughput throughput = new TrainingThroughput(network, optimizer);
      try (ShardedRows rows = ShardedRows.of(spark, throughput.shards, tasks);
          Engine engine = Engines.open(kind, rows, throughput.run.plan())) {
        double[] rates = throughput.measure(engine, seconds, () -> {});
        return rates[rates.length / 2];
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An engine in this JVM. */
  Engine inProcess(int threads) {
    return new InProcessEngine(run.plan(), shards, threads);
  }

  /**
   * Trains for some time.
   *
   * @param onWarm called when the compiler has had half of the time
   * @return the rates of the epochs since then, ascending
   */
  double[] measure(Engine engine, double seconds, Runnable onWarm) {
    Stopwatch stopwatch = new Stopwatch(seconds, onWarm);
    Trainer trainer = run.trainer(engine, stopwatch);
    stopwatch.stopper = trainer::stop;
    trainer.run();
    return stopwatch.rates.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  private static final class Stopwatch implements TrainingListener {

    private final double seconds;
    private final Runnable onWarm;
    private final List<Double> rates = new ArrayList<>();
    private final long begun = System.nanoTime();
    private boolean isWarm;
    private Runnable stopper = () -> {};

    Stopwatch(double seconds, Runnable onWarm) {
      this.seconds = seconds;
      this.onWarm = onWarm;
    }

    @Override
    public void onEpoch(EpochResult result) {
      double passed = (System.nanoTime() - begun) / 1e9;
      if (isWarm) {
        rates.add(result.samplesPerSecond());
      } else if (passed > seconds / 2) {
        isWarm = true;
        onWarm.run();
      }
      if (passed > seconds && !rates.isEmpty()) {
        stopper.run();
      }
    }
  }
}
