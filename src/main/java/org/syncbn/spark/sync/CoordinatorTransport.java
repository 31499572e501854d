package org.syncbn.spark.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallbackWithID;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.sasl.SecretKeyHolder;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import org.apache.spark.network.util.MapConfigProvider;
import org.apache.spark.network.util.TransportConf;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.WireFormat;
import scala.Tuple2;

/**
 * Connects the coordinator to the network, over Spark's own transport, with remote calls that are
 * answered once the coordinator has a reply.
 *
 * <p>A call is nodes in their {@link WireFormat}, or begins with one of two bytes that no wire
 * format begins with: {@link #JOIN} or {@link #FAIL}. A reply is a message in its wire form, or
 * empty when the gang ends. Long tensors go ahead of the call or reply that they belong to, as
 * streams: from the sender's tensor to the receiver's with no copy between but the network's. The
 * sender leaves a tensor as it is until the answer has come. Both sides prove that they know the
 * attempt's secret before anything else is read; encryption follows {@code
 * spark.network.crypto.enabled}.
 */
final class CoordinatorTransport {

  private static final byte JOIN = -1;
  private static final byte FAIL = -2;

  private static final String MODULE = "syncbn";
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** For streams, whose end is known from the call or reply after them. */
  private static final RpcResponseCallback NO_CALLBACK =
      new RpcResponseCallback() {
        @Override
        public void onSuccess(ByteBuffer reply) {}

        @Override
        public void onFailure(Throwable failure) {}
      };

  private CoordinatorTransport() {}

  /** Where a driver lets the executors of its gangs in. Thread-safe. */
  static final class Server implements AutoCloseable {

    private record Attempt(String secret, Coordinator coordinator) {}

    private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();
    private final Map<TransportClient, Inbox> inboxes = new ConcurrentHashMap<>();
    private final TransportContext context;
    private final TransportServer server;
    private final String host;

    /**
     * Listens.
     *
     * @throws EngineException if the port is taken
     */
    Server(SparkConf spark, GangOptions options) {
      String bindAddress =
          spark.get(
              "spark.syncbn.coordinator.bindAddress", spark.get("spark.driver.bindAddress", ""));
      host = spark.get("spark.syncbn.coordinator.host", spark.get("spark.driver.host"));
      TransportConf conf = conf(spark, options);
      context = new TransportContext(conf, new Calls());
      try {
        server =
            context.createServer(
                bindAddress.isEmpty() ? host : bindAddress,
                options.coordinatorPort(),
                List.of(new AuthServerBootstrap(conf, new Secrets(this::secret))));
      } catch (Exception e) { // a BindException that nobody declared
        context.close();
        throw new EngineException(
            "the gang's coordinator cannot listen on %s, port %d (%s): set spark.syncbn.coordinator.port to a free port, or to 0 for any"
                .formatted(host, options.coordinatorPort(), SparkFailures.reason(e)),
            e);
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
      server.close();
      context.close();
    }

    /** What authenticated executors call. */
    private final class Calls extends RpcHandler {

      private final StreamManager streams = new OneForOneStreamManager();

      @Override
      public void receive(TransportClient client, ByteBuffer call, RpcResponseCallback callback) {
        Attempt attempt = attempts.get(client.getClientId());
        Reply reply = new RemoteReply(client, callback);
        if (attempt == null) {
          reply.fail(new GangFailure("this gang is over"));
          return;
        }
        switch (call.get(call.position())) {
          case JOIN -> attempt.coordinator.join(client, readMembership(call), reply);
          case FAIL -> {
            attempt.coordinator.fail(readFailure(call));
            reply.end();
          }
          // Decoded here because the transport takes the buffer back.
          default ->
              attempt.coordinator.post(
                  client, inbox(client).read(call, WireFormat::unpackNodes), reply);
        }
      }

      @Override
      public StreamCallbackWithID receiveStream(
          TransportClient client, ByteBuffer head, RpcResponseCallback callback) {
        return inbox(client).receive(head);
      }

      private Inbox inbox(TransportClient client) {
        return inboxes.computeIfAbsent(client, unused -> new Inbox());
      }

      @Override
      public void channelInactive(TransportClient client) {
        inboxes.remove(client);
        attempts.values().forEach(attempt -> attempt.coordinator.lose(client));
      }

      @Override
      public StreamManager getStreamManager() {
        return streams;
      }
    }
  }

