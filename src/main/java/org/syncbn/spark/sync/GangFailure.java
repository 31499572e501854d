package org.syncbn.spark.sync;

import java.util.Optional;

/** A gang that cannot go on; the message says why, as a part of a sentence. */
final class GangFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final boolean permanent;
  private final String lostExecutor; // empty if none was

  private GangFailure(String reason, boolean permanent, String lostExecutor) {
    super(reason);
    this.permanent = permanent;
    this.lostExecutor = lostExecutor;
  }

  /** A failure that another attempt may not meet. */
  GangFailure(String reason) {
    this(reason, false, "");
  }

  /** A failure that every attempt would meet. */
  static GangFailure permanent(String reason) {
    return new GangFailure(reason, true, "");
  }

  /** The connection to an executor is gone. */
  static GangFailure lost(Membership membership) {
    return new GangFailure(
        "the connection to " + membership + " was lost", false, membership.executor());
  }

  boolean isPermanent() {
    return permanent;
  }

  Optional<String> lostExecutor() {
    return Optional.of(lostExecutor).filter(executor -> !executor.isEmpty());
  }
}
