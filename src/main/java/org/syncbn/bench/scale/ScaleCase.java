package org.syncbn.bench.scale;

import org.syncbn.spark.sync.LinkBytes;
import org.syncbn.spark.sync.Placement;
import org.syncbn.spark.sync.StepTraffic;

/**
 * A cluster, and the size of a training step on it.
 *
 * @param engine that runs the step
 * @param executors of one task each
 * @param weights of the network
 * @param megabits of every link in each direction, in 10^6 bits a second
 */
record ScaleCase(ScaleEngine engine, int executors, long weights, int megabits) {

  /** The exchanges of a step of {@link DenseRun}. */
  private StepTraffic traffic() {
    return StepTraffic.of(weights, DenseRun.CLASSES);
  }

  /** The bytes of a step by formula. */
  LinkBytes bytes() {
    return LinkBytes.of(engine.kind(), traffic(), placement());
  }

  /** How many round trips, or stages of jobs, a step has. */
  int rounds() {
    return LinkBytes.rounds(engine.kind(), traffic(), placement());
  }

  /** How many messages an executor sends to other executors. */
  int peerMessages() {
    return LinkBytes.peerMessages(engine.kind(), traffic(), placement());
  }

  private Placement placement() {
    return new Placement(executors, executors, executors);
  }

  /** Bytes of the link and direction that carries most, by formula. */
  long busiestDirection() {
    LinkBytes bytes = bytes();
    return Math.max(
        Math.max(bytes.driverOut(), bytes.driverIn()),
        Math.max(bytes.executorOut(), bytes.executorIn()));
  }

  /** How long a step's bytes take that pass links one after the other. */
  double linkSeconds() {
    return bytes().inTurn() * 8 / (megabits * 1e6);
  }

  @Override
  public String toString() {
    return "%s, %d executor%s, %,d weights, %,d Mbit/s"
        .formatted(engine.label(), executors, executors == 1 ? "" : "s", weights, megabits);
  }
}
