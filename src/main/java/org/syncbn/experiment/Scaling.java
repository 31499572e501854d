package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.DataTable;
import org.syncbn.report.Spread;

/** Steps to an accuracy on a table with mixed units: raw, normalized, batch norm at the input. */
final class Scaling implements Experiment {

  private static final String[] RATES = {"1e-8", "1e-6", "1e-4", "0.01", "0.1"};

  /** What is done with the features, at each of the rates. */
  private record Treatment(List<Courses> byRate) {

    /** The fewest steps to an accuracy, at any of the rates; infinite for never. */
    double stepsTo(double accuracy) {
      return byRate.stream()
          .flatMap(courses -> courses.stepsTo(accuracy).stream())
          .mapToDouble(Spread::mean)
          .min()
          .orElse(Double.POSITIVE_INFINITY);
    }

    /** At the rate with the greatest accuracy. */
    Courses best() {
      Courses best = byRate.get(0);
      for (Courses rate : byRate) {
        best = rate.accuracy().mean() > best.accuracy().mean() ? rate : best;
      }
      return best;
    }
  }

  @Override
  public String name() {
    return "scaling";
  }

  @Override
  public Findings run(Lab lab) {
    LabRows images = lab.images(); // the table has as many rows
    LabRows raw = MixedUnits.draw(1, images.training().rows() / 2, images.test().rows());
    LabRows standardized = MixedUnits.standardized(raw);
    Treatment unscaled = train(lab, "raw", "plain", raw);
    Treatment normalized = train(lab, "normalized", "plain", standardized);
    Treatment batchNorm = train(lab, "batch norm", "normalized", raw);
    List<Treatment> all = List.of(unscaled, normalized, batchNorm);
    double reached = unscaled.best().accuracy().low();
    List<List<String>> rows = new ArrayList<>();
    for (Treatment treatment : all) {
      for (Courses courses : treatment.byRate()) {
        rows.add(
            List.of(
                courses.name(),
                Figures.percent(courses.accuracy()),
                Figures.steps(courses.stepsTo(reached)),
                courses.divergedText()));
      }
    }
    double byTable = unscaled.stepsTo(reached) / normalized.stepsTo(reached);
    double byBatchNorm = unscaled.stepsTo(reached) / batchNorm.stepsTo(reached);
    double end = unscaled.best().accuracy().mean();
    double endOfTable = normalized.best().accuracy().mean();
    double endOfBatchNorm = batchNorm.best().accuracy().mean();
    return new Findings(
        Verdict.of(byTable > 1, byBatchNorm > 1, endOfTable > end, endOfBatchNorm > end),
        String.format(
            Locale.ROOT,
            "on a table that is drawn, at the best of %d learning rates, raw features end at %s %%;"
                + " normalized features reach %s %% in %.1f times fewer steps and end at %s %%,"
                + " batch norm at the input in %.1f times fewer and ends at %s %%",
            RATES.length,
            Figures.percent(end),
            Figures.percent(reached),
            byTable,
            Figures.percent(endOfTable),
            byBatchNorm,
            Figures.percent(endOfBatchNorm)),
        DataTable.of(
            List.of(
                "features",
                "test accuracy, %",
                "steps to %s %%".formatted(Figures.percent(reached)),
                "diverged"),
            rows),
        List.of(Figures.accuracies(all.stream().map(Treatment::best).toList())));
  }

  private Treatment train(Lab lab, String words, String network, LabRows rows) {
    List<Courses> byRate = new ArrayList<>();
    for (String rate : RATES) {
      byRate.add(
          lab.train(
              "%s, rate %s".formatted(words, rate),
              lab.sheet(this).run(network, "optimizer.sgd.learningRate=" + rate),
              rows));
    }
    return new Treatment(byRate);
  }
}
