package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.nn.Network;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.Mode;
import org.syncbn.train.TrainingOptions.StatisticsScope;
import org.syncbn.train.TrainingPlan;

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
    List<BatchNorm> backward = new ArrayList<>();
    for (BatchNorm layer : network.batchNorms()) {
      long bytes = bytes(layer.statisticsLength(Mode.TRAINING, plan.slice(batchRows)));
      switch (plan.scope()) {
        case GLOBAL -> {
          if (bytes > 0) {
            exchanges.add(new Exchange("forward to " + layer.name(), down, bytes));
            down = bytes;
          }
          backward.add(0, layer);
        }
        case SHARD -> sums += bytes;
      }
    }
    for (BatchNorm layer : backward) {
      long bytes = bytes(layer.gradientLength(plan.slice(batchRows)));
      exchanges.add(new Exchange("backward to " + layer.name(), down, bytes));
      down = bytes;
    }
    exchanges.add(new Exchange("gradients", down, weights + sums));
    return new StepTraffic(exchanges);
  }

  private static long bytes(int doubles) {
    return (long) Double.BYTES * doubles;
  }

  /** All bytes of a step, both ways. */
  public long bytes() {
    return exchanges.stream().mapToLong(exchange -> exchange.bytesDown + exchange.bytesUp).sum();
  }
}
