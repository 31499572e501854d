package org.syncbn.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.syncbn.nn.Network;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.norm.BatchNorm;
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

  private static final String MEAN = ".running_mean";
  private static final String VARIANCE = ".running_var";
  private static final String DEVIATION = ".running_deviation";
  private static final String STEPS = ".num_batches_tracked";
  private static final String UPDATES = ".running_updates";

  /** All arrays by name, in the order of the layers. */
  public Map<String, StoredArray> named(Network network) {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    for (ParameterBlock block : network.parameters()) {
      int[] shape = block.shape().stream().mapToInt(Integer::intValue).toArray();
      arrays.put(block.name(), StoredArray.of(block.read(weights), shape));
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
    try {
      return find(network, arrays, file);
    } catch (ArithmeticException e) {
      throw new FileFormatException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private static NetworkArrays find(Network network, Map<String, StoredArray> arrays, String file) {
    Set<String> left = new HashSet<>(arrays.keySet());
    Tensor weights = Tensor.zeros(network.weightCount());
    for (ParameterBlock block : network.parameters()) {
      int[] shape = block.shape().stream().mapToInt(Integer::intValue).toArray();
      block.write(weights, find(arrays, left, block.name(), shape, file).floats());
    }
    List<BatchNormState> states = new ArrayList<>();
    List<BatchNormState> fresh = network.initialStates(weights);
    for (int i = 0; i < fresh.size(); i++) {
      BatchNorm layer = network.batchNorms().get(i);
      try {
        states.add(state(layer, fresh.get(i), arrays, left, file));
      } catch (ArithmeticException e) {
        throw new FileFormatException(
            "%s is damaged: layer %s, %s".formatted(file, layer.name(), e.getMessage()), e);
      }
    }
    if (!left.isEmpty()) {
      throw new FileFormatException(
          file + " holds '" + left.iterator().next() + "', which the network does not have");
    }
    return new NetworkArrays(weights, network.withParameters(states, weights));
  }

  private static BatchNormState state(
      BatchNorm layer,
      BatchNormState fresh,
      Map<String, StoredArray> arrays,
      Set<String> left,
      String file) {
    String name = layer.name();
    int channels = layer.channels();
    boolean deviates = fresh.runningDeviation().length > 0;
    long steps = find(arrays, left, name + STEPS, new int[0], file).integer();
    return BatchNormState.of(
        fresh.gamma(),
        fresh.beta(),
        find(arrays, left, name + MEAN, new int[] {channels}, file).doubles(),
        find(arrays, left, name + VARIANCE, new int[] {channels}, file).doubles(),
        deviates
            ? find(arrays, left, name + DEVIATION, new int[] {channels}, file).doubles()
            : new double[0],
        steps,
        arrays.containsKey(name + UPDATES)
            ? find(arrays, left, name + UPDATES, new int[0], file).integer()
            : steps);
  }

  private static StoredArray find(
      Map<String, StoredArray> arrays, Set<String> left, String name, int[] shape, String file) {
    StoredArray array = arrays.get(name);
    left.remove(name);
    if (array == null) {
      throw new FileFormatException(file + " has no '" + name + "', which the network needs");
    }
    if (!Arrays.equals(array.shape(), shape)) {
      throw new FileFormatException(
          file
              + ": '"
              + name
              + "' has the shape "
              + Arrays.toString(array.shape())
              + ", the network needs "
              + Arrays.toString(shape));
    }
    return array;
  }
}
