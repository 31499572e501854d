package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;

/**
 * How much direct memory the values of a pass take, known before the pass is made.
 *
 * @param bytesPerRow of values, and of gradients in training, for each row that is computed at once
 * @param keptBytesPerRow of what is kept of each row while others are computed, at most
 * @param scratchBytes that the layers use in turn, whatever the number of rows
 */
public record PassMemory(long bytesPerRow, long keptBytesPerRow, long scratchBytes) {

  /** Of a {@link TrainingPass}. */
  public static PassMemory ofTraining(Network network, MicroBatches microBatches) {
    List<Layer> layers = Layer.of(network, 1);
    ValueMemory memory = ValueMemory.forTraining(network, layers, 1, PlaceMasks.of(network, 1));
    long kept = 0;
    for (int i = 0; i < layers.size(); i++) {
      Node node = network.nodes().get(i);
      if (node.isBatchNorm() && microBatches.keepsAt(node.batchNorm())) {
        kept += bytes(memory, memory.liveValues(i)) + bytes(memory, memory.liveGradients(i));
      }
    }
    return new PassMemory(memory.bytes(), kept, scratchBytes(layers));
  }

  /** Of an {@link InferencePass}. */
  public static PassMemory ofInference(Network network) {
    List<Layer> layers = Layer.of(network, 1);
    return new PassMemory(
        ValueMemory.forInference(network, layers, 1).bytes(), 0, scratchBytes(layers));
  }

  private static long bytes(ValueMemory memory, int[] blocks) {
    return Arrays.stream(blocks).mapToLong(memory::blockBytes).sum();
  }

  private static long scratchBytes(List<Layer> layers) {
    return layers.stream()
        .filter(layer -> layer != null)
        .mapToLong(layer -> (long) Float.BYTES * layer.scratch())
        .max()
        .orElse(0);
  }

  /**
   * The bytes of a pass.
   *
   * @param rows of the pass
   * @param rowsAtOnce how many of them are computed at once
   */
  public long bytes(long rows, long rowsAtOnce) {
    boolean inPieces = rowsAtOnce < rows;
    return Math.min(rows, rowsAtOnce) * bytesPerRow
        + (inPieces ? rows * keptBytesPerRow : 0)
        + scratchBytes;
  }
}
