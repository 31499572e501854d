package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.nn.Network;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.Mode;
import org.syncbn.train.TrainingOptions.StatisticsScope;
import org.syncbn.train.TrainingPlan;

/**
 * The exchanges of one training step, in order, with the bytes of each message and answer.
 *
 * @param weightBytes of all weights: the first message has them, the last answer as many gradients
 * @param exchanges the exchanges
 */
public record StepTraffic(long weightBytes, List<Exchange> exchanges) {

  /**
   * One exchange.
   *
   * @param name what it agrees on
   * @param bytesDown of the message
   * @param bytesUp of one node of the reduction tree, to which a task merges its answers
   */
  public record Exchange(String name, long bytesDown, long bytesUp) {}

  /** Copies the list. */
  public StepTraffic {
    exchanges = List.copyOf(exchanges);
  }

  /**
   * The exchanges of a training step. The first message brings the weights and the running
   * statistics, the last answer the gradients and the sums of the loss and the metrics.
   *
   * <p>Between these, shards that agree on statistics exchange those of each layer that is
   * normalized with the mini-batch's, and the gradients of each layer on the way back. Shards on
   * statistics of their own have one exchange, whose answer brings their statistics too.
   *
   * @param batchRows rows of the mini-batch over all shards
   */
  public static StepTraffic of(TrainingPlan plan, int batchRows) {
    Network network = plan.network();
    long weights = (long) Float.BYTES * network.weightCount();
    boolean alone = plan.scope() == StatisticsScope.SHARD;
    long sums = bytes(plan.measures().length() + (alone ? 1 : 0)); // and whether to skip the step
    List<Exchange> exchanges = new ArrayList<>();
    long down = weights + bytes(network.statisticsLength());
    for (BatchNorm layer : network.batchNorms()) {
      long bytes = bytes(layer.statisticsLength(Mode.TRAINING, plan.slice(batchRows)));
      switch (plan.scope()) {
        case GLOBAL -> {
          if (bytes > 0) {
            exchanges.add(new Exchange("forward to " + layer.name(), down, bytes));
            down = bytes;
          }
        }
        case SHARD -> sums += bytes;
      }
    }
    for (BatchNorm layer : alone ? List.<BatchNorm>of() : network.batchNormsBackward()) {
      long bytes = bytes(layer.gradientLength(plan.slice(batchRows)));
      exchanges.add(new Exchange("backward to " + layer.name(), down, bytes));
      down = bytes;
    }
    exchanges.add(new Exchange("gradients", down, weights + sums));
    return new StepTraffic(weights, exchanges);
  }

  /**
   * The exchanges of a network of which only the size is known.
   *
   * @param weights how many
   * @param channels of each layer with synchronized batch norm, in the order of the layers
   */
  public static StepTraffic of(long weights, int... channels) {
    long weightBytes = Float.BYTES * weights;
    List<Exchange> exchanges = new ArrayList<>();
    long down = weightBytes + Arrays.stream(channels).mapToLong(c -> bytes(2 * c)).sum();
    for (int i = 0; i < channels.length; i++) {
      long moments = bytes(2 * channels[i] + 2);
      exchanges.add(new Exchange("forward to " + i, down, moments));
      down = moments;
    }
    for (int i = channels.length - 1; i >= 0; i--) {
      long gradients = bytes(2 * channels[i] + 1);
      exchanges.add(new Exchange("backward to " + i, down, gradients));
      down = gradients;
    }
    exchanges.add(new Exchange("gradients", down, weightBytes));
    return new StepTraffic(weightBytes, exchanges);
  }

  /** The same exchanges where weights and gradients take another way. */
  StepTraffic withoutWeights() {
    int last = exchanges.size() - 1;
    return new StepTraffic(
        0,
        IntStream.rangeClosed(0, last)
            .mapToObj(
                i -> {
                  Exchange exchange = exchanges.get(i);
                  return new Exchange(
                      exchange.name,
                      exchange.bytesDown - (i == 0 ? weightBytes : 0),
                      exchange.bytesUp - (i == last ? weightBytes : 0));
                })
            .toList());
  }

  private static long bytes(int doubles) {
    return (long) Double.BYTES * doubles;
  }

  /** All bytes of a step, both ways. */
  public long bytes() {
    return exchanges.stream().mapToLong(exchange -> exchange.bytesDown + exchange.bytesUp).sum();
  }
}
