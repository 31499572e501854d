package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.syncbn.train.Runs.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.data.Block;
import org.syncbn.data.ShardData;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.NetworkArrays;
import org.syncbn.nn.Network;
import org.syncbn.norm.BatchNormState;

/** Running averages replaced by the statistics of all training rows when training is over. */
@Timeout(120)
class PreciseStatisticsTest {

  private static final String NETWORK =
      "network=[{dense=12},batchNorm,relu,{dropout=0.3},"
          + "{residual{body=[{dense=12},batchNorm,relu,{dropout=0.2}]}},"
          + "{batchNorm{preset=keras,evaluationSource=batch}},{dense=10}]";
  private static final String PRECISE = "training.preciseStatistics=true";

  @TempDir private Path folder;

  @Test
  void theyAreThoseOfOnePassInDoubleOverTheWholeTrainingSet() throws IOException {
    RunOptions options = options(NETWORK, PRECISE);
    NetworkArrays precise = arrays(options, 2);
    NetworkArrays averages = arrays(options(NETWORK), 2);

    assertThat(precise.weights().toArray()).isEqualTo(averages.weights().toArray());
    Reference reference = new Reference(options, precise);
    for (int norm = 0; norm < 3; norm++) {
      BatchNormState found = precise.states().get(norm);
      double[] mean = reference.mean(norm);
      double[] variance = reference.variance(norm);
      double averagesAreOff = 0;
      for (int c = 0; c < mean.length; c++) {
        double deviation = Math.sqrt(variance[c]);
        assertThat(found.runningMean()[c]).isCloseTo(mean[c], within(2e-6 * deviation));
        assertThat(found.runningVariance()[c]).isCloseTo(variance[c], within(2e-6 * variance[c]));
        double average = averages.states().get(norm).runningMean()[c];
        averagesAreOff = Math.max(averagesAreOff, Math.abs(average - mean[c]) / deviation);
      }
      assertThat(averagesAreOff).isGreaterThan(1e-2);
    }
  }

  @Test
  void recalibrationWithoutTrainingGivesTheSameAsAtTheEndOfARun() throws IOException {
    NetworkArrays precise = arrays(options(NETWORK, PRECISE), 2);
    try (Runs.Run run = new Runs.Run(options(NETWORK), 2)) {
      Trainer trainer = run.trainer();
      trainer.run();
      assertThat(run.run.trained().arrays().states()).isNotEqualTo(precise.states());
      long steps = run.run.step();
      trainer.recalibrate();
      assertThat(run.run.step()).isEqualTo(steps);
      assertThat(run.run.trained().arrays().weights().toArray())
          .isEqualTo(precise.weights().toArray());
      assertThat(run.run.trained().arrays().states()).isEqualTo(precise.states());
      assertThat(run.notes).hasSize(1).allMatch(note -> note.contains("3 batch norms"));
    }
  }

  @Test
  void shardsWithoutRowsAndTheWireFormChangeNothing() throws IOException {
    String[] settings = {NETWORK, PRECISE, "shards=64", "data.generatedRows=90"};
    assertThat(Runs.train(options(settings), Runs.WireEngine::new, folder.resolve("wire")))
        .isEqualTo(Runs.train(options(settings), 2, folder.resolve("direct")))
        .isEqualTo(Runs.train(options(settings), 1, folder.resolve("one")));
  }

  @Test
  void theyAreOfTheBestEpochWhereThatIsRestored() throws IOException {
    String[] stopping = {
      NETWORK,
      PRECISE,
      "training.epochs=6",
      "training.earlyStopping={monitor=loss,patience=9}",
      "optimizer.momentum.learningRate=0.6"
    };
    try (Runs.Run run = new Runs.Run(options(stopping), 2)) {
      run.trainer().run();
      assertThat(run.notes.get(0)).contains("3 batch norms are those of all 3");
      assertThat(run.notes.get(1)).startsWith("the weights are those of the best epoch");
      Reference reference = new Reference(options(stopping), run.run.trained().arrays());
      assertThat(run.run.trained().arrays().states().get(1).runningMean())
          .containsExactly(reference.mean(1), within(1e-5));
    }
  }

  @Test
  void frozenStatisticsStayAndWithoutAnyASentenceSaysSo() throws IOException {
    for (String network :
        List.of(
            "network=[{dense=8},relu,{dense=10}]",
            "network=[{dense=8},{batchNorm{runningUpdate=false}},{dense=10}]")) {
      try (Runs.Run run = new Runs.Run(options(network, PRECISE), 1)) {
        run.trainer().run();
        assertThat(run.notes)
            .containsExactly(
                "the network has no batch norm whose running statistics could be recalibrated");
        run.run
            .trained()
            .arrays()
            .states()
            .forEach(state -> assertThat(state.runningMean()).containsOnly(0));
        assertThat(run.model().description().at("/provenance/runningStatistics").asText())
            .isIn("", "averages");
      }
    }
  }

