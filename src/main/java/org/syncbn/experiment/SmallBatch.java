package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.Axis;
import org.syncbn.report.DataTable;
import org.syncbn.report.LineChart;

/** Accuracy after training with mini-batches of a few rows, by the kind of normalization. */
final class SmallBatch implements Experiment {

  private static final int[] ROWS = {2, 4, 8, 16};

  /** A kind of normalization. */
  private enum Kind {
    BATCH("batchNorm", "batch norm"),
    RENORMALIZED("renormalized", "renormalized"),
    GROUP("groupNorm", "group norm"),
    NONE("plain", "none");

    private final String network;
    private final String words;

    Kind(String network, String words) {
      this.network = network;
      this.words = words;
    }
  }

  @Override
  public String name() {
    return "small-batch";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    LabRows images = lab.images();
    LabRows half = images.withTraining(images.training().rows() / 2);
    List<List<Courses>> all = new ArrayList<>(); // by kind, then by rows
    for (Kind kind : Kind.values()) {
      List<Courses> ofKind = new ArrayList<>();
      for (int rows : ROWS) {
        ofKind.add(
            lab.train(
                "%s, mini-batches of %d".formatted(kind.words, rows),
                sheet.run(kind.network, "training.batchSize=" + rows),
                half));
      }
      all.add(ofKind);
    }
    double lost = loss(all, Kind.BATCH);
    double renormalized = loss(all, Kind.RENORMALIZED);
    double group = loss(all, Kind.GROUP);
    return new Findings(
        Verdict.of(lost > 0, renormalized < lost, group < lost),
        "from mini-batches of 16 rows to those of 2 the accuracy goes %s with batch norm, %s with renormalization, and %s with group norm"
            .formatted(way(all, Kind.BATCH), way(all, Kind.RENORMALIZED), way(all, Kind.GROUP)),
        table(all),
        List.of(chart(all)));
  }

  private static double accuracy(List<List<Courses>> all, Kind kind, int at) {
    return all.get(kind.ordinal()).get(at).accuracy().mean();
  }

  private static double loss(List<List<Courses>> all, Kind kind) {
    return accuracy(all, kind, ROWS.length - 1) - accuracy(all, kind, 0);
  }

  private static String way(List<List<Courses>> all, Kind kind) {
    return "from %s %% to %s %%"
        .formatted(
            Figures.percent(accuracy(all, kind, ROWS.length - 1)),
            Figures.percent(accuracy(all, kind, 0)));
  }

  private static DataTable table(List<List<Courses>> all) {
    List<String> titles = new ArrayList<>(List.of("test accuracy, %"));
    for (int rows : ROWS) {
      titles.add("mini-batches of " + rows);
    }
    List<List<String>> lines = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      List<String> line = new ArrayList<>(List.of(kind.words));
      all.get(kind.ordinal()).forEach(courses -> line.add(Figures.percent(courses.accuracy())));
      lines.add(line);
    }
    return DataTable.of(titles, lines);
  }

  private static LineChart chart(List<List<Courses>> all) {
    List<LineChart.Line> lines = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      List<LineChart.Point> points = new ArrayList<>();
      for (int i = 0; i < ROWS.length; i++) {
        points.add(new LineChart.Point(ROWS[i], all.get(kind.ordinal()).get(i).accuracy()));
      }
      lines.add(new LineChart.Line(kind.words, points));
    }
    return new LineChart(
        "Test accuracy over rows of a mini-batch",
        Axis.logarithmic("rows of a mini-batch"),
        Axis.linear("test accuracy"),
        lines);
  }
}
