package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.syncbn.nn.BatchNormReport;
import org.syncbn.norm.StatisticsDrift;

/** What a run warns of, and what it does not. */
class DiagnosticsTest {

  private final List<String> notes = new ArrayList<>();
  private final Diagnostics diagnostics =
      new Diagnostics(
          new TrainingListener() {
            @Override
            public void onNote(String sentence) {
              notes.add(sentence);
            }
          });

  private void losses(double... losses) {
    for (int i = 0; i < losses.length; i++) {
      diagnostics.onStep(new StepResult(1, i + 1, 32, losses[i], 0.5));
    }
  }

  private void layer(int constant, int dead) {
    diagnostics.onLayers(
        new LayersResult(
            1,
            100,
            List.of(
                new BatchNormReport("3", 40, new StatisticsDrift(0.1, 0.9, 1.1, constant), dead)),
            Map.of()));
  }

  /** Falls from 2 to 1 in 100 steps, and stays at some height for as many. */
  private static double[] fallsThen(double height) {
    double[] losses = new double[200];
    for (int i = 0; i < 100; i++) {
      losses[i] = 2 - i / 100.0;
      losses[100 + i] = height;
    }
    return losses;
  }

  @Test
  void aLossThatStaysHighIsTheLearningRates() {
    losses(fallsThen(4));
    assertThat(notes)
        .singleElement()
        .asString()
        .matches(
            "warning: the loss has been [23]\\.\\d times as high as its lowest mean for 50 steps"
                + " \\(until step 1[56]\\d\\): the learning rate, now 0\\.5, may be too high; lower"
                + " it, warm it up, or clip gradients");
  }

  @Test
  void aLossThatFallsOrVariesIsNothing() {
    losses(fallsThen(1.2));
    double[] small = new double[400]; // around a thousandth of the first loss
    for (int i = 0; i < small.length; i++) {
      small[i] = i == 0 ? 2 : i < 200 ? 0.001 : 0.004;
    }
    losses(small);
    assertThat(notes).isEmpty();
  }

  @Test
  void constantAndDeadChannelsAreSaidOnce() {
    layer(0, 4); // a tenth of 40
    assertThat(notes).isEmpty();
    layer(2, 5);
    layer(3, 6);
    assertThat(notes)
        .containsExactly(
            "warning: 2 of the 40 channels that reach batch norm 3 are the same for all rows of a"
                + " mini-batch, and leave it as beta: leave out features that do not vary; behind"
                + " other layers, lower the learning rate",
            "warning: 5 of the 40 channels of batch norm 3 are dead: they have one value for nearly"
                + " every row; lower the learning rate, or the weight decay of gamma and beta");
  }

  @Test
  void aRunTellsItsListener() throws IOException {
    RunOptions options =
        Runs.options(
            "network=[flatten, { dense { units = 6, biasInitializer = { constant = -1000 } } },"
                + " relu, batchNorm, { dense { units = 10 } }]");
    try (Runs.Run run = new Runs.Run(options, 1)) {
      run.trainer().run();
      assertThat(run.notes)
          .singleElement()
          .asString()
          .startsWith(
              "warning: 6 of the 6 channels that reach batch norm 3 are the same for all rows");
    }
  }
}
