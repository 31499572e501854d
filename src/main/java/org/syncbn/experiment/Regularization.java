package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.BarChart;
import org.syncbn.report.DataTable;

/** How far training accuracy is above test accuracy, over rates of dropout and mini-batches. */
final class Regularization implements Experiment {

  private static final int[] DROPOUT = {0, 20, 50}; // in percent
  private static final int[] BATCHES = {16, 128};

  private static final String NOT_ALL =
      ". A few thousand rows are soon learned by heart, and batch norm learns them sooner, which"
          + " widens the gap that its noise narrows. The networks of the paper saw over a million"
          + " images and were far from that";

  /** The runs of a batch size, by rate of dropout. */
  private record Variants(List<Courses> plain, List<Courses> normalized) {}

  @Override
  public String name() {
    return "regularization";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    LabRows images = lab.images();
    LabRows few = images.withTraining(images.training().rows() / 4);
    List<Variants> byBatch = new ArrayList<>();
    for (int batch : BATCHES) {
      Variants variants = new Variants(new ArrayList<>(), new ArrayList<>());
      for (int dropout : DROPOUT) {
        String size = "training.batchSize=" + batch;
        String words = "dropout %s, mini-batches of %d".formatted(share(dropout), batch);
        variants
            .plain()
            .add(lab.train("plain, " + words, sheet.run("plain-" + dropout, size), few));
        variants
            .normalized()
            .add(lab.train("batch norm, " + words, sheet.run("normalized-" + dropout, size), few));
      }
      byBatch.add(variants);
    }
    return findings(byBatch);
  }

  private static Findings findings(List<Variants> byBatch) {
    List<List<String>> rows = new ArrayList<>();
    List<BarChart.Group> groups = new ArrayList<>();
    for (int batch = 0; batch < BATCHES.length; batch++) {
      Variants variants = byBatch.get(batch);
      for (int i = 0; i < DROPOUT.length; i++) {
        Courses plain = variants.plain().get(i);
        Courses normalized = variants.normalized().get(i);
        String words = "dropout %s, batch %d".formatted(share(DROPOUT[i]), BATCHES[batch]);
        for (Courses courses : List.of(plain, normalized)) {
          rows.add(
              List.of(
                  courses.name(),
                  Figures.percent(courses.of(Course::trainingAccuracy)),
                  Figures.percent(courses.accuracy()),
                  Figures.percent(courses.of(Course::gap))));
        }
        groups.add(
            new BarChart.Group(
                words,
                List.of(
                    plain.of(course -> 100 * course.gap()),
                    normalized.of(course -> 100 * course.gap()))));
      }
    }
    Variants small = byBatch.get(0);
    Variants large = byBatch.get(1);
    double plain = gap(small.plain());
    double normalized = gap(small.normalized());
    double ofLarge = gap(large.normalized());
    double withDropout =
        small.plain().subList(1, DROPOUT.length).stream()
            .mapToDouble(courses -> courses.accuracy().mean())
            .max()
            .orElseThrow();
    double without = small.normalized().get(0).accuracy().mean();
    Verdict verdict = Verdict.of(normalized < plain, normalized < ofLarge, without >= withDropout);
    return new Findings(
        verdict,
        String.format(
                Locale.ROOT,
                "without dropout and with mini-batches of %d the gap is %.1f points with batch norm"
                    + " and %.1f without; with mini-batches of %d it is %.1f with batch norm; test"
                    + " accuracy is %s %% with batch norm and no dropout, and %s %% with dropout at"
                    + " its best and no batch norm",
                BATCHES[0],
                100 * normalized,
                100 * plain,
                BATCHES[1],
                100 * ofLarge,
                Figures.percent(without),
                Figures.percent(withDropout))
            + (verdict == Verdict.HOLDS ? "" : NOT_ALL),
        DataTable.of(
            List.of("variant", "training accuracy, %", "test accuracy, %", "gap, points"), rows),
        List.of(
            new BarChart(
                "Training accuracy above test accuracy",
                "gap, points",
                List.of("plain", "batch norm"),
                groups)));
  }

  private static String share(int percent) {
    return percent == 0 ? "0" : "0." + percent / 10;
  }

  private static double gap(List<Courses> byDropout) {
    return byDropout.get(0).of(Course::gap).mean();
  }
}
