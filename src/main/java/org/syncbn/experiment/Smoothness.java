package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.syncbn.experiment.Lab.Observed;
import org.syncbn.report.Axis;
import org.syncbn.report.Chart;
import org.syncbn.report.DataTable;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Probe;

/** How much the loss and its gradient change along the gradient. */
final class Smoothness implements Experiment {

  private static final double RATE = 0.1;

  /** How far the looks go along the gradient, in steps of the optimizer. */
  private static final double[] LENGTHS = {0.5, 1, 2, 4};

  @Override
  public String name() {
    return "smoothness";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    String rate = "optimizer.sgd.learningRate=" + RATE;
    Observed<Slopes> plain =
        lab.observe("plain", sheet.run("plain", rate), (trial, every) -> new Slopes(trial, every));
    Observed<Slopes> normalized =
        lab.observe(
            "batch norm",
            sheet.run("normalized", rate),
            (trial, every) -> new Slopes(trial, every));
    List<Observed<Slopes>> all = List.of(plain, normalized);

    List<List<String>> rows = new ArrayList<>();
    for (Observed<Slopes> variant : all) {
      rows.add(
          List.of(
              variant.name(),
              Figures.percent(variant.courses().accuracy()),
              mean(variant, slopes -> slopes.losses).text(),
              mean(variant, slopes -> slopes.gradients).text(),
              mean(variant, slopes -> slopes.smoothness).text()));
    }
    double loss = ratio(plain, normalized, slopes -> slopes.losses);
    double gradient = ratio(plain, normalized, slopes -> slopes.gradients);
    double smoothness = ratio(plain, normalized, slopes -> slopes.smoothness);
    return new Findings(
        Verdict.of(loss > 1, gradient > 1, smoothness > 1),
        String.format(
            Locale.ROOT,
            "along the gradient the loss of the plain network changes %.1f times as much as with"
                + " batch norm, its gradient %.1f times, and its effective smoothness constant is"
                + " %.1f times as great",
            loss,
            gradient,
            smoothness),
        DataTable.of(
            List.of(
                "variant",
                "test accuracy, %",
                "range of the loss",
                "change of the gradient",
                "effective smoothness constant"),
            rows),
        List.of(
            chart("Range of the loss along the gradient", "loss", all, slopes -> slopes.losses),
            chart(
                "Greatest change of the gradient along it",
                "Euclidean distance",
                all,
                slopes -> slopes.gradients),
            chart(
                "Effective smoothness: the greatest change of the gradient over the distance moved",
                "effective smoothness constant",
                all,
                slopes -> slopes.smoothness)));
  }

  private static Spread mean(Observed<Slopes> variant, Function<Slopes, Trace> trace) {
    return variant.of(slopes -> trace.apply(slopes).mean());
  }

  private static double ratio(
      Observed<Slopes> plain, Observed<Slopes> normalized, Function<Slopes, Trace> trace) {
    return mean(plain, trace).mean() / mean(normalized, trace).mean();
  }

  private static Chart chart(
      String title, String label, List<Observed<Slopes>> all, Function<Slopes, Trace> trace) {
    return new LineChart(
        title,
        Axis.linear("steps"),
        Axis.logarithmic(label),
        all.stream().map(variant -> variant.line(trace)).toList());
  }

  /** The loss and the gradient of one mini-batch, at several distances along its gradient. */
  private static final class Slopes implements Trial.Observer {
    private final Probe probe;
    private final int every;
    private final Trace losses = new Trace();
    private final Trace gradients = new Trace();
    private final Trace smoothness = new Trace();

    Slopes(Trial trial, int every) {
      this.probe = trial.probe();
      this.every = every;
    }

    @Override
    public void afterStep(Trial trial, long step) {
      if (step % every != 0) {
        return;
      }
      probe.at(trial.weights(), trial.states());
      float[] start = probe.gradient().toArray();
      float[] weights = trial.weights().toArray();
      List<Double> lossesSeen = new ArrayList<>();
      List<Double> changes = new ArrayList<>();
      List<Double> slopes = new ArrayList<>();
      for (double length : LENGTHS) {
        double scale = length * RATE;
        float[] there = Vectors.moved(weights, -scale, start);
        lossesSeen.add(probe.at(Tensor.of(there, there.length), trial.states()));
        double change = Vectors.distance(start, probe.gradient().toArray());
        changes.add(change);
        slopes.add(change / (scale * Vectors.length(start)));
      }
      Spread loss = Spread.over(lossesSeen);
      losses.add(step, loss.high() - loss.low());
      gradients.add(step, Spread.over(changes).high());
      smoothness.add(step, Spread.over(slopes).high());
    }
  }
}
