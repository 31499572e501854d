package org.syncbn.bench.scale;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.report.RunReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a training step costs with each engine, by executors, weights and rate of the links. */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/bench scale [OPTION]...",
    description = {
      "",
      "Measures training steps on a standalone cluster whose driver and executors run in network"
          + " namespaces of this machine, each with a link of its own of a limited rate: the bytes"
          + " on the links, as the interfaces count them, and the time. The network has one dense"
          + " layer and batch norm, and each executor two rows a step, so that weights and"
          + " gradients cost most. A model is fitted to the times, and computes those of larger"
          + " clusters. Needs Linux, root and the commands ip and tc (iproute2); nothing is left"
          + " of the namespaces.",
      ""
    })
public final class ScaleBenchmark implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--executors",
      split = ",",
      defaultValue = "1,2,4,8",
      paramLabel = "N",
      description =
          "How many executors, of one core and 1 GiB each; several are measured in turn. Default:"
              + " ${DEFAULT-VALUE}.")
  private List<Integer> executors;

  @Option(
      names = "--weights",
      split = ",",
      defaultValue = "1e5,1e6,1e7",
      paramLabel = "N",
      converter = Whole.class,
      description =
          "Weights of the network, multiples of 100 up to 2e7. Default: ${DEFAULT-VALUE}.")
  private List<Long> weights;

  @Option(
      names = "--megabits",
      split = ",",
      defaultValue = "100,1000",
      paramLabel = "N",
      description =
          "Rates of the links in each direction, in 10^6 bits a second. Default:"
              + " ${DEFAULT-VALUE}.")
  private List<Integer> megabits;

  @Option(
      names = "--engines",
      split = ",",
      paramLabel = "NAME",
      converter = ScaleEngine.OfName.class,
      completionCandidates = ScaleEngine.OfName.class,
      description = "Some of ${COMPLETION-CANDIDATES}, separated by commas. Default: all.")
  private List<ScaleEngine> engines = List.of(ScaleEngine.values());

  @Option(
      names = "--longest-step",
      defaultValue = "20",
      paramLabel = "SECONDS",
      description =
          "Leave out what the links alone would need longer for. Default: ${DEFAULT-VALUE}.")
  private double longestStep;

  @Mixin private ReportOptions reporting;

  /** A whole number, perhaps with an exponent. */
  static final class Whole implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return new BigDecimal(text).longValueExact();
    }
  }

  /** Runs the benchmark. */
  @Override
  public Integer call() {
    check();
    Terminal terminal = Terminal.of(spec.commandLine());
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()))) {
      Optional<ReportFile> file = reporting.file(outputs);
      ScaleResults results = new ScaleResults(measure(terminal));
      terminal.print(results.text());
      RunReport report = results.report().with("provenance", provenance());
      file.ifPresent(place -> place.write(report));
      outputs.commit();
    }
    return 0;
  }

  private void check() {
    require(
        executors.stream().allMatch(count -> count >= 1 && count < LinkedMachines.MOST),
        "--executors are from 1 to %d".formatted(LinkedMachines.MOST - 1));
    require(
        weights.stream().allMatch(DenseRun::isPossible),
        "--weights are multiples of 100 from 300 to 2e7");
    require(
        megabits.stream().allMatch(rate -> rate >= 1 && rate <= 100_000),
        "--megabits are from 1 to 100000");
    require(!cases().isEmpty(), "the links would need longer than --longest-step for every step");
  }

  private void require(boolean condition, String sentence) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), sentence);
    }
  }

  private List<ScalePoint> measure(Terminal terminal) {
    List<ScaleCase> cases = cases();
    int all = executors.size() * engines.size() * weights.size() * megabits.size();
    if (cases.size() < all) {
      terminal.say(
          "Leaves out %d of %d measurements whose steps would take longer than %.0f s."
              .formatted(all - cases.size(), all, longestStep));
    }
    Map<Integer, List<ScaleCase>> clusters =
        cases.stream()
            .collect(
                Collectors.groupingBy(
                    ScaleCase::executors, LinkedHashMap::new, Collectors.toList()));
    List<ScalePoint> points = new ArrayList<>();
    try (ScaleCluster cluster =
        new ScaleCluster(clusters.keySet().stream().max(Integer::compare).orElseThrow())) {
      clusters.forEach(
          (count, ofCluster) -> {
            terminal.say("Starts %d executor%s.".formatted(count, count == 1 ? "" : "s"));
            cluster.start(count);
            runs(ofCluster)
                .forEach(
                    rates ->
                        cluster.measure(
                            rates,
                            point -> {
                              terminal.say(
                                  "%s: %.4f s, %,d bytes on the busiest link"
                                      .formatted(
                                          point.step(), point.seconds(), point.busiestLink()));
                              points.add(point);
                            }));
          });
    }
    return points;
  }

  /** What is to be measured, the highest rate of each network first. */
  private List<ScaleCase> cases() {
    List<ScaleCase> cases = new ArrayList<>();
    for (int count : executors) {
      for (ScaleEngine engine : engines) {
        for (long size : weights) {
          megabits.stream()
              .sorted(Comparator.reverseOrder())
              .map(rate -> new ScaleCase(engine, count, size, rate))
              .filter(step -> step.linkSeconds() <= longestStep)
              .forEach(cases::add);
        }
      }
    }
    return cases;
  }

  /** The cases of each engine with each network. */
  private static List<List<ScaleCase>> runs(List<ScaleCase> cases) {
    return List.copyOf(
        cases.stream()
            .collect(
                Collectors.groupingBy(
                    step -> step.engine() + " " + step.weights(),
                    LinkedHashMap::new,
                    Collectors.toList()))
            .values());
  }

  private static Map<String, Object> provenance() {
    Map<String, Object> provenance = new LinkedHashMap<>(Versions.all());
    provenance.put("processors", Runtime.getRuntime().availableProcessors());
    return provenance;
  }
}
