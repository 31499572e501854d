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
 */
record GangTicket(String attempt, String secret, String host, int port, GangOptions options)
    implements Serializable {

  boolean isInDriver() {
    return host.isEmpty();
  }

  /** Keeps the secret out of logs. */
  @Override
  public String toString() {
    return "GangTicket[" + attempt + "]";
  }
}
