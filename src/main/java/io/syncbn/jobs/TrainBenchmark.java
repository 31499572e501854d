package io.syncbn.jobs;

import io.syncbn.data.ShardData;
import io.syncbn.report.RunReport;
import io.syncbn.tensor.Gemm;
import io.syncbn.train.Engine;
import io.syncbn.train.EpochResult;
import io.syncbn.train.InProcessEngine;
import io.syncbn.train.RunData;
import io.syncbn.train.RunFile;
import io.syncbn.train.RunOptions;
import io.syncbn.train.Trainer;
import io.syncbn.train.TrainingListener;
import io.syncbn.train.TrainingRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code bench train}: how fast networks train inside one JVM, and on what. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/bench train [OPTION]...",
    description = {
      "",
      "Samples per second of full training steps, gather of rows included, and the share of the"
          + " threads' time in each part of a step. The same networks in PyTorch:"
          + " src/bench/python/train_peer.py.",
      ""
    },
    optionListHeading = "%nOptions:%n")
final class TrainBenchmark implements Callable<Integer> {

  private static final int ROWS = 12_000;

  @Spec CommandSpec spec;
  @Mixin LocalOptions local;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long each network trains. Default: ${DEFAULT-VALUE}.")
  double seconds = 8;

  /** The networks: those of conf/ on images of the same size. */
  private enum Net {
    MLP(
        "mlp",
        "[{dense{units=256,bias=absent}},batchNorm,relu,"
            + "{dense{units=256,bias=absent}},batchNorm,relu,{dense=10}]",
        256),
    MLP_WITHOUT("mlp-no-bn", "[{dense=256},relu,{dense=256},relu,{dense=10}]", 256),
    CNN(
        "cnn",
        "[{conv2d{filters=16,kernel=3,padding=same,bias=absent}},batchNorm,relu,maxPool,"
            + "{conv2d{filters=32,kernel=3,padding=same,bias=absent}},batchNorm,relu,maxPool,"
            + "flatten,{dense=10}]",
        128),
    CNN_WITHOUT(
        "cnn-no-bn",
        "[{conv2d{filters=16,kernel=3,padding=same}},relu,maxPool,"
            + "{conv2d{filters=32,kernel=3,padding=same}},relu,maxPool,flatten,{dense=10}]",
        128);

    private final String label;
    private final String network;
    private final int batch;

    Net(String label, String network, int batch) {
      this.label = label;
      this.network = network;
      this.batch = batch;
    }

    RunOptions options() {
      return RunFile.parse(
          "network = " + network,
          List.of(
              "data.generatedRows=" + ROWS,
              "data.generatedTestRows=0",
              "training.epochs=1000000",
              "training.batchSize=" + batch));
    }
  }

  /** Runs the benchmark. */
  @Override
  public Integer call() {
    return local.attempt(this::measure);
  }

  private int measure() throws IOException {
    Terminal terminal = Terminal.of(spec.commandLine());
    terminal.print("%s, %d threads, 8 shards%n".formatted(Gemm.description(), local.threads()));
    List<Map<String, Object>> results = new ArrayList<>();
    for (Net net : Net.values()) {
      Map<String, Object> result = measure(net);
      results.add(result);
      terminal.print(text(result));
    }
    local.write(
        new RunReport()
            .with("training", results)
            .with("threads", local.threads())
            .with("matrixProduct", Gemm.description()));
    return 0;
  }

  private Map<String, Object> measure(Net net) throws IOException {
    RunOptions options = net.options();
    RunData data = RunData.read(options.data(), options.seed());
    List<ShardData> shards =
        data.deal(options.data().validation(), options.shards(), options.seed());
    TrainingRun run =
        new TrainingRun(options, data.training().schema(), RunData.trainingRows(shards), 0);
    StepProfile profile = new StepProfile(Thread.currentThread());
    double[] rates;
    try (Engine engine = new InProcessEngine(run.plan(), shards, local.threads());
        profile) {
      Stopwatch stopwatch = new Stopwatch(seconds, profile);
      Trainer trainer = run.trainer(engine, stopwatch);
      stopwatch.stopper = trainer::stop;
      trainer.run();
      rates = stopwatch.rates();
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("network", net.label);
    result.put("batchSize", net.batch);
    result.put("samplesPerSecond", rates[rates.length / 2]);
    result.put("fastest", rates[rates.length - 1]);
    result.put("shares", profile.shares());
    return result;
  }

  private static String text(Map<String, Object> result) {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%-10s %9.0f samples/s (fastest epoch %.0f) ",
                result.get("network"),
                result.get("samplesPerSecond"),
                result.get("fastest")));
    ((Map<?, ?>) result.get("shares"))
        .forEach(
            (part, share) ->
                text.append(String.format(Locale.ROOT, " %s %.0f %%", part, 100 * (Double) share)));
    return text.append(System.lineSeparator()).toString();
  }

  /** Times epochs; the first third of the time is for the compiler. */
  private static final class Stopwatch implements TrainingListener {

    private final double seconds;
    private final StepProfile profile;
    private final List<Double> rates = new ArrayList<>();
    private final long begun = System.nanoTime();
    private Runnable stopper = () -> {};

    Stopwatch(double seconds, StepProfile profile) {
      this.seconds = seconds;
      this.profile = profile;
    }

    @Override
    public void onEpoch(EpochResult result) {
      double passed = (System.nanoTime() - begun) / 1e9;
      if (passed > seconds / 3 && !profile.isRunning()) {
        profile.start();
      } else if (profile.isRunning()) {
        rates.add(result.samplesPerSecond());
      }
      if (passed > seconds && !rates.isEmpty()) {
        stopper.run();
      }
    }

    double[] rates() {
      return rates.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }
  }
}
