package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.syncbn.data.Block;
import org.syncbn.report.BarChart;
import org.syncbn.report.DataTable;
import org.syncbn.report.Spread;
import org.syncbn.train.TrainedModel;

/**
 * The error on changed images, before and after one pass of statistics over other changed images.
 */
final class DomainShift implements Experiment {

  private static final List<ImageChange> CHANGES = List.of(ImageChange.values());

  /** An error that is higher by no more than this is as good. */
  private static final double AS_GOOD = 0.02;

  private static final String NOT_ALL =
      ". A change is repaired where more than half of the errors that it adds are gone. Statistics"
          + " shift and scale channels, which undoes bad light but does not bring back what noise"
          + " hides";

  /** The errors of a trained network on images with one change. */
  private record Errors(double before, double after) {}

  @Override
  public String name() {
    return "domain-shift";
  }

  @Override
  public Findings run(Lab lab) {
    LabRows images = lab.images();
    int half = images.test().rows() / 2;
    Block unlabelled = LabRows.part(images.test(), 0, half);
    Block test = LabRows.part(images.test(), half, images.test().rows());
    List<LabRows> changed =
        CHANGES.stream()
            .map(
                change ->
                    new LabRows(
                        images.schema(),
                        change.of(unlabelled, 1),
                        change.of(test, 2),
                        images.dealing()))
            .toList();
    List<List<Errors>> bySeed =
        lab.trials(
            "train, change, recalibrate",
            lab.sheet(this).run("normalized"),
            images,
            trial -> {
              trial.train(Integer.MAX_VALUE, Trial.Observer.NONE);
              return changed.stream().map(rows -> errors(lab, trial.model(), rows)).toList();
            });

    List<Spread> before = spreads(bySeed, Errors::before);
    List<Spread> after = spreads(bySeed, Errors::after);
    double plain = before.get(0).mean();
    boolean[] held = new boolean[CHANGES.size()];
    List<String> words = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    List<BarChart.Group> groups = new ArrayList<>();
    for (int i = 0; i < held.length; i++) {
      double repaired = before.get(i).mean() - after.get(i).mean();
      held[i] =
          CHANGES.get(i) == ImageChange.NONE
              ? -repaired <= AS_GOOD
              : repaired > (before.get(i).mean() - plain) / 2;
      words.add(
          "from %s %% to %s %% (%s)"
              .formatted(
                  Figures.percent(before.get(i).mean()),
                  Figures.percent(after.get(i).mean()),
                  CHANGES.get(i)));
      rows.add(
          List.of(
              CHANGES.get(i).toString(),
              Figures.percent(before.get(i)),
              Figures.percent(after.get(i))));
      groups.add(
          new BarChart.Group(
              CHANGES.get(i).toString(),
              List.of(hundredfold(before.get(i)), hundredfold(after.get(i)))));
    }
    Verdict verdict = Verdict.of(held);
    return new Findings(
        verdict,
        "one pass over other images with the same change, without their labels, takes the error "
            + String.join(", ", words)
            + (verdict == Verdict.HOLDS ? "" : NOT_ALL),
        DataTable.of(
            List.of(
                "change",
                "error by the statistics of training, %",
                "error by statistics of changed images, %"),
            rows),
        List.of(
            new BarChart(
                "Error on changed images",
                "error on test images, %",
                List.of("statistics of training", "statistics of changed images"),
                groups)));
  }

  private static Errors errors(Lab lab, TrainedModel model, LabRows changed) {
    try (Trial trial = lab.trial(model.options(), changed).startingFrom(model)) {
      double before = 1 - trial.testAccuracy();
      trial.recalibrate();
      return new Errors(before, 1 - trial.testAccuracy());
    }
  }

  private static List<Spread> spreads(List<List<Errors>> bySeed, ToDoubleFunction<Errors> error) {
    List<Spread> spreads = new ArrayList<>();
    for (int i = 0; i < CHANGES.size(); i++) {
      int change = i;
      spreads.add(
          Spread.over(bySeed.stream().map(e -> error.applyAsDouble(e.get(change))).toList()));
    }
    return spreads;
  }

  private static Spread hundredfold(Spread share) {
    return new Spread(100 * share.low(), 100 * share.mean(), 100 * share.high());
  }
}
