package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.Axis;
import org.syncbn.report.DataTable;
import org.syncbn.report.LineChart;
import org.syncbn.report.TextTable;

/** The accuracy over the scale of the first weights. */
final class Initialization implements Experiment {

  /** Times the standard deviation that He et al. advise. */
  private static final double[] SCALES = {0.01, 0.1, 1, 10, 100};

  /** A network with less than this, of ten classes, has not learned. */
  private static final double LEARNED = 0.2;

  @Override
  public String name() {
    return "initialization";
  }

  @Override
  public Findings run(Lab lab) {
    List<Courses> plain = new ArrayList<>();
    List<Courses> normalized = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < SCALES.length; i++) {
      RunSheet sheet = lab.sheet(this).with("variance", 2 * SCALES[i] * SCALES[i]);
      String words = ", weights x" + TextTable.number(SCALES[i], 3);
      plain.add(lab.train("plain" + words, sheet.run("plain")));
      normalized.add(lab.train("batch norm" + words, sheet.run("normalized")));
      rows.add(
          List.of(
              TextTable.number(SCALES[i], 3),
              Figures.percent(plain.get(i).accuracy()),
              plain.get(i).divergedText(),
              Figures.percent(normalized.get(i).accuracy()),
              normalized.get(i).divergedText()));
    }
    return new Findings(
        Verdict.of(
            learned(normalized) > learned(plain),
            worst(normalized) / best(normalized) > worst(plain) / best(plain)),
        String.format(
            Locale.ROOT,
            "the network with batch norm learns at %d of %d scales of the first weights, the plain"
                + " one at %d; at the worst scale the one keeps %s %% of its best accuracy, the"
                + " other %s %%",
            learned(normalized),
            SCALES.length,
            learned(plain),
            Figures.percent(worst(normalized) / best(normalized)),
            Figures.percent(worst(plain) / best(plain))),
        DataTable.of(
            List.of(
                "scale of the first weights",
                "plain, test accuracy, %",
                "plain, diverged",
                "batch norm, test accuracy, %",
                "batch norm, diverged"),
            rows),
        List.of(
            new LineChart(
                "Test accuracy over the scale of the first weights",
                Axis.logarithmic("scale of the first weights"),
                Axis.linear("test accuracy"),
                List.of(line("plain", plain), line("batch norm", normalized)))));
  }

  private static long learned(List<Courses> byScale) {
    return byScale.stream().filter(c -> c.accuracy().mean() >= LEARNED).count();
  }

  private static double worst(List<Courses> byScale) {
    return byScale.stream().mapToDouble(c -> c.accuracy().mean()).min().orElseThrow();
  }

  private static double best(List<Courses> byScale) {
    return byScale.stream().mapToDouble(c -> c.accuracy().mean()).max().orElseThrow();
  }

  private static LineChart.Line line(String name, List<Courses> byScale) {
    List<LineChart.Point> points = new ArrayList<>();
    for (int i = 0; i < SCALES.length; i++) {
      points.add(new LineChart.Point(SCALES[i], byScale.get(i).accuracy()));
    }
    return new LineChart.Line(name, points);
  }
}
