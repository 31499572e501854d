package org.syncbn.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.syncbn.nn.Network;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.norm.BatchNormState;
import org.syncbn.tensor.Tensor;

/**
 * A network's weights and running statistics as named arrays, and back.
 *
 * <p>Names and shapes are PyTorch's: {@code 0.weight}, {@code 1.running_mean}, {@code
 * 1.num_batches_tracked}. Running statistics are float64, as they are kept. Batch renormalization
 * adds {@code running_deviation}; layers with ghost batches add {@code running_updates}.
 *
 * @param weights the flat vector // [weights]
 * @param states of the batch-norm layers, in their order
 */
public record NetworkArrays(Tensor weights, List<BatchNormState> states) {

  static final String MEAN = ".running_mean";
  static final String VARIANCE = ".running_var";
  static final String DEVIATION = ".running_deviation";
  static final String STEPS = ".num_batches_tracked";
  static final String UPDATES = ".running_updates";

  /** All arrays by name, in the order of the layers: views of the weights. */
  public Map<String, StoredArray> named(Network network) {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    for (ParameterBlock block : network.parameters()) {
      int[] shape = block.shape().stream().mapToInt(Integer::intValue).toArray();
      arrays.put(
          block.name(),
          StoredArray.ofFloats(
              (from, run, length) -> block.read(weights, from, run, length), shape));
    }
    for (int i = 0; i < states.size(); i++) {
      String name = network.batchNorms().get(i).name();
      BatchNormState state = states.get(i);
      arrays.put(name + MEAN, StoredArray.of(state.runningMean(), state.channels()));
      arrays.put(name + VARIANCE, StoredArray.of(state.runningVariance(), state.channels()));
      if (state.runningDeviation().length > 0) {
        arrays.put(name + DEVIATION, StoredArray.of(state.runningDeviation(), state.channels()));
      }
      arrays.put(name + STEPS, StoredArray.of(state.steps()));
      if (state.updates() != state.steps()) {
        arrays.put(name + UPDATES, StoredArray.of(state.updates()));
      }
    }
    return arrays;
  }

  /**
   * Finds a network's arrays among named ones.
   *
   * @param file where they come from, for sentences
   * @throws FileFormatException if one is missing, has another shape, holds numbers that no layer
   *     can have, or does not belong to the network
   */
  public static NetworkArrays of(Network network, Map<String, StoredArray> arrays, String file) {
    NetworkArraysReader reader =
        new NetworkArraysReader(network, Tensor.zeros(network.weightCount()), file);
    arrays.forEach(reader::receive);
    return reader.finish();
  }
}