  private record RemoteReply(TransportClient client, RpcResponseCallback callback)
      implements Reply {
    @Override
    public void send(EncodedMessage message) {
      message.parcel().tensors().forEach(tensor -> sendAhead(client, tensor));
      callback.onSuccess(message.parcel().bytes().duplicate());
    }

    @Override
    public void end() {
      callback.onSuccess(NOTHING.duplicate());
    }

    @Override
    public void fail(GangFailure failure) {
      callback.onFailure(failure);
    }
  }

  /** An executor's connection to the coordinator. */
  static final class Client implements Connection {

    private static final Duration FAIL_TIMEOUT = Duration.ofSeconds(10);

    private final TransportContext context;
    private final TransportClientFactory factory;
    private final TransportClient client;
    private final Inbox inbox = new Inbox();

    /**
     * Connects.
     *
     * @throws GangFailure if the coordinator is not there or turns this ticket away
     */
    Client(SparkConf spark, GangTicket ticket) {
      TransportConf conf = conf(spark, ticket.options());
      context = new TransportContext(conf, new Streams());
      factory =
          context.createClientFactory(
              List.of(
                  new AuthClientBootstrap(
                      conf, ticket.attempt(), new Secrets(unused -> ticket.secret()))));
      try {
        client = factory.createUnmanagedClient(ticket.host(), ticket.port());
      } catch (IOException | RuntimeException e) {
        factory.close();
        context.close();
        throw new GangFailure(
            "coordinator %s:%d rejected this executor: %s"
                .formatted(ticket.host(), ticket.port(), SparkFailures.reason(e)));
      } catch (InterruptedException e) {
        factory.close();
        context.close();
        Thread.currentThread().interrupt();
        throw new GangFailure("the task was interrupted");
      }
    }

    @Override
    public void join(Membership membership, CompletableFuture<Optional<Message>> next) {
      client.sendRpc(write(membership), new Next(next));
    }

    @Override
    public void post(List<Node> nodes, CompletableFuture<Optional<Message>> next) {
      WireFormat.Parcel parcel = WireFormat.pack(nodes);
      parcel.tensors().forEach(tensor -> sendAhead(client, tensor));
      client.sendRpc(parcel.bytes(), new Next(next));
    }

    @Override
    public void fail(GangFailure failure) {
      if (client.isActive()) {
        try {
          client.sendRpcSync(write(failure), FAIL_TIMEOUT.toMillis());
        } catch (RuntimeException e) {
          // The coordinator is gone or has dismissed this attempt: either way the driver knows.
          failure.addSuppressed(e);
        }
      }
    }

    @Override
    public void close() {
      client.close();
      factory.close();
      context.close();
    }

    /** What the coordinator sends ahead of its replies. */
    private final class Streams extends NoOpRpcHandler {
      @Override
      public StreamCallbackWithID receiveStream(
          TransportClient coordinator, ByteBuffer head, RpcResponseCallback callback) {
        return inbox.receive(head);
      }
    }

    /** A reply, decoded while its buffer lives. */
    private final class Next implements RpcResponseCallback {

      private final CompletableFuture<Optional<Message>> next;

      Next(CompletableFuture<Optional<Message>> next) {
        this.next = next;
      }

      @Override
      public void onSuccess(ByteBuffer reply) {
        try {
          next.complete(
              reply.hasRemaining()
                  ? Optional.of(inbox.read(reply, WireFormat::unpackMessage))
                  : Optional.empty());
        } catch (RuntimeException e) {
          next.completeExceptionally(e);
        }
      }

