package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.norm.BatchNormState;
import org.syncbn.report.BarChart;
import org.syncbn.report.DataTable;
import org.syncbn.report.Spread;

/** Accuracy with and without batch norm by each of three optimizers, and what becomes of gamma. */
final class OptimizerChoice implements Experiment {

  /** An optimizer with its usual rate, which falls to 0 over the run. */
  private enum Choice {
    MOMENTUM("momentum", "0.02"),
    RMSPROP("RMSprop", "0.001"),
    ADAM("Adam", "0.001");

    private final String words;
    private final String rate;

    Choice(String words, String rate) {
      this.words = words;
      this.rate = rate;
    }

    String setting() {
      return "optimizer.%s.learningRate={cosine{initial=%s,last=0}}"
          .formatted(words.toLowerCase(Locale.ROOT), rate);
    }
  }

  /** A run and how far its parameters came from their first values, 1 and 0. */
  private record Trained(Course course, double gamma, double beta) {}

  /** The runs of an optimizer: without batch norm, with it, with gamma and beta as they begin. */
  private record Variants(Choice choice, Courses plain, Courses normalized, Courses fixed) {

    List<Courses> all() {
      return List.of(plain, normalized, fixed);
    }
  }

  @Override
  public String name() {
    return "optimizers";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    List<Variants> all = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    boolean moved = true;
    for (Choice choice : Choice.values()) {
      int every = Lab.every(sheet.run("normalized", choice.setting()), lab.images());
      List<Trained> trained =
          lab.trials(
              choice.words + ", batch norm",
              sheet.run("normalized", choice.setting()),
              lab.images(),
              trial -> {
                Course course = trial.train(every, Trial.Observer.NONE);
                return new Trained(
                    course,
                    distance(trial, BatchNormState::gamma, 1),
                    distance(trial, BatchNormState::beta, 0));
              });
      Variants variants =
          new Variants(
              choice,
              lab.train(choice.words + ", plain", sheet.run("plain", choice.setting())),
              new Courses(
                  choice.words + ", batch norm", trained.stream().map(Trained::course).toList()),
              lab.train(
                  choice.words + ", gamma 1 and beta 0", sheet.run("fixed", choice.setting())));
      Spread gamma = Spread.over(trained.stream().map(Trained::gamma).toList());
      Spread beta = Spread.over(trained.stream().map(Trained::beta).toList());
      moved &= gamma.low() > 0 && beta.low() > 0;
      all.add(variants);
      for (Courses courses : variants.all()) {
        boolean trains = courses == variants.normalized();
        rows.add(
            List.of(
                courses.name(),
                Figures.percent(courses.accuracy()),
                courses.divergedText(),
                trains ? distance(gamma) : "",
                trains ? distance(beta) : ""));
      }
    }
    return findings(all, moved, rows);
  }

  private static Findings findings(List<Variants> all, boolean moved, List<List<String>> rows) {
    boolean[] better = new boolean[all.size() + 1];
    List<String> words = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      double plain = all.get(i).plain().accuracy().mean();
      double normalized = all.get(i).normalized().accuracy().mean();
      better[i] = normalized > plain;
      words.add(
          "%s %s %% (plain %s %%)"
              .formatted(
                  all.get(i).choice().words, Figures.percent(normalized), Figures.percent(plain)));
    }
    better[all.size()] = moved;
    double most =
        all.stream()
            .mapToDouble(v -> v.normalized().accuracy().mean() - v.fixed().accuracy().mean())
            .max()
            .orElseThrow();
    return new Findings(
        Verdict.of(better),
        String.format(
            Locale.ROOT,
            "with batch norm the accuracy is by %s; each moves gamma and beta, which adds at most"
                + " %.1f points to gamma 1 and beta 0 here",
            String.join(", by ", words),
            100 * most),
        DataTable.of(
            List.of(
                "variant",
                "test accuracy, %",
                "diverged",
                "gamma's distance from 1",
                "beta's from 0"),
            rows),
        List.of(
            new BarChart(
                "Test accuracy at the end",
                "test accuracy, %",
                List.of("plain", "batch norm", "gamma 1, beta 0"),
                all.stream()
                    .map(
                        v ->
                            new BarChart.Group(
                                v.choice().words + ", " + v.choice().rate,
                                v.all().stream()
                                    .map(c -> c.of(run -> 100 * run.testAccuracy()))
                                    .toList()))
                    .toList())));
  }

  private static String distance(Spread mean) {
    return String.format(Locale.ROOT, "%.3f", mean.mean());
  }

  private static double distance(
      Trial trial, Function<BatchNormState, float[]> parameter, double first) {
    double sum = 0;
    long count = 0;
    for (BatchNormState state : trial.states()) {
      for (float value : parameter.apply(state)) {
        sum += Math.abs(value - first);
        count++;
      }
    }
    return sum / count;
  }
}
