package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.syncbn.data.GeneratedImages;
import org.syncbn.nn.Measures;
import org.syncbn.tensor.Tensor;

/** A look at a mini-batch sees what a training step sees. */
class ProbeTest {

  private static final double RATE = 0.5;
  private static final int ROWS = 96;

  /** Whose only mini-batch is all of its rows, shared by all shards. */
  private static RunOptions oneStep() {
    return Runs.options(
        "optimizer.sgd.learningRate=" + RATE,
        "data.generatedRows=" + ROWS,
        "data.validation=none",
        "training.epochs=1",
        "training.batchSize=" + ROWS,
        "network=[{ dense { units = 24, bias = false } }, batchNorm, sigmoid, { dense { units = 10"
            + " } }]");
  }

  private static Probe probe(Runs.Run run, RunOptions options) {
    return new Probe(run.run.plan(), GeneratedImages.draw(options.seed(), 0, ROWS).rows(), ROWS);
  }

  @Test
  void itsGradientIsWhatAStepOfGradientDescentGoesAlong() throws IOException {
    RunOptions options = oneStep();
    try (Runs.Run run = new Runs.Run(options, 2)) {
      Tensor before = copy(run.run.trained().arrays().weights());
      Probe probe = probe(run, options);
      double loss = probe.at(before, run.run.trained().arrays().states());
      run.trainer().run();

      Tensor after = run.run.trained().arrays().weights();
      for (int i = 0; i < before.size(); i++) {
        double expected = (before.get(i) - after.get(i)) / RATE;
        assertThat((double) probe.gradient().get(i)).isCloseTo(expected, within(2e-6));
      }
      assertThat(loss).isCloseTo(run.run.history().get(0).train().get(Measures.LOSS), within(1e-6));
    }
  }

  @Test
  void itSeesWhatReachesALayer() throws IOException {
    RunOptions options = oneStep();
    try (Runs.Run run = new Runs.Run(options, 1)) {
      Probe probe = probe(run, options);
      probe.at(run.run.trained().arrays().weights(), run.run.trained().arrays().states());

      Tensor activations = probe.input("3");
      assertThat(activations.size()).isEqualTo(ROWS * 24);
      double sum = 0;
      for (int i = 0; i < activations.size(); i++) {
        assertThat(activations.get(i)).isBetween(0f, 1f);
        double x = activations.get(i);
        sum += Math.log(x / (1 - x)); // what the sigmoid was given, which batch norm centres
      }
      assertThat(sum / activations.size()).isCloseTo(0, within(1e-5));
    }
  }

  @Test
  void aLayerThatIsNotThereIsNamed() throws IOException {
    RunOptions options = oneStep();
    try (Runs.Run run = new Runs.Run(options, 1)) {
      assertThatThrownBy(() -> probe(run, options).input("7"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("no layer has the name 7");
    }
  }

  private static Tensor copy(Tensor values) {
    Tensor copy = Tensor.zeros(values.shape());
    copy.copyFrom(values);
    return copy;
  }
}
