package org.syncbn.nn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which gradients of a training step leave after which exchange, where they may leave before the
 * end. Weights lie in the order of the layers, and the way back takes the layers in reverse, so it
 * is always a range at the end of those that are left. It follows from the network alone, so nobody
 * has to be told. Immutable.
 */
public final class Departures implements Serializable {

  private static final long serialVersionUID = 1;

  /** Before the end of a step at least this many gradients leave together: 64 KiB. */
  private static final int FEWEST = 1 << 14;

  private final int[] starts; // by exchange, from 0: gradients from here on have left after it

  /**
   * Some adjacent weights.
   *
   * @param from the first
   * @param to one past the last
   */
  public record Range(int from, int to) {

    /** Whether there are none. */
    public boolean isEmpty() {
      return from >= to;
    }

    /** Those that are in both. */
    public Range and(Range other) {
      return new Range(Math.max(from, other.from), Math.min(to, other.to));
    }
  }

  private Departures(int[] starts) {
    this.starts = starts;
  }

  /** All gradients leave at the end of a step of one exchange. */
  public static Departures atEnd(Network network) {
    return new Departures(new int[] {network.weightCount(), 0});
  }

  /**
   * Gradients leave once the shards have caught up with the exchange after which they are final:
   * those of all layers behind the batch norm that it is about. Few of them wait for more.
   */
  public static Departures of(Network network) {
    return of(network, FEWEST);
  }

  static Departures of(Network network, int fewest) {
    int last = network.exchanges();
    int[] starts = new int[last + 1];
    Arrays.fill(starts, 0, last, network.weightCount());
    boolean[] isReached = network.isReachedBackward();
    int exchange = last;
    int end = 0; // of the arrays up to a node
    for (Node node : network.nodes()) {
      for (ParameterBlock block : node.parameters()) {
        end = Math.max(end, block.offset() + block.size());
      }
      if (node.isBatchNorm() && isReached[node.y()]) {
        starts[--exchange] = end;
      }
    }
    for (int early = 1; early < last; early++) {
      if (starts[early - 1] - starts[early] < fewest) {
        starts[early] = starts[early - 1];
      }
    }
    return new Departures(starts);
  }

  /** How many exchanges a step has; the last answer has the gradients that are left. */
  public int exchanges() {
    return starts.length - 1;
  }

  /** The weights whose gradients leave when the shards have caught up with an exchange, from 1. */
  public Range after(int exchange) {
    return new Range(starts[exchange], starts[exchange - 1]);
  }

  /** Whether some leave after an exchange that is not the last one. */
  public boolean isEarly(int exchange) {
    return exchange < exchanges() && !after(exchange).isEmpty();
  }

  /** In how many parts the gradients of some weights leave. */
  public int parts(Range weights) {
    return (int)
        IntStream.rangeClosed(1, exchanges())
            .filter(exchange -> !after(exchange).and(weights).isEmpty())
            .count();
  }
}
