package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.syncbn.experiment.Lab.Observed;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.report.Axis;
import org.syncbn.report.Chart;
import org.syncbn.report.DataTable;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Probe;

/** How far a layer's gradient turns when the layers below it take their step. */
final class CovariateShift implements Experiment {

  private static final double[] RATES = {0.01, 0.1};

  /** Weights of variance {@code scale / inputs}. */
  private enum Weights {
    SMALL("small weights", 1.0 / 3),
    HE("He's weights", 2);

    private final String words;
    private final double scale;

    Weights(String words, double scale) {
      this.words = words;
      this.scale = scale;
    }
  }

  /** Both networks, with the same first weights and the same rate. */
  private record Pair(String setting, Observed<Shifts> plain, Observed<Shifts> normalized) {

    /** Whether the gradients turn as far with batch norm as without, or further. */
    boolean isNotReduced() {
      return cosine(normalized).mean() <= cosine(plain).mean();
    }

    String text() {
      return String.format(
          Locale.ROOT,
          "%.3f with batch norm and %.3f without (%s)",
          cosine(normalized).mean(),
          cosine(plain).mean(),
          setting);
    }

    Chart chart() {
      return new LineChart(
          "Cosine between gradients before and after the layers below moved, " + setting,
          Axis.linear("steps"),
          Axis.linear("cosine, mean of the layers"),
          List.of(plain.line(s -> s.cosines), normalized.line(s -> s.cosines)));
    }
  }

  @Override
  public String name() {
    return "covariate-shift";
  }

  @Override
  public Findings run(Lab lab) {
    List<Pair> pairs = new ArrayList<>();
    for (Weights weights : Weights.values()) {
      RunSheet sheet = lab.sheet(this).with("scale", weights.scale);
      for (double rate : RATES) {
        String setting = "%s, rate %s".formatted(weights.words, rate);
        pairs.add(
            new Pair(
                setting,
                observe(lab, sheet, "plain", "plain", rate),
                observe(lab, sheet, "batch norm", "normalized", rate)));
      }
    }
    List<List<String>> rows = new ArrayList<>();
    for (Pair pair : pairs) {
      for (Observed<Shifts> variant : List.of(pair.plain(), pair.normalized())) {
        rows.add(
            List.of(
                "%s, %s".formatted(variant.name(), pair.setting()),
                Figures.percent(variant.courses().accuracy()),
                variant.of(shifts -> shifts.distances.mean()).text(),
                variant.of(shifts -> shifts.relative.mean()).text(),
                cosine(variant).text()));
      }
    }
    boolean[] parts = new boolean[pairs.size()];
    int held = 0;
    for (int i = 0; i < parts.length; i++) {
      parts[i] = pairs.get(i).isNotReduced();
      held += parts[i] ? 1 : 0;
    }
    return new Findings(
        Verdict.of(parts),
        "in %d of %d settings gradients turn as far with batch norm as without, or further: their cosine is %s, but %s"
            .formatted(held, parts.length, pairs.get(0).text(), pairs.get(pairs.size() - 1).text()),
        DataTable.of(
            List.of(
                "variant",
                "test accuracy, %",
                "distance of the gradients",
                "distance / gradient",
                "cosine"),
            rows),
        pairs.stream().map(Pair::chart).toList());
  }

  private static Observed<Shifts> observe(
      Lab lab, RunSheet sheet, String words, String network, double rate) {
    return lab.observe(
        words,
        sheet.run(network, "optimizer.sgd.learningRate=" + rate),
        (trial, every) -> new Shifts(trial, every, rate));
  }

  private static Spread cosine(Observed<Shifts> variant) {
    return variant.of(shifts -> shifts.cosines.mean());
  }

  /**
   * Definition 2.1 of the source, over the layers but the first: the gradient of a layer's weights
   * at the weights as they are, and where all layers below have taken a step along their gradients;
   * both of one mini-batch.
   */
  private static final class Shifts implements Trial.Observer {
    private final Probe probe;
    private final int every;
    private final double rate;
    private final Trace distances = new Trace();
    private final Trace relative = new Trace();
    private final Trace cosines = new Trace();

    Shifts(Trial trial, int every, double rate) {
      this.probe = trial.probe();
      this.every = every;
      this.rate = rate;
    }

    @Override
    public void afterStep(Trial trial, long step) {
      if (step % every != 0) {
        return;
      }
      probe.at(trial.weights(), trial.states());
      float[] start = probe.gradient().toArray();
      Tensor gradient = Tensor.of(start, start.length);
      Tensor weights = Tensor.of(trial.weights().toArray(), start.length);
      List<ParameterBlock> layers = trial.layers();
      List<Double> far = new ArrayList<>();
      List<Double> share = new ArrayList<>();
      List<Double> turned = new ArrayList<>();
      for (ParameterBlock block : trial.network().parameters()) {
        if (layers.indexOf(block) > 0) {
          probe.at(weights, trial.states());
          float[] before = block.read(gradient);
          float[] after = block.read(probe.gradient());
          far.add(Vectors.distance(before, after));
          share.add(Vectors.distance(before, after) / Vectors.length(before));
          turned.add(Vectors.cosine(before, after));
        }
        block.write(weights, Vectors.moved(block.read(weights), -rate, block.read(gradient)));
      }
      distances.add(step, Spread.over(far).mean());
      relative.add(step, Spread.over(share).mean());
      cosines.add(step, Spread.over(turned).mean());
    }
  }
}
