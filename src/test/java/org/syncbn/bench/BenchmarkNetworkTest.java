package org.syncbn.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.nn.Network;
import org.syncbn.nn.Shape;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.train.RunOptions;

class BenchmarkNetworkTest {

  /** As many as {@code sum(p.numel() for p in net.parameters())} in train_peer.py. */
  @ParameterizedTest
  @CsvSource({
    "MLP, 269834",
    "MLP_NO_BN, 269322",
    "CNN, 20538",
    "CNN_NO_BN, 20490",
    "RESIDUAL, 19706",
    "SEPARABLE, 9034"
  })
  void networksHaveAsManyWeightsAsThoseOfThePeer(BenchmarkNetwork network, int weights) {
    RunOptions options = network.options(BenchmarkOptimizer.MOMENTUM);
    boolean flat = network == BenchmarkNetwork.MLP || network == BenchmarkNetwork.MLP_NO_BN;
    Shape input = flat ? Shape.features(784) : Shape.image(1, 28, 28);
    Network built = Network.of(input, options.network(), CounterRandom.of(1));
    assertThat(built.weightCount()).isEqualTo(weights);
  }

  @ParameterizedTest
  @EnumSource(BenchmarkOptimizer.class)
  void everyOptimizerIsOneOfARunFile(BenchmarkOptimizer optimizer) {
    RunOptions options = BenchmarkNetwork.MLP.options(optimizer);
    assertThat(options.json().get("optimizer").fieldNames().next())
        .isEqualToIgnoringCase(optimizer.label());
  }
}
