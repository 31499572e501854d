package org.syncbn.experiment;

import java.util.List;
import java.util.Locale;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.DataTable;
import org.syncbn.train.RunOptions;

/** The accuracy of large mini-batches: as they are, with a scaled rate, with ghost batches. */
final class LargeBatch implements Experiment {

  private static final int SMALL = 128;

  private static final String NOT_ALL =
      ". The gap here is mostly one of training: a network of two layers that learns from a few"
          + " thousand rows in so few steps has not reached the end of its training accuracy. What"
          + " the noise of ghost batches can add to test accuracy is small beside that";

  @Override
  public String name() {
    return "large-batch";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    RunOptions plain = sheet.run("whole", rate(1));
    int large = plain.training().batchSize(lab.images().training().rows());
    // The square root keeps the deviation of a step, section 4 of the paper.
    String scaled = rate(Math.sqrt((double) large / SMALL));
    Courses small =
        lab.train(
            "batches of " + SMALL, sheet.run("whole", rate(1), "training.batchSize=" + SMALL));
    Courses unscaled = lab.train("batches of %d".formatted(large), plain);
    Courses rate = lab.train("%d, scaled rate".formatted(large), sheet.run("whole", scaled));
    Courses ghosts =
        lab.train("%d, scaled rate, ghosts".formatted(large), sheet.run("ghosts", scaled));
    List<Courses> all = List.of(small, unscaled, rate, ghosts);

    double best = small.accuracy().mean();
    Verdict verdict =
        Verdict.of(
            unscaled.accuracy().mean() < best,
            rate.accuracy().mean() > unscaled.accuracy().mean(),
            ghosts.accuracy().mean() > rate.accuracy().mean());
    return new Findings(
        verdict,
        String.format(
                Locale.ROOT,
                "after as many epochs mini-batches of %d reach %s %%, of %d %s %%, with the scaled"
                    + " rate %s %%, and with ghost batches of %d too %s %%",
                SMALL,
                Figures.percent(best),
                large,
                Figures.percent(unscaled.accuracy().mean()),
                Figures.percent(rate.accuracy().mean()),
                SMALL,
                Figures.percent(ghosts.accuracy().mean()))
            + (verdict == Verdict.HOLDS ? "" : NOT_ALL),
        DataTable.of(
            List.of("mini-batches", "test accuracy, %", "training accuracy, %", "steps"),
            all.stream()
                .map(
                    variant ->
                        List.of(
                            variant.name(),
                            Figures.percent(variant.accuracy()),
                            Figures.percent(variant.of(Course::trainingAccuracy)),
                            variant.of(Course::steps).text()))
                .toList()),
        List.of(Figures.bars(all), Figures.accuracies(all.subList(1, all.size()))));
  }

  /** A rate that falls to 0 over the run, so that the noise of the last steps does not count. */
  private static String rate(double factor) {
    return "optimizer.momentum.learningRate={cosine{initial=%s,last=0}}".formatted(0.02 * factor);
  }
}
