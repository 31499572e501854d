package org.syncbn.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.syncbn.cli.Failures;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.ThreadOptions;
import org.syncbn.cli.Versions;
import org.syncbn.report.RunReport;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.tensor.Gemm;
import org.syncbn.tensor.KernelChoice;
import org.syncbn.train.Engine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * The command {@code bench train}: measures how fast networks train in one JVM, and what takes the
 * time.
 */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/bench train [OPTION]...",
    description = {
      "",
      "Measures the samples per second of full training steps, including the gathering of rows, and"
          + " the share of the threads' time in each part of a step. The same in PyTorch, with the"
          + " same options: src/bench/python/train_peer.py.",
      ""
    },
    optionListHeading = "%nOptions:%n")
final class TrainBenchmark implements Callable<Integer> {

  @Spec CommandSpec spec;
  @Mixin ThreadOptions local;
  @Mixin ReportOptions reporting;
  @Mixin BenchmarkNetworks wanted;

  /** Runs the benchmark. */
  @Override
  public Integer call() {
    return Failures.attempt(this::measure);
  }

  private int measure() throws IOException {
    Terminal terminal = Terminal.of(spec.commandLine());
    int threads = local.threads();
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()))) {
      Optional<ReportFile> report = reporting.file(outputs);
      terminal.print(
          "%s, %s, %d threads, 8 shards%n"
              .formatted(Gemm.description(), KernelChoice.chosen().description(), threads));
      List<Map<String, Object>> results = new ArrayList<>();
      for (BenchmarkNetwork net : wanted.networks) {
        for (BenchmarkOptimizer optimizer : wanted.optimizers) {
          Map<String, Object> result = measure(net, optimizer, threads);
          results.add(result);
          terminal.print(text(result));
        }
      }
      RunReport content =
          new RunReport()
              .with("job", "bench train")
              .with("training", results)
              .with("threads", threads)
              .with("matrixProduct", Gemm.description())
              .with("kernels", KernelChoice.chosen().description())
              .with("provenance", Versions.all());
      report.ifPresent(file -> file.write(content));
      outputs.commit();
    }
    return 0;
  }

  private Map<String, Object> measure(
      BenchmarkNetwork net, BenchmarkOptimizer optimizer, int threads) throws IOException {
    TrainingThroughput throughput = new TrainingThroughput(net, optimizer);
    StepProfile profile = new StepProfile(Thread.currentThread());
    double[] rates;
    try (Engine engine = throughput.inProcess(threads);
        profile) {
      rates = throughput.measure(engine, wanted.seconds, profile::start);
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("network", net.label());
    result.put("optimizer", optimizer.label());
    result.put("engine", EngineKind.IN_PROCESS.toString());
    result.put("batchSize", net.batchSize());
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
                "%-10s %-9s %9.0f samples/s (fastest epoch %.0f) ",
                result.get("network"),
                result.get("optimizer"),
                result.get("samplesPerSecond"),
                result.get("fastest")));
    ((Map<?, ?>) result.get("shares"))
        .forEach(
            (part, share) ->
                text.append(String.format(Locale.ROOT, " %s %.0f %%", part, 100 * (Double) share)));
    return text.append(System.lineSeparator()).toString();
  }
}
