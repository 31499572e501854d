package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The engine chosen for a run, with the reason.
 *
 * @param traffic of a step
 * @param tasks how many tasks work at once
 * @param costs of the engines that were measured
 * @param chosen the engine
 * @param reason a sentence
 */
public record EngineChoice(
    StepTraffic traffic, int tasks, List<EngineCost> costs, EngineKind chosen, String reason) {

  /** Copies the list. */
  public EngineChoice {
    costs = List.copyOf(costs);
  }

  /**
   * Measures the engines that can run here and takes the one whose exchanges cost least per step.
   *
   * @param spark the application
   * @param tasks how many tasks hold the shards
   * @param traffic of a step
   */
  public static EngineChoice measure(JavaSparkContext spark, int tasks, StepTraffic traffic) {
    ExchangeProbe probe = new ExchangeProbe(spark, tasks);
    List<EngineCost> costs = new ArrayList<>();
    Optional<String> obstacle = GangEngine.obstacle(spark.sc(), tasks);
    if (obstacle.isEmpty()) {
      costs.add(EngineCost.measure(probe, EngineKind.GANG));
    }
    costs.add(EngineCost.measure(probe, EngineKind.TREE));
    return of(traffic, tasks, costs, obstacle);
  }

  static EngineChoice of(
      StepTraffic traffic, int tasks, List<EngineCost> costs, Optional<String> obstacle) {
    EngineCost best =
        costs.stream()
            .min(Comparator.comparingDouble(cost -> cost.microsPerStep(traffic)))
            .orElseThrow();
    String reason =
        obstacle.orElseGet(
            () -> "the exchanges of a step cost the %s engine least".formatted(best.kind()));
    return new EngineChoice(traffic, tasks, costs, best.kind(), reason);
  }

  /** The plan of a step for a person: exchanges with their bytes, engines with their times. */
  public String explain() {
    StringBuilder text = new StringBuilder();
    line(text, "%-32s %14s %14s", "exchange, per executor", "bytes down", "bytes up");
    for (StepTraffic.Exchange exchange : traffic.exchanges()) {
      line(text, "%-32s %,14d %,14d", exchange.name(), exchange.bytesDown(), exchange.bytesUp());
    }
    line(text, "");
    line(
        text,
        "%-32s %14s %14s %14s",
        "engine, " + tasks + (tasks == 1 ? " task" : " tasks"),
        "us an exchange",
        "us a MiB",
        "ms a step");
    for (EngineCost cost : costs) {
      line(
          text,
          "%-32s %,14.0f %,14.0f %,14.2f",
          cost.kind(),
          cost.microsPerExchange(),
          cost.microsPerByte() * (1 << 20),
          cost.microsPerStep(traffic) / 1e3);
    }
    line(text, "");
    line(text, "engine: %s, because %s", chosen, reason);
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
