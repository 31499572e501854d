package io.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;

/**
 * The exchanges of one training step, in order, with the bytes that each carries to and from every
 * executor.
 *
 * @param exchanges the exchanges
 */
public record StepTraffic(List<Exchange> exchanges) {

  /**
   * One exchange.
   *
   * @param name what it agrees on
   * @param bytesDown of the message to each executor
   * @param bytesUp of the answer of each executor
   */
  public record Exchange(String name, long bytesDown, long bytesUp) {}

  /**
   * A batch-norm layer whose statistics are agreed on.
   *
   * @param name of the layer
   * @param channels how many it has
   */
  public record Layer(String name, int channels) {
    long forwardBytes() {
      return Double.BYTES * (2L * channels + 1);
    }

    long backwardBytes() {
      return Double.BYTES * 2L * channels;
    }
  }

  /** Copies the list. */
  public StepTraffic {
    exchanges = List.copyOf(exchanges);
  }

  /**
   * The 2L + 1 exchanges of a network with L synchronized batch-norm layers. The first message
   * brings the weights, the last answer the gradients.
   *
   * @param layers the batch-norm layers, in the order of the forward pass
   * @param weights how many weights the network has
   */
  public static StepTraffic of(List<Layer> layers, long weights) {
    List<Exchange> exchanges = new ArrayList<>();
    long down = weights * Float.BYTES;
    for (Layer layer : layers) {
      exchanges.add(new Exchange("forward to " + layer.name, down, layer.forwardBytes()));
      down = layer.forwardBytes();
    }
    for (int i = layers.size() - 1; i >= 0; i--) {
      Layer layer = layers.get(i);
      exchanges.add(new Exchange("backward to " + layer.name, down, layer.backwardBytes()));
      down = layer.backwardBytes();
    }
    exchanges.add(new Exchange("gradients", down, weights * Float.BYTES));
    return new StepTraffic(exchanges);
  }

  /** All bytes of a step, both ways. */
  public long bytes() {
    return exchanges.stream().mapToLong(exchange -> exchange.bytesDown + exchange.bytesUp).sum();
  }
}
