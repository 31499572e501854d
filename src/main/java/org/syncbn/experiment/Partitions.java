package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.experiment.LabRows.Dealing;
import org.syncbn.report.DataTable;

/** Accuracy on sorted shards, by the rows that batch statistics are taken over. */
final class Partitions implements Experiment {

  private static final String OF_THE_SHARD = "training.batchNormSync=false";

  /** An accuracy that is lower by no more than this is as good. */
  private static final double AS_GOOD = 0.02;

  @Override
  public String name() {
    return "partitions";
  }

  @Override
  public Findings run(Lab lab) {
    RunSheet sheet = lab.sheet(this);
    LabRows hashed = lab.images();
    LabRows sorted = hashed.dealt(Dealing.SORTED);
    Courses alike = lab.train("hashed, each shard", sheet.run("normalized", OF_THE_SHARD), hashed);
    Courses shard = lab.train("sorted, each shard", sheet.run("normalized", OF_THE_SHARD), sorted);
    List<Courses> all = new ArrayList<>(List.of(alike, shard));
    for (int group : new int[] {2, 4}) {
      all.add(
          lab.train(
              "sorted, groups of %d".formatted(group),
              sheet.run("normalized", "training.batchNormGroupSize=" + group),
              sorted));
    }
    Courses renormalized =
        lab.train("sorted, renormalized", sheet.run("renormalized", OF_THE_SHARD), sorted);
    all.add(renormalized);
    Courses global = lab.train("sorted, all shards", sheet.run("normalized"), sorted);
    all.add(global);
    all.add(lab.train("hashed, all shards", sheet.run("normalized"), hashed));

    double failing = alike.accuracy().mean() - shard.accuracy().mean();
    double holding = alike.accuracy().mean() - global.accuracy().mean();
    return new Findings(
        Verdict.of(failing > AS_GOOD, holding <= AS_GOOD),
        "with statistics of each shard the accuracy is %s %% where shards are alike and %s %% where they are sorted; on the same sorted shards synchronized statistics reach %s %%, and renormalization without synchronization %s %%"
            .formatted(
                Figures.percent(alike.accuracy().mean()),
                Figures.percent(shard.accuracy().mean()),
                Figures.percent(global.accuracy().mean()),
                Figures.percent(renormalized.accuracy().mean())),
        DataTable.of(
            List.of("shards and statistics", "test accuracy, %", "training accuracy, %"),
            all.stream()
                .map(
                    variant ->
                        List.of(
                            variant.name(),
                            Figures.percent(variant.accuracy()),
                            Figures.percent(variant.of(Course::trainingAccuracy))))
                .toList()),
        List.of(Figures.bars(all), Figures.accuracies(all)));
  }
}
