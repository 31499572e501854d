package org.syncbn.spark.sync;

import java.io.Serializable;

/**
 * The address and secret with which a task joins one attempt of a gang.
 *
 * @param attempt names the attempt
 * @param secret 256 random bits, for this attempt only
 * @param host where the coordinator listens; empty when it is in the tasks' JVM
 * @param port where the coordinator listens
 * @param options deadlines
 */
record GangTicket(String attempt, String secret, String host, int port, GangOptions options)
    implements Serializable {

  boolean isInDriver() {
    return host.isEmpty();
  }

  /**
   * How long a thread looks for news before it sleeps. Not at all over a network, which takes
   * longer, nor where it would keep a processor from the tasks and the driver's thread.
   */
  long spinNanos(int tasks) {
    return isInDriver() && tasks < Runtime.getRuntime().availableProcessors() ? 50_000 : 0;
  }

  /** Keeps the secret out of logs. */
  @Override
  public String toString() {
    return "GangTicket[" + attempt + "]";
  }
}
