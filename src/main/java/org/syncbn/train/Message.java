package org.syncbn.train;

import org.syncbn.tensor.Tensor;

/**
 * What the driver sends to every shard in one exchange. {@link WireFormat} is its form outside a
 * JVM. Immutable by convention: arrays are passed without a copy and must not be changed during the
 * exchange.
 */
public sealed interface Message {

  /** Which run of which driver: answers to another one are stale. */
  long run();

  /** The number of the step, counted over all epochs. */
  long step();

  /** Which exchange of the step, from 1. */
  int exchange();

  /**
   * The first message of a step: the committed state and what to do.
   *
   * @param run which run
   * @param step the number of the step
   * @param work what the shards shall do
   * @param weights all weights of the network, in its order of parameters // [weights]
   * @param statistics the running statistics of its batch-norm layers, in their order
   */
  record Begin(long run, long step, Work work, Tensor weights, double[] statistics)
      implements Message {
    @Override
    public int exchange() {
      return 1;
    }
  }

  /**
   * A later message of a step: the doubles that all shards agreed on in the exchange before.
   *
   * @param run which run
   * @param step the number of the step
   * @param exchange which exchange of the step, from 2
   * @param values the merged sums of exchange {@code exchange - 1}
   */
  record Agreed(long run, long step, int exchange, double[] values) implements Message {
    /** Checks the number of the exchange. */
    public Agreed {
      if (exchange < 2) {
        throw new IllegalArgumentException(
            "the first exchange of a step brings weights, so nothing is agreed in exchange "
                + exchange);
      }
    }
  }
}