      @Override
      public void onFailure(Throwable failure) {
        next.completeExceptionally(failure);
      }
    }
  }

  private static void sendAhead(TransportClient client, Tensor tensor) {
    ByteBuffer head = ByteBuffer.allocate(4).putInt(tensor.size()).flip();
    client.uploadStream(
        new NioManagedBuffer(head), new NioManagedBuffer(tensor.bytes()), NO_CALLBACK);
  }

  /** What comes over one connection. For the thread that reads it. */
  private static final class Inbox {

    private final TensorMemory memory = new TensorMemory();
    private final List<Tensor> ahead = new ArrayList<>();

    /** Takes a tensor that is sent ahead. */
    StreamCallbackWithID receive(ByteBuffer head) {
      Tensor tensor = memory.apply(head.getInt(head.position()));
      ByteBuffer bytes = tensor.bytes();
      return new StreamCallbackWithID() {
        @Override
        public String getID() {
          return "tensor";
        }

        @Override
        public void onData(String id, ByteBuffer some) {
          bytes.put(some);
        }

        @Override
        public void onComplete(String id) {
          ahead.add(tensor);
        }

        @Override
        public void onFailure(String id, Throwable cause) {} // the connection is lost
      };
    }

    /** Reads what the tensors were sent ahead of. They are used again by the next that come. */
    <T> T read(ByteBuffer bytes, BiFunction<WireFormat.Parcel, IntFunction<Tensor>, T> format) {
      try {
        return format.apply(new WireFormat.Parcel(bytes, ahead), memory);
      } finally {
        ahead.clear();
        memory.rewind();
      }
    }
  }

  private static ByteBuffer write(Membership membership) {
    byte[] executor = membership.executor().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(1 + 4 + 4 * membership.tasks().size() + executor.length);
    out.put(JOIN).putInt(membership.tasks().size());
    membership.tasks().forEach(out::putInt);
    return out.put(executor).flip();
  }

  private static Membership readMembership(ByteBuffer call) {
    ByteBuffer in = call.duplicate().position(call.position() + 1);
    int count = in.getInt();
    List<Integer> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(in.getInt());
    }
    return new Membership(StandardCharsets.UTF_8.decode(in).toString(), tasks);
  }

  private static ByteBuffer write(GangFailure failure) {
    byte[] reason = failure.getMessage().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(2 + reason.length);
    return out.put(FAIL).put((byte) (failure.isPermanent() ? 1 : 0)).put(reason).flip();
  }

  private static GangFailure readFailure(ByteBuffer call) {
    ByteBuffer in = call.duplicate().position(call.position() + 1);
    boolean permanent = in.get() == 1;
    String reason = StandardCharsets.UTF_8.decode(in).toString();
    return permanent ? GangFailure.permanent(reason) : new GangFailure(reason);
  }

  private static TransportConf conf(SparkConf spark, GangOptions options) {
    Map<String, String> settings = new HashMap<>();
    for (Tuple2<String, String> setting : spark.getAll()) {
      settings.put(setting._1, setting._2);
    }
    // A reply is awaited as long as the slowest task works; the margin is the driver's.
    long connectionTimeout = options.exchangeTimeout().plusMinutes(1).toSeconds();
    settings.putIfAbsent("spark.syncbn.io.connectionTimeout", connectionTimeout + "s");
    settings.putIfAbsent(
        "spark.syncbn.io.connectionCreationTimeout", options.startTimeout().toSeconds() + "s");
    settings.putIfAbsent("spark.syncbn.io.clientThreads", "1");
    settings.put("spark.network.crypto.saslFallback", "false");
    return new TransportConf(MODULE, new MapConfigProvider(settings));
  }

  private record Secrets(UnaryOperator<String> byAttempt) implements SecretKeyHolder {
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
