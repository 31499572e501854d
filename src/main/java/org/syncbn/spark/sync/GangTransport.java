package org.syncbn.spark.sync;

import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkConf;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.sasl.SecretKeyHolder;
import org.apache.spark.network.util.TransportConf;
import org.syncbn.spark.internals.Transports;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.WireFormat;

/**
 * What all connections of a gang have in common: Spark's own transport, and its settings.
 *
 * <p>Both sides of a connection prove that they know the attempt's secret before anything else is
 * read; encryption follows {@code spark.ssl.rpc.enabled} and {@code spark.network.crypto.enabled}.
 * Long tensors go ahead of the call or reply that they belong to, as streams: from the sender's
 * tensor to the receiver's with no copy between but the network's. The sender leaves a tensor as it
 * is until the answer has come.
 */
final class GangTransport {

  private static final String MODULE = "syncbn";

  /** For streams, whose end is known from the call or reply after them. */
  private static final RpcResponseCallback NO_CALLBACK =
      new RpcResponseCallback() {
        @Override
        public void onSuccess(ByteBuffer reply) {}

        @Override
        public void onFailure(Throwable failure) {}
      };

  private GangTransport() {}

  /** Sends the long tensors of what is sent next. */
  static void sendAhead(TransportClient client, WireFormat.Parcel parcel) {
    for (Tensor tensor : parcel.tensors()) {
      ByteBuffer head = ByteBuffer.allocate(4).putInt(tensor.size()).flip();
      client.uploadStream(
          new NioManagedBuffer(head), new NioManagedBuffer(tensor.bytes()), NO_CALLBACK);
    }
  }

  static TransportConf conf(SparkConf spark, GangOptions options) {
    // A reply is awaited as long as the slowest task works; the margin is the driver's.
    long connectionTimeout = options.exchangeTimeout().plusMinutes(1).toSeconds();
    SparkConf settings =
        spark
            .clone()
            .setIfMissing("spark.syncbn.io.connectionTimeout", connectionTimeout + "s")
            .setIfMissing(
                "spark.syncbn.io.connectionCreationTimeout",
                spark.get("spark.syncbn.connectTimeout", "20s"))
            .setIfMissing("spark.syncbn.io.clientThreads", "1")
            .set("spark.network.crypto.saslFallback", "false");
    return Transports.conf(settings, MODULE);
  }

  /** The secrets of attempts. */
  record Secrets(UnaryOperator<String> byAttempt) implements SecretKeyHolder {
    @Override
    public String getSaslUser(String attempt) {
      return MODULE;
    }

    @Override
    public String getSecretKey(String attempt) {
      return byAttempt.apply(attempt);
    }
  }
}
