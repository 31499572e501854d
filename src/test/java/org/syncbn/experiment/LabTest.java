package org.syncbn.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.syncbn.data.Dataset;
import org.syncbn.data.GeneratedImages;
import org.syncbn.experiment.Lab.Observed;
import org.syncbn.nn.ParameterBlock;

/** Runs of an experiment, with each seed, while they are looked at. */
class LabTest {

  private static final int ROWS = 400;

  private static Lab lab(int seeds) {
    Dataset images = GeneratedImages.draw(1, 0, ROWS);
    return new Lab(
        new LabRows(images.schema(), images.rows(), images.rows(), LabRows.Dealing.HASHED),
        seeds,
        true,
        1,
        words -> {});
  }

  private static final class Steps implements Trial.Observer {
    final List<Long> seen = new ArrayList<>();

    @Override
    public void afterStep(Trial trial, long step) {
      seen.add(step);
    }
  }

  @Test
  void anObserverSeesTheBeginningAndEachStepOfItsSeed() {
    Lab lab = lab(2);
    Observed<Steps> seen =
        lab.observe(
            "plain",
            lab.sheet(new Initialization())
                .run("plain", "training.epochs=2", "training.batchSize=100"),
            (trial, every) -> new Steps());
    assertThat(seen.observers()).hasSize(2);
    assertThat(seen.observers())
        .allSatisfy(
            steps ->
                assertThat(steps.seen)
                    .containsExactlyElementsOf(
                        LongStream.rangeClosed(0, 2 * ROWS / 100).boxed().toList()));
    assertThat(seen.courses().each()).hasSize(2);
  }

  @Test
  void aKeyThatTheNetworksOfARunFileReferToCanBeReplaced() {
    double scale = 100;
    RunSheet sheet = lab(1).sheet(new Initialization());
    assertThat(deviation(sheet.with("variance", 2 * scale * scale)))
        .isCloseTo(scale * deviation(sheet.with("variance", 2)), withinPercentage(1e-3));
  }

  private static double deviation(RunSheet sheet) {
    return lab(1)
        .trials(
            "plain",
            sheet.run("plain"),
            lab(1).images(),
            trial -> {
              ParameterBlock first = trial.layers().get(0);
              return Vectors.length(first.read(trial.weights())) / Math.sqrt(first.size());
            })
        .get(0);
  }
}
