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
 * Finds a network's arrays among those of a file that is being read. Weights go to their places at
 * once, so no array is in memory twice. Not thread-safe.
 */
public final class NetworkArraysReader implements Safetensors.Receiver {

  private final Network network;
  private final Tensor weights;
  private final String file;
  private final Map<String, ParameterBlock> awaited = new LinkedHashMap<>();
  private final Map<String, StoredArray> others = new LinkedHashMap<>();
  private final int mostChannels;

  /**
   * Waits for a network's arrays.
   *
   * @param weights takes them // [weights]
   * @param file where they come from, for sentences
   */
  public NetworkArraysReader(Network network, Tensor weights, String file) {
    this.network = network;
    this.weights = weights;
    this.file = file;
    network.parameters().forEach(block -> awaited.put(block.name(), block));
    this.mostChannels = network.batchNorms().stream().mapToInt(BatchNorm::channels).max().orElse(0);
  }

  @Override
  public void receive(String name, StoredArray array) {
    ParameterBlock block = awaited.get(name);
    if (block != null && Arrays.equals(array.shape(), shape(block))) {
      array.floatsTo((from, run, length) -> block.write(weights, from, run, length));
      awaited.remove(name);
    } else { // what is too long to be statistics is only named in a sentence
      others.put(name, array.size() <= Math.max(1, mostChannels) ? array.copy() : array);
    }
  }

  /**
   * The arrays, when all were received.
   *
   * @throws FileFormatException if one is missing, has another shape, holds numbers that no layer
   *     can have, or does not belong to the network
   */
  public NetworkArrays finish() {
    try {
      return find();
    } catch (ArithmeticException e) {
      throw new FileFormatException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private NetworkArrays find() {
    Set<String> left = new HashSet<>(others.keySet());
    awaited.forEach((name, block) -> find(left, name, shape(block)));
    List<BatchNormState> states = new ArrayList<>();
    List<BatchNormState> fresh = network.initialStates(weights);
    for (int i = 0; i < fresh.size(); i++) {
      BatchNorm layer = network.batchNorms().get(i);
      try {
        states.add(state(layer, fresh.get(i), left));
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

  private BatchNormState state(BatchNorm layer, BatchNormState fresh, Set<String> left) {
    String name = layer.name();
    int[] channels = {layer.channels()};
    boolean deviates = fresh.runningDeviation().length > 0;
    long steps = find(left, name + NetworkArrays.STEPS).integer();
    return BatchNormState.of(
        fresh.gamma(),
        fresh.beta(),
        find(left, name + NetworkArrays.MEAN, channels).doubles(),
        find(left, name + NetworkArrays.VARIANCE, channels).doubles(),
        deviates ? find(left, name + NetworkArrays.DEVIATION, channels).doubles() : new double[0],
        steps,
        others.containsKey(name + NetworkArrays.UPDATES)
            ? find(left, name + NetworkArrays.UPDATES).integer()
            : steps);
  }

  private StoredArray find(Set<String> left, String name, int... shape) {
    StoredArray array = others.get(name);
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

  private static int[] shape(ParameterBlock block) {
    return block.shape().stream().mapToInt(Integer::intValue).toArray();
  }
}
