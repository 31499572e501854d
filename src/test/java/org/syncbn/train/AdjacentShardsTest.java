package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shards that are opened together answer what each answers alone. */
class AdjacentShardsTest {

  /** Products of many sizes, biases, a residual block, layer norm. */
  private static final String[] WIDE = {
    "network=[flatten,{dense=256},batchNorm,relu,{residual=[{dense=256},batchNorm]},relu,"
        + "{dense{units=70,bias=false}},layerNorm,{dropout=0.2},{dense=10}]",
    "training.batchSize=150",
    "training.epochs=1"
  };

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"8,2", "8,3", "8,8", "5,5", "7,4"})
  void togetherTheyHaveTheSameBits(int shards, int together) throws IOException {
    RunOptions options = Runs.options("shards=" + shards);
    assertThat(train(options, together)).isEqualTo(train(options, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 7, 8})
  void wideLayersTogetherHaveTheSameBits(int together) throws IOException {
    RunOptions options = Runs.options(WIDE);
    assertThat(train(options, together)).isEqualTo(train(options, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 40})
  void shardsWithoutRowsChangeNothing(int together) throws IOException {
    RunOptions options = Runs.options("shards=40", "training.batchSize=20", "training.epochs=1");
    assertThat(train(options, together)).isEqualTo(train(options, 1));
  }

  private byte[] train(RunOptions options, int together) throws IOException {
    return Runs.train(
        options,
        (plan, shards) -> new Runs.WireEngine(plan, shards, together),
        folder.resolve("model-" + together));
  }
}
