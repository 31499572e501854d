package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.syncbn.nn.BatchNormReport;
import org.syncbn.norm.StatisticsDrift;

@Timeout(120)
class StepResultTest {

  private final List<StepResult> steps = new ArrayList<>();
  private final List<LayersResult> layers = new ArrayList<>();
  private final List<EpochResult> epochs = new ArrayList<>();

  private void train(String... settings) throws IOException {
    try (Runs.Run run = new Runs.Run(Runs.options(settings), 2)) {
      run.run
          .trainer(
              run.engine,
              new TrainingListener() {
                @Override
                public void onStep(StepResult result) {
                  steps.add(result);
                }

                @Override
                public void onLayers(LayersResult result) {
                  layers.add(result);
                }

                @Override
                public void onEpoch(EpochResult result) {
                  epochs.add(result);
                }
              })
          .run();
    }
  }

  @Test
  void theLossOfAnEpochIsTheMeanOverItsSteps() throws IOException {
    train("optimizer={sgd{learningRate{exponential{initial=0.5,factor=0.5,everySteps=1}}}}");
    assertThat(steps)
        .extracting(StepResult::step)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 10).boxed().toList());
    assertThat(steps.stream().map(StepResult::learningRate).limit(3))
        .containsExactly(0.5, 0.25, 0.125);
    for (EpochResult epoch : epochs) {
      double sum = 0;
      long rows = 0;
      for (StepResult step : steps) {
        if (step.epoch() == epoch.epoch()) {
          sum += step.loss() * step.rows();
          rows += step.rows();
        }
      }
      assertThat(rows).isEqualTo(310);
      assertThat(epoch.train().get("loss")).isCloseTo(sum / rows, within(1e-9));
    }
  }

  @Test
  void theLastStepOfAnEpochTellsOfTheLayers() throws IOException {
    String norm = "{batchNorm{runningAverage{weightOfNew=1},runningVariance=population}}";
    train("network=[flatten,{dense{units=4}},%s,relu,{dense{units=10}}]".formatted(norm));
    assertThat(layers).extracting(LayersResult::epoch).containsExactly(1, 2);
    assertThat(layers).extracting(LayersResult::step).containsExactly(5L, 10L);
    BatchNormReport report = layers.get(1).batchNorms().get(0);
    // Running averages that take the new statistics alone are those of the mini-batch.
    assertThat(report)
        .isEqualTo(new BatchNormReport(report.layer(), 4, new StatisticsDrift(0, 1, 1, 0), 0));
    assertThat(layers.get(1).gradientNorms())
        .containsOnlyKeys("1.weight", "1.bias", "2.weight", "2.bias", "4.weight", "4.bias");
  }

  @Test
  void theNormsOfGradientsAreThoseThatPlainDescentMovesWeightsBy() throws IOException {
    String[] settings = {
      "network=[flatten,{dense{units=10}}]",
      "optimizer={sgd{learningRate=0.5}}",
      "training.batchSize=310",
      "training.epochs=1"
    };
    try (Runs.Run run = new Runs.Run(Runs.options(settings), 2)) {
      float[] before = run.run.trained().arrays().weights().toArray();
      train(settings);
      run.trainer().run();
      float[] after = run.run.trained().arrays().weights().toArray();
      double squares = 0;
      for (int i = 0; i < before.length; i++) {
        squares += Math.pow((before[i] - after[i]) / 0.5, 2);
      }
      double norms =
          layers.get(0).gradientNorms().values().stream().mapToDouble(norm -> norm * norm).sum();
      assertThat(Math.sqrt(norms)).isCloseTo(Math.sqrt(squares), within(1e-5));
    }
  }
}
