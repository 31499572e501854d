package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.DataTable;
import org.syncbn.report.Spread;

/** Steps to the accuracy that the plain network ends with, at several learning rates. */
final class Convergence implements Experiment {

  private static final double RATE = 0.05;
  private static final int[] FACTORS = {1, 5, 30};

  @Override
  public String name() {
    return "convergence";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    List<Courses> plain = new ArrayList<>();
    List<Courses> normalized = new ArrayList<>();
    for (int factor : FACTORS) {
      String rate = "optimizer.sgd.learningRate=" + factor * RATE;
      plain.add(lab.train("plain, rate x" + factor, sheet.run("plain", rate)));
      normalized.add(lab.train("batch norm, rate x" + factor, sheet.run("normalized", rate)));
    }
    List<Courses> all = new ArrayList<>(plain);
    all.addAll(normalized);

    double reached = plain.get(0).accuracy().low();
    List<List<String>> rows = new ArrayList<>();
    for (Courses variant : all) {
      rows.add(
          List.of(
              variant.name(),
              Figures.percent(variant.accuracy()),
              Figures.steps(variant.stepsTo(reached)),
              variant.divergedText()));
    }
    double speedup = speedup(plain, normalized.get(0), reached);
    double fastest =
        normalized.stream().mapToDouble(c -> speedup(plain, c, reached)).max().orElse(0);
    boolean higherRates =
        normalized.get(1).accuracy().mean() > plain.get(1).accuracy().mean()
            && normalized.get(2).accuracy().mean() > plain.get(2).accuracy().mean();
    return new Findings(
        Verdict.of(speedup > 1, fastest > 1 && higherRates),
        String.format(
            Locale.ROOT,
            "the accuracy that the plain network ends with takes %.1f times fewer steps with batch"
                + " norm at the same learning rate, and %.1f times fewer at the best of the three"
                + " rates; at 30 times the rate batch norm reaches %s %%, the plain network %s %%",
            speedup,
            fastest,
            Figures.percent(normalized.get(2).accuracy().mean()),
            Figures.percent(plain.get(2).accuracy().mean())),
        DataTable.of(
            List.of(
                "variant",
                "test accuracy, %",
                "steps to %s %%".formatted(Figures.percent(reached)),
                "diverged"),
            rows),
        List.of(Figures.accuracies(all)));
  }

  /** How many times fewer steps a variant takes than the first of the plain ones; 0 for never. */
  private static double speedup(List<Courses> plain, Courses variant, double reached) {
    double steps = plain.get(0).stepsTo(reached).orElseThrow().mean();
    Optional<Spread> taken = variant.stepsTo(reached);
    return taken.map(spread -> steps / spread.mean()).orElse(0.0);
  }
}
