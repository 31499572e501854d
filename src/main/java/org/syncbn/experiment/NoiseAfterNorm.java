package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.experiment.Lab.Observed;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.report.Axis;
import org.syncbn.report.Chart;
import org.syncbn.report.DataTable;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Probe;
import org.syncbn.train.RunOptions;

/** Noise after batch norm: activations are less stable, and the network trains all the same. */
final class NoiseAfterNorm implements Experiment {

  @Override
  public String name() {
    return "noise";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    Observed<Stability> plain = observe(lab, "plain", sheet.run("plain"));
    Observed<Stability> normalized = observe(lab, "batch norm", sheet.run("normalized"));
    Observed<Stability> noisy = observe(lab, "batch norm and noise", sheet.run("noisy"));
    List<Observed<Stability>> all = List.of(plain, normalized, noisy);

    List<List<String>> rows = new ArrayList<>();
    for (Observed<Stability> variant : all) {
      rows.add(
          List.of(
              variant.name(),
              Figures.percent(variant.courses().accuracy()),
              means(variant).text(),
              variances(variant).text()));
    }
    List<Courses> courses = all.stream().map(Observed::courses).toList();
    return new Findings(
        Verdict.of(
            means(noisy).mean() > means(plain).mean()
                && variances(noisy).mean() > variances(plain).mean(),
            noisy.courses().accuracy().mean() > plain.courses().accuracy().mean()),
        "from step to step the means of activations move by %s of their deviation with noise, by %s without batch norm and by %s with it; the accuracy is %s %% with noise, %s %% without batch norm and %s %% with it"
            .formatted(
                Figures.number(means(noisy).mean()),
                Figures.number(means(plain).mean()),
                Figures.number(means(normalized).mean()),
                Figures.percent(noisy.courses().accuracy().mean()),
                Figures.percent(plain.courses().accuracy().mean()),
                Figures.percent(normalized.courses().accuracy().mean())),
        DataTable.of(
            List.of(
                "variant",
                "test accuracy, %",
                "change of means in a step",
                "change of variances in a step"),
            rows),
        List.of(
            Figures.accuracies(courses),
            chart("Change of the means of activations in a step", all, s -> s.means),
            chart("Change of the variances of activations in a step", all, s -> s.variances)));
  }

  private static Observed<Stability> observe(Lab lab, String words, RunOptions options) {
    return lab.observe(words, options, Stability::new);
  }

  private static Spread means(Observed<Stability> variant) {
    return variant.of(stability -> stability.means.mean());
  }

  private static Spread variances(Observed<Stability> variant) {
    return variant.of(stability -> stability.variances.mean());
  }

  private static Chart chart(
      String title, List<Observed<Stability>> all, Function<Stability, Trace> trace) {
    return new LineChart(
        title,
        Axis.linear("steps"),
        Axis.logarithmic("relative change"),
        all.stream().map(variant -> variant.line(trace)).toList());
  }

  /**
   * Mean and variance of each activation that the layers behind the first one read, in two
   * successive steps: how far they move, the means in standard deviations, the variances in
   * variances.
   */
  private static final class Stability implements Trial.Observer {
    private final Probe probe;
    private final int every;
    private final Trace means = new Trace();
    private final Trace variances = new Trace();
    private List<Moments> before = List.of();

    private record Moments(double[] means, double[] variances) {}

    Stability(Trial trial, int every) {
      this.probe = trial.probe();
      this.every = every;
    }

    @Override
    public void afterStep(Trial trial, long step) {
      if (step % every == 0) {
        before = moments(trial);
      } else if (step % every == 1) {
        compare(moments(trial), step);
      }
    }

    private List<Moments> moments(Trial trial) {
      probe.at(trial.weights(), trial.states());
      List<ParameterBlock> layers = trial.layers();
      return layers.subList(1, layers.size()).stream()
          .map(layer -> moments(probe.input(Trial.layer(layer))))
          .toList();
    }

    private static Moments moments(Tensor activations) {
      int rows = activations.dimension(0);
      int units = activations.rowSize();
      Moments moments = new Moments(new double[units], new double[units]);
      for (int unit = 0; unit < units; unit++) {
        double sum = 0;
        for (int row = 0; row < rows; row++) {
          sum += activations.get(row * units + unit);
        }
        double mean = sum / rows;
        double squares = 0;
        for (int row = 0; row < rows; row++) {
          double difference = activations.get(row * units + unit) - mean;
          squares += difference * difference;
        }
        moments.means()[unit] = mean;
        moments.variances()[unit] = squares / rows;
      }
      return moments;
    }

    private void compare(List<Moments> now, long step) {
      double moved = 0;
      double widened = 0;
      for (int i = 0; i < now.size(); i++) {
        Moments old = before.get(i);
        double squares = 0;
        double differences = 0;
        double all = 0;
        for (int unit = 0; unit < old.means().length; unit++) {
          double difference = now.get(i).means()[unit] - old.means()[unit];
          squares += difference * difference;
          differences += Math.abs(now.get(i).variances()[unit] - old.variances()[unit]);
          all += old.variances()[unit];
        }
        moved += Math.sqrt(squares / all) / now.size();
        widened += differences / all / now.size();
      }
      means.add(step, moved);
      variances.add(step, widened);
    }
  }
}
