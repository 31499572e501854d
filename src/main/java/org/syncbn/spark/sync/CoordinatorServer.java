package org.syncbn.spark.sync;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.server.TransportServer;
import org.apache.spark.network.util.TransportConf;
import org.syncbn.train.WireFormat;

/**
 * Where a driver lets the executors of its gangs in. Their calls are answered once the coordinator
 * has a reply. Thread-safe.
 */
final class CoordinatorServer implements AutoCloseable {

  private record Attempt(String secret, Coordinator coordinator) {}

  private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();
  private final TransportContext context;
  private final TransportServer server;
  private final String host;

  /**
   * Listens.
   *
   * @throws EngineException if the port is taken
   */
  CoordinatorServer(SparkConf spark, GangOptions options, EngineKind kind) {
    String bindAddress =
        spark.get(
            "spark.syncbn.coordinator.bindAddress", spark.get("spark.driver.bindAddress", ""));
    host = spark.get("spark.syncbn.coordinator.host", spark.get("spark.driver.host"));
    TransportConf conf = GangTransport.conf(spark, options);
    context = new TransportContext(conf, new Calls(kind));
    try {
      server =
          context.createServer(
              bindAddress.isEmpty() ? host : bindAddress,
              options.coordinatorPort(),
              List.of(new AuthServerBootstrap(conf, new GangTransport.Secrets(this::secret))));
    } catch (Exception e) { // a BindException that nobody declared
      context.close();
      throw new EngineException(
          "the gang's coordinator cannot listen on %s, port %d (%s): set spark.syncbn.coordinator.port to a free port, or to 0 for any"
              .formatted(host, options.coordinatorPort(), SparkFailures.reason(e)),
          e);
    } catch (Error e) {
      context.close();
      throw e;
    }
  }

  String host() {
    return host;
  }

  int port() {
    return server.getPort();
  }

  /** Lets the executors of an attempt in. */
  void admit(String attempt, String secret, Coordinator coordinator) {
    attempts.put(attempt, new Attempt(secret, coordinator));
  }

  /** Turns the executors of an attempt away from now on. */
  void dismiss(String attempt) {
    attempts.remove(attempt);
  }

  private String secret(String attempt) {
    Attempt known = attempts.get(attempt);
    if (known == null) {
      throw new IllegalArgumentException("no gang is called " + attempt);
    }
    return known.secret;
  }

  @Override
  public void close() {
    try {
      server.close();
    } finally {
      context.close();
    }
  }

  /** What authenticated executors call. */
  private final class Calls extends ReceivingHandler {

    /** Gradients come every step, what slices keep only now and then. */
    Calls(EngineKind kind) {
      super(() -> kind.keepsWeights() ? 0 : 1);
    }

    @Override
    public void receive(TransportClient client, ByteBuffer call, RpcResponseCallback callback) {
      Attempt attempt = attempts.get(client.getClientId());
      Reply reply = new RemoteReply(client, callback);
      if (attempt == null) {
        reply.fail(new GangFailure("this gang is over"));
        return;
      }
      Coordinator coordinator = attempt.coordinator;
      switch (GangCalls.kind(call)) {
        case GangCalls.JOIN -> coordinator.join(client, GangCalls.readJoin(call), reply);
        case GangCalls.READY -> coordinator.ready(client, reply);
        case GangCalls.FAIL -> {
          coordinator.fail(GangCalls.readFailure(call));
          reply.end();
        }
        // Decoded here because the transport takes the buffer back.
        default ->
            coordinator.post(client, inbox(client).read(call, WireFormat::unpackNodes), reply);
      }
    }

    @Override
    public void channelInactive(TransportClient client) {
      super.channelInactive(client);
      attempts.values().forEach(attempt -> attempt.coordinator.lose(client));
    }
  }

  private record RemoteReply(TransportClient client, RpcResponseCallback callback)
      implements Reply {
    @Override
    public void roster(List<Membership> members) {
      callback.onSuccess(GangCalls.roster(members));
    }

    @Override
    public void send(EncodedMessage message) {
      GangTransport.sendAhead(client, message.parcel());
      callback.onSuccess(message.parcel().bytes().duplicate());
    }

    @Override
    public void end() {
      callback.onSuccess(GangCalls.nothing());
    }

    @Override
    public void fail(GangFailure failure) {
      callback.onFailure(failure);
    }
  }
}
