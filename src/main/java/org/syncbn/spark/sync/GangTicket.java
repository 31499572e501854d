package org.syncbn.spark.sync;

import java.io.Serializable;

/**
 * The address and secret with which a task joins one attempt of a gang.
 *
 * @param attempt names the attempt
 * @param secret 256 random bits, for this attempt only
 * @param host where the coordinator listens; empty when the tasks are in the driver's JVM
 * @param port where the coordinator listens
 * @param options deadlines
 * @param kind who keeps the weights
 */
record GangTicket(
    String attempt, String secret, String host, int port, GangOptions options, EngineKind kind)
    implements Serializable {

  boolean isInDriver() {
    return host.isEmpty();
  }

  /** The secret of the attempt that a connection is for. */
  String secretOf(String other) {
    if (!attempt.equals(other)) {
      throw new IllegalArgumentException("this gang is not called " + other);
    }
    return secret;
  }

  /** Keeps the secret out of logs. */
  @Override
  public String toString() {
    return "GangTicket[" + attempt + "]";
  }
}
