package org.syncbn.spark.sync;

import org.syncbn.spark.sync.StepTraffic.Exchange;

/**
 * The bytes of one training step on the links of a cluster, by engine. Pure functions of the step's
 * exchanges and of how the run is spread; frames, closures and acknowledgements are left out.
 *
 * <p>A link carries both directions at once. A step passes through phases, one after the other
 * (messages down, then answers up), and each takes as long as its busiest direction: {@link
 * #inTurn} adds these up.
 *
 * @param driverOut sent by the driver
 * @param driverIn received by the driver
 * @param executorOut sent by the busiest executor
 * @param executorIn received by the busiest executor
 * @param inTurn the sum of the busiest direction of each phase, on any link
 */
public record LinkBytes(
    long driverOut, long driverIn, long executorOut, long executorIn, long inTurn) {

  private static final LinkBytes NONE = new LinkBytes(0, 0, 0, 0, 0);

  /** {@code spark.broadcast.blockSize}, Spark's default. */
  private static final long BROADCAST_BLOCK = 4L << 20;

  /** The bytes of an engine. In one process none pass a link. */
  public static LinkBytes of(EngineKind kind, StepTraffic traffic, Placement placement) {
    return switch (kind) {
      case IN_PROCESS -> NONE;
      case GANG -> gang(traffic, placement);
      case SLICES -> slices(traffic, placement);
      case TREE -> tree(traffic, placement);
    };
  }

  /**
   * How many rounds an engine takes for a step: round trips, or stages of jobs. An exchange of the
   * tree that cuts its answers into slices takes two.
   */
  public static int rounds(EngineKind kind, StepTraffic traffic, Placement placement) {
    int exchanges = traffic.exchanges().size();
    return switch (kind) {
      case IN_PROCESS -> 0;
      case GANG -> exchanges;
      case SLICES -> exchanges + 1; // the update
      case TREE ->
          exchanges
              + (int)
                  traffic.exchanges().stream()
                      .filter(exchange -> isSliced(exchange.bytesUp(), placement))
                      .count();
    };
  }

  /**
   * How many messages an executor sends to other executors in a step: with slices gradients to each
   * owner and new weights to all, with the tree a part of each answer that is cut into slices.
   */
  public static int peerMessages(EngineKind kind, StepTraffic traffic, Placement placement) {
    int others = placement.executors() - 1;
    return switch (kind) {
      case IN_PROCESS, GANG -> 0;
      case SLICES -> 2 * others;
      case TREE -> others * (rounds(kind, traffic, placement) - traffic.exchanges().size());
    };
  }

  /** A phase of its own. */
  static LinkBytes phase(long driverOut, long driverIn, long executorOut, long executorIn) {
    long busiest = Math.max(Math.max(driverOut, driverIn), Math.max(executorOut, executorIn));
    return new LinkBytes(driverOut, driverIn, executorOut, executorIn, busiest);
  }

  /** This, then that. */
  LinkBytes then(LinkBytes next) {
    return new LinkBytes(
        driverOut + next.driverOut,
        driverIn + next.driverIn,
        executorOut + next.executorOut,
        executorIn + next.executorIn,
        inTurn + next.inTurn);
  }

  /** Both directions of the driver's link. */
  public long driver() {
    return driverOut + driverIn;
  }

  /** Both directions of the busiest executor's link. */
  public long executor() {
    return executorOut + executorIn;
  }

  /** Both directions of the busiest link. */
  public long busiest() {
    return Math.max(driver(), executor());
  }

  /**
   * The gang, a star: each message goes to every executor, and what its tasks merge to the driver.
   */
  public static LinkBytes gang(StepTraffic traffic, Placement placement) {
    return traffic.exchanges().stream()
        .map(exchange -> star(exchange, placement))
        .reduce(NONE, LinkBytes::then);
  }

  private static LinkBytes star(Exchange exchange, Placement placement) {
    Placement joined = placement.joined();
    long up = exchange.bytesUp();
    return phase(exchange.bytesDown() * placement.executors(), 0, 0, exchange.bytesDown())
        .then(phase(0, up * joined.nodes(), up * joined.nodesOfExecutor(), 0));
  }

  /**
   * The tree: long weights are broadcast; all later messages of the step go with every job, once to
   * each executor; answers go to the driver, or where they are long in slices from executor to
   * executor and then, merged, to the driver.
   */
  public static LinkBytes tree(StepTraffic traffic, Placement placement) {
    LinkBytes step = NONE;
    long inClosure = 0;
    for (Exchange exchange : traffic.exchanges()) {
      boolean isBroadcast =
          exchange == traffic.exchanges().get(0) && StepMessages.isBroadcast(exchange.bytesDown());
      if (isBroadcast) {
        step = step.then(broadcast(exchange.bytesDown(), placement.executors()));
      } else {
        inClosure += exchange.bytesDown();
      }
      step =
          step.then(phase(inClosure * placement.executors(), 0, 0, inClosure))
              .then(answers(exchange.bytesUp(), placement));
    }
    return step;
  }

  static LinkBytes answers(long bytesUp, Placement placement) {
    long ofExecutor = bytesUp * placement.nodesOfExecutor();
    return isSliced(bytesUp, placement)
        ? slices(ofExecutor, placement.executors())
            .then(phase(0, bytesUp, bytesUp / placement.executors(), 0))
        : phase(0, bytesUp * placement.nodes(), ofExecutor, 0);
  }

  /** Whether the tree engine merges answers on the executors. */
  static boolean isSliced(long bytesUp, Placement placement) {
    return TreeEngine.isSliced(bytesUp * placement.nodesOfTask(), placement.tasks());
  }

  /** Each executor keeps its own slice and exchanges the others. */
  private static LinkBytes slices(long bytes, int executors) {
    long others = bytes - bytes / executors;
    return phase(0, 0, others, others);
  }

  /**
   * A torrent broadcast: executors fetch blocks in random order, each from the driver or one of the
   * executors that have it, all alike. When a fraction p of the blocks has come to every executor,
   * each has a block with that probability, and so the next one comes from the driver with {@code
   * (1 - (1 - p)^executors) / (p * executors)}. So the driver sends everything once to each
   * executor where there is one block, and about {@code log(executors) + 0.6} times where there are
   * many.
   */
  static LinkBytes broadcast(long bytes, int executors) {
    long blocks = (bytes + BROADCAST_BLOCK - 1) / BROADCAST_BLOCK;
    double copies = executors; // of the first block that each fetches
    for (long had = 1; had < blocks; had++) {
      double p = (double) had / blocks;
      copies += (1 - Math.pow(1 - p, executors)) / p;
    }
    long driverOut = (long) (bytes * copies / blocks);
    return phase(driverOut, 0, bytes - driverOut / executors, bytes);
  }

  /**
   * Weights and optimizer in slices that executors own: each sends every owner its part of the
   * gradients and receives the new weights. The driver's link carries statistics only.
   */
  public static LinkBytes slices(StepTraffic traffic, Placement placement) {
    long weights = traffic.weightBytes();
    return gang(traffic.withoutWeights(), placement)
        .then(slices(weights * placement.joined().nodesOfExecutor(), placement.executors()))
        .then(slices(weights, placement.executors()));
  }
}
