package org.syncbn.bench;

import java.util.List;
import org.syncbn.cli.Choice;
import picocli.CommandLine.Option;

/** The options for the networks that a benchmark trains, by which optimizers, and for how long. */
final class BenchmarkNetworks {

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "NAME",
      converter = BenchmarkNetworks.OfNetwork.class,
      completionCandidates = BenchmarkNetworks.OfNetwork.class,
      description = "Some of ${COMPLETION-CANDIDATES}, separated by commas. Default: all.")
  List<BenchmarkNetwork> networks = List.of(BenchmarkNetwork.values());

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "How long each network trains, the first half to warm up; at least two epochs of"
              + " 12,000 generated images. Default: ${DEFAULT-VALUE}.")
  double seconds = 10;

  @Option(
      names = "--optimizers",
      split = ",",
      paramLabel = "NAME",
      converter = BenchmarkNetworks.OfOptimizer.class,
      completionCandidates = BenchmarkNetworks.OfOptimizer.class,
      description =
          "Some of ${COMPLETION-CANDIDATES}, separated by commas: each network with each of them."
              + " Default: momentum.")
  List<BenchmarkOptimizer> optimizers = List.of(BenchmarkOptimizer.MOMENTUM);

  /** An optimizer to measure. */
  static final class OfOptimizer extends Choice<BenchmarkOptimizer> {
    OfOptimizer() {
      super(BenchmarkOptimizer.values());
    }
  }

  /** A network to measure. */
  static final class OfNetwork extends Choice<BenchmarkNetwork> {
    OfNetwork() {
      super(BenchmarkNetwork.values());
    }
  }
}