  @Test
  void aRunThatHasEndedIsMadePreciseWhenItIsResumed() throws IOException {
    byte[] whole = Runs.train(options(NETWORK, PRECISE), 2, folder.resolve("whole"));
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    try (Runs.Run run = new Runs.Run(options(NETWORK), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.trainer().run();
      assertThat(Runs.weights(run, folder.resolve("averages"))).isNotEqualTo(whole);
      assertThat(run.model().description().at("/provenance/runningStatistics").asText())
          .isEqualTo("averages");
    }
    try (Runs.Run run = new Runs.Run(options(NETWORK, PRECISE), 1)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.run.resume();
      assertThat(run.trainer().run()).isTrue();
      assertThat(Runs.weights(run, folder.resolve("resumed"))).isEqualTo(whole);
      assertThat(run.model().description().at("/provenance/runningStatistics").asText())
          .isEqualTo("of all training rows");
    }
  }

  @Test
  void whoeverStopsThemKeepsTheCheckpointAsItWas() throws IOException {
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    byte[] whole = Runs.train(options(NETWORK, PRECISE), 2, folder.resolve("whole"));
    List<Trainer> trainer = new ArrayList<>();
    Runs.EngineFactory stopsInStatistics =
        (plan, shards) -> {
          Engine engine = new InProcessEngine(plan, shards, 1);
          return new Engine() {
            @Override
            public Merged exchange(Message message) {
              if (message instanceof Message.Begin begin
                  && begin.work() instanceof Work.Statistics statistics
                  && statistics.batchNorm() == 1) {
                trainer.get(0).stop();
              }
              return engine.exchange(message);
            }

            @Override
            public int concurrency() {
              return 1;
            }

            @Override
            public void close() {
              engine.close();
            }
          };
        };
    try (Runs.Run run = new Runs.Run(options(NETWORK, PRECISE), stopsInStatistics)) {
      run.run.keepCheckpointsIn(checkpoints);
      trainer.add(run.trainer());
      assertThat(trainer.get(0).run()).isFalse();
    }
    try (Runs.Run run = new Runs.Run(options(NETWORK, PRECISE), 1)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.run.resume();
      assertThat(run.trainer().run()).isTrue();
      assertThat(Runs.weights(run, folder.resolve("resumed"))).isEqualTo(whole);
    }
  }

  private static NetworkArrays arrays(RunOptions options, int threads) throws IOException {
    try (Runs.Run run = new Runs.Run(options, threads)) {
      run.trainer().run();
      return run.run.trained().arrays();
    }
  }

  /** The network of this test in double, over all training rows at once. */
  private static final class Reference {

    private final Network network;
    private final NetworkArrays arrays;
    private final List<double[][]> inputs = new ArrayList<>(); // of each batch norm

    Reference(RunOptions options, NetworkArrays arrays) throws IOException {
      RunData data = RunData.read(options.data(), options.seed());
      this.network =
          TrainedModel.network(options.network(), data.training().schema(), options.seed());
      this.arrays = arrays;
      double[][] first = normalized(dense("0", rows(options, data)));
      double[][] body = normalized(dense("4.body.0", relu(first)));
      relu(body);
      for (int row = 0; row < body.length; row++) {
        for (int c = 0; c < body[row].length; c++) {
          body[row][c] += first[row][c];
        }
      }
      normalized(body);
    }

    double[] mean(int norm) {
      double[] sum = new double[inputs.get(norm)[0].length];
      for (double[] row : inputs.get(norm)) {
        for (int c = 0; c < sum.length; c++) {
          sum[c] += row[c] / inputs.get(norm).length;
        }
      }
      return sum;
    }

    /** Of the sample, but for the third batch norm. */
    double[] variance(int norm) {
      double[][] rows = inputs.get(norm);
      double[] mean = mean(norm);
      double[] sum = new double[mean.length];
      for (double[] row : rows) {
        for (int c = 0; c < sum.length; c++) {
          sum[c] += (row[c] - mean[c]) * (row[c] - mean[c]) / (rows.length - (norm == 2 ? 0 : 1));
        }
      }
      return sum;
    }

    private static double[][] rows(RunOptions options, RunData data) {
      List<double[]> rows = new ArrayList<>();
      for (ShardData shard :
          data.partition(options.data().validation(), options.shards(), options.seed())) {
        Block block = shard.training();
        for (int row = 0; row < block.rows(); row++) {
          double[] features = new double[block.features()];
          for (int i = 0; i < features.length; i++) {
            features[i] = (float) options.data().featureScale() * block.feature(row, i);
          }
          rows.add(features);
        }
      }
      return rows.toArray(double[][]::new);
    }

    private double[][] dense(String name, double[][] rows) {
      float[] weights = network.parameter(name + ".weight").read(arrays.weights());
      float[] bias = network.parameter(name + ".bias").read(arrays.weights());
      double[][] outputs = new double[rows.length][bias.length];
      for (int row = 0; row < rows.length; row++) {
        for (int unit = 0; unit < bias.length; unit++) {
          double sum = bias[unit];
          for (int i = 0; i < rows[row].length; i++) {
            sum += rows[row][i] * weights[unit * rows[row].length + i];
          }
          outputs[row][unit] = sum;
        }
      }
      return outputs;
    }

    /** By the statistics of all rows, as the state has to hold them. */
    private double[][] normalized(double[][] rows) {
      int norm = inputs.size();
      inputs.add(rows);
      double[] mean = mean(norm);
      double[] variance = variance(norm);
      float[] gamma = arrays.states().get(norm).gamma();
      float[] beta = arrays.states().get(norm).beta();
      double[][] outputs = new double[rows.length][mean.length];
      for (int row = 0; row < rows.length; row++) {
        for (int c = 0; c < mean.length; c++) {
          outputs[row][c] =
              gamma[c] * (rows[row][c] - mean[c]) / Math.sqrt(variance[c] + 1e-5) + beta[c];
        }
      }
      return outputs;
    }

    private static double[][] relu(double[][] rows) {
      for (double[] row : rows) {
        for (int c = 0; c < row.length; c++) {
          row[c] = Math.max(0, row[c]);
        }
      }
      return rows;
    }
  }
}
