package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.syncbn.experiment.Lab.Observed;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.report.Axis;
import org.syncbn.report.DataTable;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;
import org.syncbn.report.TextTable;
import org.syncbn.train.Probe;

/** The gradient of each layer, in networks of different depths. */
final class Gradients implements Experiment {

  private static final int[] DEPTHS = {2, 4, 8, 16, 30};

  /** Which of the depths is trained. */
  private static final int TRAINED = 3;

  /** Times the standard deviation that He et al. advise. */
  private static final double[] SCALES = {0.5, 1, 2};

  /** By how much gradients may differ between layers and still count as alike. */
  private static final double ALIKE = 10;

  /** The network of one kind with weights of one scale, in all depths. */
  private record Variant(
      String name, boolean isNormalized, List<List<Spread>> byDepth, Observed<FirstLayer> trained) {

    double first(int depth) {
      return byDepth.get(depth).get(0).mean();
    }

    /** How many times greater the first layer's gradient is in the deepest network. */
    double growth() {
      return first(DEPTHS.length - 1) / first(0);
    }

    /** The same in either direction. */
    double change() {
      return Math.max(growth(), 1 / growth());
    }

    LineChart.Line overDepth() {
      return new LineChart.Line(
          name,
          IntStream.range(0, DEPTHS.length)
              .mapToObj(i -> new LineChart.Point(DEPTHS[i], byDepth.get(i).get(0)))
              .toList());
    }

    LineChart.Line overLayers() {
      List<Spread> deepest = byDepth.get(DEPTHS.length - 1);
      return new LineChart.Line(
          name,
          IntStream.range(0, deepest.size())
              .mapToObj(i -> new LineChart.Point(i + 1, deepest.get(i)))
              .toList());
    }
  }

  @Override
  public String name() {
    return "gradients";
  }

  @Override
  public Findings run(Lab lab) {
    List<Variant> variants = new ArrayList<>();
    for (double scale : SCALES) {
      RunSheet sheet = lab.sheet(this).with("variance", 2 * scale * scale);
      String words = ", weights x" + TextTable.number(scale, 3);
      variants.add(variant(lab, "plain" + words, sheet, "plain", false));
      variants.add(variant(lab, "batch norm" + words, sheet, "normalized", true));
    }
    List<List<String>> rows = new ArrayList<>();
    for (Variant variant : variants) {
      List<String> row = new ArrayList<>(List.of(variant.name()));
      for (int i = 0; i < DEPTHS.length; i++) {
        row.add(magnitude(variant.first(i)));
      }
      row.add(Figures.percent(variant.trained().courses().accuracy()));
      row.add(variant.trained().courses().divergedText());
      rows.add(row);
    }
    double plain = change(variants, false);
    double normalized = change(variants, true);
    int depth = DEPTHS[DEPTHS.length - 1];
    List<String> titles = new ArrayList<>(List.of("first layer's gradient"));
    for (int layers : DEPTHS) {
      titles.add("%d layers".formatted(layers));
    }
    titles.add("test accuracy, %%, of %d".formatted(DEPTHS[TRAINED]));
    titles.add("diverged");
    return new Findings(
        Verdict.of(normalized < plain, normalized < ALIKE),
        String.format(
            Locale.ROOT,
            "from %d to %d layers the first layer's gradient changes by a factor of up to %s"
                + " without batch norm, as the scale of the weights has it vanish or explode, and"
                + " of up to %s with batch norm at any scale",
            DEPTHS[0],
            depth,
            magnitude(plain),
            magnitude(normalized)),
        DataTable.of(titles, rows),
        List.of(
            new LineChart(
                "Gradient of the first layer before the first step, over depth",
                Axis.linear("layers"),
                Axis.logarithmic("Euclidean length"),
                variants.stream().map(Variant::overDepth).toList()),
            new LineChart(
                "Gradient of each layer before the first step, %d layers".formatted(depth),
                Axis.linear("layer"),
                Axis.logarithmic("Euclidean length"),
                variants.stream().map(Variant::overLayers).toList()),
            new LineChart(
                "Gradient of the first layer over steps, %d layers".formatted(DEPTHS[TRAINED]),
                Axis.linear("steps"),
                Axis.logarithmic("Euclidean length"),
                variants.stream().map(v -> v.trained().line(first -> first.lengths)).toList())));
  }

  private static Variant variant(
      Lab lab, String words, RunSheet sheet, String kind, boolean isNormalized) {
    List<List<Spread>> byDepth = new ArrayList<>();
    for (int depth : DEPTHS) {
      List<List<Double>> seeds =
          lab.trials(
              words + ", %d layers".formatted(depth),
              sheet.run(kind + depth),
              lab.images(),
              trial -> lengths(trial, trial.probe()));
      byDepth.add(
          IntStream.range(0, depth)
              .mapToObj(layer -> Spread.over(seeds.stream().map(s -> s.get(layer)).toList()))
              .toList());
    }
    return new Variant(
        words,
        isNormalized,
        byDepth,
        lab.observe(words, sheet.run(kind + DEPTHS[TRAINED]), FirstLayer::new));
  }

  private static double change(List<Variant> variants, boolean isNormalized) {
    return variants.stream()
        .filter(variant -> variant.isNormalized() == isNormalized)
        .mapToDouble(Variant::change)
        .max()
        .orElseThrow();
  }

  private static String magnitude(double value) {
    return value > 0.001 && value < 10_000
        ? Figures.number(value)
        : String.format(Locale.ROOT, "%.1e", value);
  }

  /** The length of each layer's gradient as the trial is now. */
  private static List<Double> lengths(Trial trial, Probe probe) {
    probe.at(trial.weights(), trial.states());
    List<Double> lengths = new ArrayList<>();
    for (ParameterBlock layer : trial.layers()) {
      lengths.add(Vectors.length(layer.read(probe.gradient())));
    }
    return lengths;
  }

  private static final class FirstLayer implements Trial.Observer {
    private final Probe probe;
    private final int every;
    private final Trace lengths = new Trace();

    FirstLayer(Trial trial, int every) {
      this.probe = trial.probe();
      this.every = every;
    }

    @Override
    public void afterStep(Trial trial, long step) {
      if (step % every == 0) {
        lengths.add(step, Gradients.lengths(trial, probe).get(0));
      }
    }
  }
}
