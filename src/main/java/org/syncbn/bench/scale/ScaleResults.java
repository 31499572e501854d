package org.syncbn.bench.scale;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.syncbn.bench.scale.ScaleModel.Processors;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;

/** Measurements, the models that are fitted to them, and what these compute. */
final class ScaleResults {

  private static final List<Integer> COMPUTED_EXECUTORS = List.of(16, 64, 256);
  private static final List<Long> COMPUTED_WEIGHTS = List.of(1_000_000L, 10_000_000L, 100_000_000L);
  private static final List<Integer> COMPUTED_GIGABITS = List.of(10, 25);

  private final List<ScalePoint> points;
  private final Map<ScaleEngine, ScaleModel> models = new EnumMap<>(ScaleEngine.class);

  /** Fits a model for each engine that has enough measurements. */
  ScaleResults(List<ScalePoint> points) {
    this.points = List.copyOf(points);
    points.stream()
        .collect(Collectors.groupingBy(point -> point.step().engine()))
        .forEach(
            (engine, ofEngine) -> {
              if (ScaleModel.isDetermined(ofEngine)) {
                models.put(engine, ScaleModel.fit(engine, ofEngine));
              }
            });
  }

  /** Clusters that no one has measured here, for each engine with a model. */
  private List<ScaleCase> computed() {
    List<ScaleCase> cases = new ArrayList<>();
    for (ScaleEngine engine : models.keySet()) {
      for (long weights : COMPUTED_WEIGHTS) {
        for (int executors : COMPUTED_EXECUTORS) {
          for (int gigabits : COMPUTED_GIGABITS) {
            cases.add(new ScaleCase(engine, executors, weights, 1000 * gigabits));
          }
        }
      }
    }
    return cases;
  }

  /** All of it for {@code --report}. */
  RunReport report() {
    List<Map<String, Object>> measured = new ArrayList<>();
    for (ScalePoint point : points) {
      Map<String, Object> entry = entry(point.step());
      entry.put("busiestLinkBytesPerStep", point.busiestLink());
      entry.put("driverLinkBytesPerStep", point.driverLink());
      entry.put("formulaBytesPerStep", point.step().busiestDirection());
      entry.put("secondsPerStep", point.seconds());
      if (models.containsKey(point.step().engine())) {
        entry.put("modelSecondsPerStep", modelled(point.step(), Processors.SHARED));
      }
      measured.add(entry);
    }
    List<Map<String, Object>> computed = new ArrayList<>();
    for (ScaleCase step : computed()) {
      Map<String, Object> entry = entry(step);
      entry.put("busiestLinkBytesPerStep", step.busiestDirection());
      entry.put("modelSecondsPerStep", modelled(step, Processors.OWN));
      computed.add(entry);
    }
    return new RunReport()
        .with("job", "bench scale")
        .with("scale", measured)
        .with("model", models.values().stream().map(this::described).toList())
        .with("computed", computed);
  }

  private static Map<String, Object> entry(ScaleCase step) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("engine", step.engine().label());
    entry.put("executors", step.executors());
    entry.put("weights", step.weights());
    entry.put("megabits", step.megabits());
    return entry;
  }

  private Map<String, Object> described(ScaleModel model) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("engine", model.engine().label());
    entry.putAll(model.named());
    double[] errors = errors(model);
    entry.put("medianError", errors[errors.length / 2]);
    entry.put("largestError", errors[errors.length - 1]);
    return entry;
  }

  private double[] errors(ScaleModel model) {
    return points.stream()
        .filter(point -> point.step().engine() == model.engine())
        .mapToDouble(model::error)
        .sorted()
        .toArray();
  }

  private double modelled(ScaleCase step, Processors processors) {
    return models.get(step.engine()).seconds(step, processors);
  }

  /** All of it for a person. */
  String text() {
    TextTable measured =
        new TextTable(
            "measured",
            "executors",
            "weights",
            "Mbit/s",
            "busiest link, bytes",
            "by formula",
            "driver's link",
            "s a step",
            "by model");
    for (ScalePoint point : points) {
      ScaleCase step = point.step();
      measured.row(
          step.engine().label(),
          TextTable.count(step.executors()),
          TextTable.count(step.weights()),
          TextTable.count(step.megabits()),
          TextTable.count(point.busiestLink()),
          TextTable.count(step.busiestDirection()),
          TextTable.count(point.driverLink()),
          seconds(point.seconds()),
          models.containsKey(step.engine()) ? seconds(modelled(step, Processors.SHARED)) : "");
    }
    return measured + (models.isEmpty() ? "" : "\n" + modelText());
  }

  private String modelText() {
    TextTable fitted =
        new TextTable(
            "model",
            "us a round",
            "us a message",
            "between executors",
            "s a link's second",
            "ns a byte",
            "ns a weight",
            "median error",
            "largest");
    for (ScaleModel model : models.values()) {
      Map<String, Double> cost = model.named();
      double[] errors = errors(model);
      fitted.row(
          model.engine().label(),
          TextTable.number(cost.get("perRound") * 1e6, 3),
          TextTable.number(cost.get("perMessage") * 1e6, 3),
          TextTable.number(cost.get("perPeerMessage") * 1e6, 3),
          TextTable.number(cost.get("perLinkSecond"), 3),
          TextTable.number(cost.get("perByte") * 1e9, 3),
          TextTable.number(cost.get("perWeight") * 1e9, 3),
          "%.0f %%".formatted(100 * errors[errors.length / 2]),
          "%.0f %%".formatted(100 * errors[errors.length - 1]));
    }
    TextTable computed =
        new TextTable(
            "computed", "executors", "weights", "Gbit/s", "busiest link, bytes", "s a step");
    for (ScaleCase step : computed()) {
      computed.row(
          step.engine().label(),
          TextTable.count(step.executors()),
          TextTable.count(step.weights()),
          TextTable.count(step.megabits() / 1000),
          TextTable.count(step.busiestDirection()),
          seconds(modelled(step, Processors.OWN)));
    }
    return fitted + "\n" + computed;
  }

  private static String seconds(double seconds) {
    return "%.4f".formatted(seconds);
  }
}
