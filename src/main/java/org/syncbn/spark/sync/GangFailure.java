package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.Optional;

/** Thrown if a gang cannot continue; the message gives the reason, as part of a sentence. */
final class GangFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final boolean permanent;
  private final String lostExecutor; // empty if none was

  private GangFailure(String reason, boolean permanent, String lostExecutor) {
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
