package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.BarChart;
import org.syncbn.report.DataTable;
import org.syncbn.report.Spread;

/** Batch norm before the activation, or after it. */
final class Placement implements Experiment {

  private static final List<String> ACTIVATIONS = List.of("relu", "tanh", "sigmoid");
  private static final double[] RATES = {0.02, 0.5};

  /** The test accuracy in % by the place of batch norm, with one activation at one rate. */
  private record Places(String name, Spread nowhere, Spread before, Spread after) {

    boolean helps() {
      return Math.min(before.mean(), after.mean()) > nowhere.mean();
    }

    boolean isBetterBefore() {
      return before.mean() > after.mean();
    }
  }

  @Override
  public String name() {
    return "placement";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    List<Places> all = new ArrayList<>();
    for (double rate : RATES) {
      for (String activation : ACTIVATIONS) {
        String name = "%s, rate %s".formatted(activation, rate);
        all.add(
            new Places(
                name,
                accuracy(lab, sheet, name, activation + ".nowhere", rate),
                accuracy(lab, sheet, name, activation + ".before", rate),
                accuracy(lab, sheet, name, activation + ".after", rate)));
      }
    }
    long helped = all.stream().filter(Places::helps).count();
    long better = all.stream().filter(Places::isBetterBefore).count();
    return new Findings(
        Verdict.of(2 * helped > all.size(), 2 * better > all.size()),
        String.format(
            Locale.ROOT,
            "in either place batch norm improves on the plain network in %d of %d settings, and the"
                + " accuracy is higher with batch norm before the activation in %d of them, after"
                + " it in %d",
            helped,
            all.size(),
            better,
            all.size() - better),
        DataTable.of(
            List.of(
                "setting",
                "no batch norm, test accuracy, %",
                "before the activation, %",
                "after the activation, %"),
            all.stream()
                .map(
                    p -> List.of(p.name(), p.nowhere().text(), p.before().text(), p.after().text()))
                .toList()),
        List.of(
            new BarChart(
                "Test accuracy by the place of batch norm",
                "test accuracy, %",
                List.of("no batch norm", "before", "after"),
                all.stream()
                    .map(
                        p ->
                            new BarChart.Group(
                                p.name(), List.of(p.nowhere(), p.before(), p.after())))
                    .toList())));
  }

  private static Spread accuracy(
      Lab lab, RunSheet sheet, String words, String network, double rate) {
    Courses courses =
        lab.train(
            "%s, %s".formatted(words, network),
            sheet.run(network, "optimizer.sgd.learningRate=" + rate));
    return courses.of(course -> 100 * course.testAccuracy());
  }
}
