package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.train.StepPlan;

/**
 * The engine chosen for a run, with the reason.
 *
 * @param traffic of a step
 * @param placement of the run
 * @param costs of the engines that can run here
 * @param chosen the engine
 * @param reason the rest of a sentence after "because"
 * @param obstacle why one of the others cannot run here, if one cannot
 */
public record EngineChoice(
    StepTraffic traffic,
    Placement placement,
    List<EngineCost> costs,
    EngineKind chosen,
    String reason,
    Optional<String> obstacle) {

  /** Copies the list. */
  public EngineChoice {
    costs = List.copyOf(costs);
  }

  /**
   * Measures the engines that can run here, and chooses one. An engine whose executors cannot
   * connect to the driver or to each other is found out here, and is out of the choice.
   *
   * @param spark the application
   * @param plan of the run
   * @param tasks how many tasks hold the shards
   * @param traffic of a step
   * @param wanted the engine that was asked for
   * @param fits whether the memory here suffices for an engine
   */
  public static EngineChoice measure(
      JavaSparkContext spark,
      StepPlan plan,
      int tasks,
      StepTraffic traffic,
      Optional<EngineKind> wanted,
      Predicate<EngineKind> fits) {
    int executors = executors(spark.sc(), tasks);
    ExchangeProbe probe = new ExchangeProbe(spark, new Placement(tasks, tasks, executors));
    List<EngineCost> costs = new ArrayList<>();
    Optional<String> obstacle = GangEngine.obstacle(spark.sc(), tasks);
    if (obstacle.isEmpty()) {
      try {
        EngineCost gang = EngineCost.measure(probe, EngineKind.GANG, traffic);
        costs.add(gang);
        if (!spark.isLocal() && plan.updates().isPresent()) {
          probe.connectPeers(plan.updates().get());
          costs.add(gang.of(EngineKind.SLICES)); // over the same transport
        }
      } catch (EngineException e) {
        obstacle = Optional.of(e.getMessage());
      }
    }
    costs.add(EngineCost.measure(probe, EngineKind.TREE, traffic));
    Placement placement = new Placement(plan.shards(), tasks, executors);
    return wanted.isEmpty() && spark.isLocal()
        ? new EngineChoice(
            traffic,
            placement,
            costs,
            EngineKind.GANG,
            "the tasks of a local master are threads of one JVM",
            obstacle)
        : of(traffic, placement, costs, wanted, obstacle, fits);
  }

  private static int executors(SparkContext spark, int tasks) {
    return spark.isLocal() ? 1 : Math.max(1, Math.min(tasks, Sessions.executors(spark).size()));
  }

  /**
   * The engine that was asked for, else the one whose exchanges take the least time of a step, of
   * those that fit into memory, if any does.
   */
  static EngineChoice of(
      StepTraffic traffic,
      Placement placement,
      List<EngineCost> costs,
      Optional<EngineKind> wanted,
      Optional<String> obstacle,
      Predicate<EngineKind> fits) {
    if (wanted.isPresent()) {
      return new EngineChoice(
          traffic, placement, costs, wanted.get(), "it was asked for", obstacle);
    }
    List<EngineCost> possible = costs.stream().filter(cost -> fits.test(cost.kind())).toList();
    EngineKind best =
        (possible.isEmpty() ? costs : possible)
            .stream()
                .min(Comparator.comparingDouble(cost -> cost.microsPerStep(traffic, placement)))
                .orElseThrow()
                .kind();
    String least = "its exchanges take the least time of a step";
    String reason =
        obstacle.orElse(
            possible.size() == costs.size() ? least : least + " of those that fit into memory");
    return new EngineChoice(traffic, placement, costs, best, reason, obstacle);
  }

  /** The plan of a step for a person: exchanges with their bytes, engines with their times. */
  public String explain() {
    StringBuilder text = new StringBuilder();
    line(text, "%-32s %14s %14s", "exchange", "bytes down", "bytes up");
    for (StepTraffic.Exchange exchange : traffic.exchanges()) {
      line(text, "%-32s %,14d %,14d", exchange.name(), exchange.bytesDown(), exchange.bytesUp());
    }
    line(text, "");
    String place =
        count(placement.tasks(), "task") + " on " + count(placement.executors(), "executor");
    String columns = "%-32s %14s %14s %14s %14s %14s";
    line(
        text,
        columns,
        "engine, " + place,
        "driver's bytes",
        "executor's",
        "us a round",
        "MB/s",
        "ms a step");
    for (EngineCost cost : costs) {
      LinkBytes bytes = LinkBytes.of(cost.kind(), traffic, placement);
      line(
          text,
          columns,
          cost.kind(),
          "%,d".formatted(bytes.driver()),
          "%,d".formatted(bytes.executor()),
          micros(cost.microsPerRound()),
          cost.microsPerByte() == 0 ? "" : "%,.0f".formatted(1 / cost.microsPerByte()),
          "%,.2f".formatted(cost.microsPerStep(traffic, placement) / 1e3));
    }
    line(text, "");
    line(text, "engine: %s, because %s", chosen, reason);
    return text.toString();
  }

  private static String micros(double micros) {
    return micros == 0 ? "" : (micros < 10 ? "%.1f" : "%,.0f").formatted(micros);
  }

  private static String count(int count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
