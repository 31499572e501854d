package org.syncbn.spark.internals;

import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.netty.SparkTransportConf;
import org.apache.spark.network.util.TransportConf;
import scala.Option;

/**
 * How Spark protects its connections.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class Transports {

  private Transports() {}

  /**
   * The settings {@code spark.MODULE.*} of a transport, which uses TLS where Spark's own remote
   * calls do: with the key and trust stores of {@code spark.ssl.rpc.*}, their passwords from a
   * credential provider, and what these inherit from {@code spark.ssl.*}. For a JVM of Spark.
   */
  public static TransportConf conf(SparkConf settings, String module) {
    return SparkTransportConf.fromSparkConf(
        settings, module, 0, Option.empty(), Option.apply(security().getRpcSSLOptions()));
  }

  /** Whether Spark encrypts what the driver sends with its tasks. */
  public static boolean areEncrypted(SparkConf settings) {
    boolean isAuthenticated = security().isAuthenticationEnabled();
    return security().isSslRpcEnabled()
        || isAuthenticated && settings.getBoolean("spark.network.crypto.enabled", false)
        || isAuthenticated && settings.getBoolean("spark.authenticate.enableSaslEncryption", false);
  }

  private static SecurityManager security() {
    return SparkEnv.get().securityManager();
  }
}
