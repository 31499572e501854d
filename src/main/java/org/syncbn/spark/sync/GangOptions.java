package org.syncbn.spark.sync;

import java.io.Serializable;
import java.time.Duration;
import org.apache.spark.SparkConf;

/**
 * Deadlines and addresses of a {@link GangEngine}; the configuration keys are {@code
 * spark.syncbn.*}.
 *
 * @param exchangeTimeout how long the slowest task may take for one exchange; {@code
 *     spark.syncbn.exchangeTimeout}
 * @param startTimeout how long executors may take to be there and all tasks to have joined; {@code
 *     spark.syncbn.startTimeout}
 * @param attempts how often one exchange is tried before its failure is reported; {@code
 *     spark.syncbn.attempts}
 * @param coordinatorPort where the driver listens, 0 for any free port; {@code
 *     spark.syncbn.coordinator.port}
 */
public record GangOptions(
    Duration exchangeTimeout, Duration startTimeout, int attempts, int coordinatorPort)
    implements Serializable {

  static final String EXECUTOR_PORT = "spark.syncbn.executor.port";

  static final int LAST_PORT = 65_535;

  private static final String COORDINATOR_PORT = "spark.syncbn.coordinator.port";

  /** Ten minutes for an exchange, two for a start, four attempts, any port. */
  public static final GangOptions DEFAULT =
      new GangOptions(Duration.ofMinutes(10), Duration.ofMinutes(2), 4, 0);

  /** Checks that deadlines and attempts are positive. */
  public GangOptions {
    if (exchangeTimeout.isNegative() || exchangeTimeout.isZero()) {
      throw new IllegalArgumentException("spark.syncbn.exchangeTimeout must be positive");
    }
    if (startTimeout.isNegative() || startTimeout.isZero()) {
      throw new IllegalArgumentException("spark.syncbn.startTimeout must be positive");
    }
    if (attempts < 1) {
      throw new IllegalArgumentException(
          "spark.syncbn.attempts must be at least 1, was " + attempts);
    }
    checkPort(COORDINATOR_PORT, coordinatorPort);
  }

  private static void checkPort(String key, int port) {
    if (port < 0 || port > LAST_PORT) {
      throw new IllegalArgumentException(key + " is not a port: " + port);
    }
  }

  /** What a configuration says, {@link #DEFAULT} where it says nothing. */
  public static GangOptions from(SparkConf conf) {
    checkPort(EXECUTOR_PORT, conf.getInt(EXECUTOR_PORT, 0)); // executors read it themselves
    return new GangOptions(
        seconds(conf, "spark.syncbn.exchangeTimeout", DEFAULT.exchangeTimeout),
        seconds(conf, "spark.syncbn.startTimeout", DEFAULT.startTimeout),
        conf.getInt("spark.syncbn.attempts", DEFAULT.attempts),
        conf.getInt(COORDINATOR_PORT, DEFAULT.coordinatorPort));
  }

  private static Duration seconds(SparkConf conf, String key, Duration otherwise) {
    return Duration.ofSeconds(conf.getTimeAsSeconds(key, otherwise.toSeconds() + "s"));
  }
}
