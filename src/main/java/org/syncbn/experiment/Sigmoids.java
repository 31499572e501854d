package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.syncbn.experiment.Lab.Observed;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.report.Axis;
import org.syncbn.report.DataTable;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Probe;

/** Sigmoids with and without batch norm, and how the inputs of the last ones move. */
final class Sigmoids implements Experiment {

  private static final double[] PERCENTILES = {0.15, 0.5, 0.85};

  /** A network with less than this, of ten classes, does not train. */
  private static final double LEARNED = 0.2;

  /** Beyond this a sigmoid in float32 is 0 or 1. */
  private static final double GREATEST_INPUT = 16;

  @Override
  public String name() {
    return "sigmoid";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    Observed<Inputs> plain = lab.observe("plain", sheet.run("plain"), Inputs::new);
    Observed<Inputs> normalized = lab.observe("batch norm", sheet.run("normalized"), Inputs::new);
    List<Observed<Inputs>> all = List.of(plain, normalized);
    List<List<String>> rows = new ArrayList<>();
    for (Observed<Inputs> variant : all) {
      rows.add(
          List.of(
              variant.name(),
              Figures.percent(variant.courses().accuracy()),
              drift(variant).text()));
    }
    List<LineChart> charts = new ArrayList<>();
    charts.add(Figures.accuracies(all.stream().map(Observed::courses).toList()));
    all.forEach(variant -> charts.add(percentiles(variant)));
    return new Findings(
        Verdict.of(
            plain.courses().accuracy().mean() < LEARNED,
            normalized.courses().accuracy().low() > plain.courses().accuracy().high(),
            drift(normalized).high() < drift(plain).low()),
        "the network with batch norm reaches %s %%, the plain one %s %%; the median input of the last sigmoids travels %s times the spread between images with batch norm, and %s times without"
            .formatted(
                Figures.percent(normalized.courses().accuracy().mean()),
                Figures.percent(plain.courses().accuracy().mean()),
                Figures.number(drift(normalized).mean()),
                Figures.number(drift(plain).mean())),
        DataTable.of(
            List.of("variant", "test accuracy, %", "drift of the median, in spreads"), rows),
        List.copyOf(charts));
  }

  private static Spread drift(Observed<Inputs> variant) {
    return variant.of(Inputs::drift);
  }

  private static LineChart percentiles(Observed<Inputs> variant) {
    List<Trace> unit = variant.observers().get(0).units.get(0);
    List<LineChart.Line> lines = new ArrayList<>();
    for (int i = 0; i < PERCENTILES.length; i++) {
      String name = String.format(Locale.ROOT, "%.0fth percentile", 100 * PERCENTILES[i]);
      lines.add(Trace.line(name, List.of(unit.get(i))));
    }
    return new LineChart(
        "Input of the first sigmoid of the last hidden layer, %s, first seed"
            .formatted(variant.name()),
        Axis.linear("steps"),
        Axis.linear("input of the sigmoid"),
        lines);
  }

  /** The percentiles, over the rows of a probe, of what each of the last sigmoids is given. */
  private static final class Inputs implements Trial.Observer {
    private final Probe probe;
    private final int every;
    private final List<List<Trace>> units = new ArrayList<>();

    Inputs(Trial trial, int every) {
      this.probe = trial.probe();
      this.every = every;
      for (int unit = 0; unit < last(trial).fanIn(); unit++) {
        units.add(Arrays.stream(PERCENTILES).mapToObj(percentile -> new Trace()).toList());
      }
    }

    private static ParameterBlock last(Trial trial) {
      List<ParameterBlock> layers = trial.layers();
      return layers.get(layers.size() - 1);
    }

    @Override
    public void afterStep(Trial trial, long step) {
      if (step % every != 0) {
        return;
      }
      probe.at(trial.weights(), trial.states());
      Tensor outputs = probe.input(Trial.layer(last(trial)));
      double[] values = new double[outputs.dimension(0)];
      for (int unit = 0; unit < units.size(); unit++) {
        for (int row = 0; row < values.length; row++) {
          values[row] = logit(outputs.get(row * units.size() + unit));
        }
        Arrays.sort(values);
        for (int i = 0; i < PERCENTILES.length; i++) {
          int at = (int) Math.round(PERCENTILES[i] * (values.length - 1));
          units.get(unit).get(i).add(step, values[at]);
        }
      }
    }

    /**
     * How far the median travels, from its least to its greatest, in halves of the distance between
     * the outer percentiles; the mean of all units.
     */
    double drift() {
      double sum = 0;
      for (List<Trace> unit : units) {
        double spread = (unit.get(2).mean() - unit.get(0).mean()) / 2;
        sum += unit.get(1).range() / spread;
      }
      return sum / units.size();
    }

    private static double logit(double y) {
      double x = Math.log(y / (1 - y));
      return Math.max(-GREATEST_INPUT, Math.min(GREATEST_INPUT, x));
    }
  }
}
