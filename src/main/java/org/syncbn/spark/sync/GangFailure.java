package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.Optional;

/** Thrown if a gang cannot continue; the message gives the reason, as part of a sentence. */
final class GangFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private static final String UNREACHABLE =
      "an executor cannot connect to the gang's coordinator at";

  private final boolean permanent;
  private final String lostExecutor; // empty if none was

  /** As it was sent. */
  GangFailure(String reason, boolean permanent, String lostExecutor) {
    super(reason);
    this.permanent = permanent;
    this.lostExecutor = lostExecutor;
  }

  /** A failure that another attempt may avoid. */
  GangFailure(String reason) {
    this(reason, false, "");
  }

  /** A failure that every attempt would repeat. */
  static GangFailure permanent(String reason) {
    return new GangFailure(reason, true, "");
  }

  /** An executor cannot open a connection to the coordinator. */
  static GangFailure unreachable(GangTicket ticket, String reason) {
    return permanent(
        "%s %s:%d (%s): make the port reachable (spark.syncbn.coordinator.port sets it), set spark.syncbn.coordinator.host to a name by which executors reach the driver, or use the tree engine"
            .formatted(UNREACHABLE, ticket.host(), ticket.port(), reason));
  }

  /**
   * Of the job of a gang that Spark has ended.
   *
   * @param reason what {@link SparkFailures#reason} makes of it
   */
  static GangFailure ofJob(String reason) {
    return reason.startsWith(UNREACHABLE) ? permanent(reason) : new GangFailure(reason);
  }

  /** The thread of a task is to end; it stays interrupted. */
  static GangFailure interrupted() {
    Thread.currentThread().interrupt();
    return new GangFailure("the task was interrupted");
  }

  /** The connection to an executor is gone. */
  static GangFailure lost(Membership membership) {
    return new GangFailure(
        "the connection to " + membership + " was lost", false, membership.executor());
  }

  /** Not all tasks have come. */
  static GangFailure incomplete(int joined, int tasks, Duration timeout) {
    return new GangFailure(
        "%d of %d tasks were there within %d s".formatted(joined, tasks, timeout.toSeconds()));
  }

  /** Some tasks have not answered in time. */
  static GangFailure late(String tasks, Duration timeout) {
    return new GangFailure(tasks + " did not answer within " + timeout.toSeconds() + " s");
  }

  boolean isPermanent() {
    return permanent;
  }

  Optional<String> lostExecutor() {
    return Optional.of(lostExecutor).filter(executor -> !executor.isEmpty());
  }
}
