package org.syncbn.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.ChannelAffine;
import org.syncbn.norm.ChannelAxis;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.tensor.Tensor;

/**
 * The same function with fewer layers: each batch norm that evaluates with running statistics,
 * directly behind a dense or convolution layer (not a transposed one), becomes part of that layer's
 * weights and bias.
 */
final class FoldedNetwork {

  private final Network original;
  private final Tensor originalWeights;
  private final List<BatchNormState> originalStates;
  private final Map<String, float[]> values = new HashMap<>(); // by the new name
  private final List<BatchNormState> states = new ArrayList<>();
  private int batchNorms; // of the original, met so far
  private Network network;

  private FoldedNetwork(Network original, Tensor weights, List<BatchNormState> states) {
    this.original = original;
    this.originalWeights = weights;
    this.originalStates = states;
  }

  static FoldedNetwork of(Network original, Tensor weights, List<BatchNormState> states) {
    FoldedNetwork folded = new FoldedNetwork(original, weights, states);
    List<LayerSpec> front = folded.fold(Network.FRONT, Network.FRONT, original.front());
    List<LayerSpec> layers = folded.fold("", "", original.layers());
    folded.network = Network.of(original.input(), front, layers, original.random());
    return folded;
  }

  Network network() {
    return network;
  }

  /** Writes the weights of the new network. */
  void putWeights(Tensor weights) {
    for (ParameterBlock block : network.parameters()) {
      block.write(weights, values.get(block.name()));
    }
  }

  List<BatchNormState> states() {
    return states;
  }

  private List<LayerSpec> fold(String oldPrefix, String newPrefix, List<LayerSpec> layers) {
    List<LayerSpec> folded = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec spec = layers.get(i);
      String oldName = oldPrefix + i;
      String newName = newPrefix + folded.size();
      Optional<LayerSpec> biased = withBias(spec);
      boolean absorbs =
          biased.isPresent()
              && i + 1 < layers.size()
              && layers.get(i + 1) instanceof NormalizationSpec.BatchNormalization next
              && next.options().statistics().evaluationSource() == StatisticsSource.RUNNING
              && next.options().statistics().axis() == ChannelAxis.CHANNELS;
      if (absorbs) {
        absorb(oldName, newName);
        folded.add(biased.get());
        i++;
      } else if (spec instanceof GraphSpec.Residual block) {
        folded.add(
            new GraphSpec.Residual(
                fold(oldName + ".body.", newName + ".body.", block.body()),
                fold(oldName + ".shortcut.", newName + ".shortcut.", block.shortcut())));
      } else if (spec instanceof GraphSpec.Join join) {
        List<GraphSpec.Branch> branches = new ArrayList<>();
        for (GraphSpec.Branch branch : join.branches()) {
          String inside = "." + branch.name() + ".";
          branches.add(
              new GraphSpec.Branch(
                  branch.name(),
                  branch.from(),
                  fold(oldName + inside, newName + inside, branch.layers())));
        }
        folded.add(
            join instanceof GraphSpec.Add
                ? new GraphSpec.Add(branches)
                : new GraphSpec.Concat(branches));
      } else {
        if (spec instanceof NormalizationSpec.BatchNormalization) {
          states.add(originalStates.get(batchNorms++));
        }
        for (ParameterBlock block : original.parameters()) {
          if (block.name().startsWith(oldName + ".")) {
            String rest = block.name().substring(oldName.length());
            values.put(newName + rest, block.read(originalWeights));
          }
        }
        folded.add(spec);
      }
    }
    return folded;
  }

  /** The layer with a bias, if it can take a batch norm in. */
  private static Optional<LayerSpec> withBias(LayerSpec spec) {
    if (spec instanceof LinearSpec.Dense dense) {
      return Optional.of(dense.with(LearnedWeights.Bias.PRESENT));
    }
    if (spec instanceof LinearSpec.Conv2d conv) {
      return Optional.of(conv.with(LearnedWeights.Bias.PRESENT));
    }
    if (spec instanceof LinearSpec.Conv1d conv) {
      return Optional.of(conv.with(LearnedWeights.Bias.PRESENT));
    }
    return Optional.empty();
  }

  private void absorb(String oldName, String newName) {
    int index = batchNorms++;
    ChannelAffine affine = original.batchNorms().get(index).inference(originalStates.get(index));
    ParameterBlock block = original.parameter(oldName + ".weight");
    int[] shape = block.shape().stream().mapToInt(Integer::intValue).toArray();
    values.put(newName + ".weight", affine.foldWeights(block.read(originalWeights), shape, 0));
    float[] bias =
        original.parameters().stream()
            .filter(other -> other.name().equals(oldName + ".bias"))
            .findFirst()
            .map(other -> other.read(originalWeights))
            .orElseGet(() -> new float[shape[0]]);
    values.put(newName + ".bias", affine.foldBias(bias));
  }
}
