package org.syncbn.spark.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.server.TransportServer;
import org.apache.spark.network.server.TransportServerBootstrap;
import org.apache.spark.network.util.TransportConf;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.WireFormat;

/** An executor's connections to the other executors of its gang. */
final class PeerLinks implements Peers, AutoCloseable {

  /** A connection on which this executor sends. */
  private record Link(Membership member, TransportClient client) {}

  private final Arrivals arrivals;
  private final Consumer<GangFailure> onLoss;
  private final TransportContext context;
  private final TransportServer server;
  private final TransportClientFactory factory;
  private final List<Link> links = new CopyOnWriteArrayList<>(); // read while it grows
  private final Queue<CompletableFuture<Void>> underWay = new ConcurrentLinkedQueue<>();
  private int me;
  private volatile int parts; // of the gradients of a step that each of the others sends
  private volatile boolean closed;

  /**
   * Listens.
   *
   * @param host under which the other executors reach this one
   * @param arrivals where goes what they send
   * @param onLoss is told if one is gone
   * @throws GangFailure if the port is taken
   */
  PeerLinks(
      SparkConf spark,
      GangTicket ticket,
      String host,
      Arrivals arrivals,
      Consumer<GangFailure> onLoss) {
    this.arrivals = arrivals;
    this.onLoss = onLoss;
    TransportConf conf = GangTransport.conf(spark, ticket.options());
    GangTransport.Secrets secrets = new GangTransport.Secrets(ticket::secretOf);
    context = new TransportContext(conf, new Calls());
    factory =
        context.createClientFactory(
            List.of(new AuthClientBootstrap(conf, ticket.attempt(), secrets)));
    server = listen(spark, host, List.of(new AuthServerBootstrap(conf, secrets)));
  }

  /** Listens on the port that is set, or on one of those behind it if others here have it. */
  private TransportServer listen(
      SparkConf spark, String host, List<TransportServerBootstrap> bootstraps) {
    int first = spark.getInt(GangOptions.EXECUTOR_PORT, 0);
    int behind = first == 0 ? 0 : spark.getInt("spark.port.maxRetries", 16);
    int last = Math.min(first + behind, GangOptions.LAST_PORT);
    for (int port = first; ; port++) {
      try {
        return context.createServer(host, port, bootstraps);
      } catch (Exception e) { // a BindException that nobody declared
        if (port >= last) {
          factory.close();
          context.close();
          throw GangFailure.permanent(
              "an executor cannot listen on %s, ports %d to %d (%s): set %s to 0 for any port, or to one that is free on all machines, with spark.port.maxRetries of them behind it for the executors that share a machine"
                  .formatted(
                      host, first, last, SparkFailures.reason(e), GangOptions.EXECUTOR_PORT));
        }
      } catch (Error e) {
        factory.close();
        context.close();
        throw e;
      }
    }
  }

  int port() {
    return server.getPort();
  }

  /**
   * Connects to all others.
   *
   * @param roster the executors, in the order of their places
   * @param me the place of this one
   * @param parts in which the others send a step's gradients here
   * @throws GangFailure if one cannot be reached
   */
  void connect(List<Membership> roster, int me, int parts) {
    this.me = me;
    this.parts = parts;
    for (int i = 0; i < roster.size(); i++) {
      Membership member = roster.get(i);
      links.add(new Link(member, i == me ? null : connect(member)));
    }
  }

  private TransportClient connect(Membership member) {
    try {
      return factory.createUnmanagedClient(member.host(), member.port());
    } catch (IOException | RuntimeException e) {
      throw new GangFailure(
          "%s cannot be reached at %s:%d by other executors: %s"
              .formatted(member, member.host(), member.port(), SparkFailures.reason(e)));
    } catch (InterruptedException e) {
      throw GangFailure.interrupted();
    }
  }

  @Override
  public void sendGradients(int owner, long number, List<Node> nodes) {
    send(links.get(owner), GangCalls.GRADIENTS, number, nodes);
  }

  @Override
  public void sendWeights(long number, Node slice) {
    for (int i = 1; i < links.size(); i++) {
      send(links.get((me + i) % links.size()), GangCalls.WEIGHTS, number, List.of(slice));
    }
  }

  private synchronized void send(Link link, byte kind, long number, List<Node> nodes) {
    WireFormat.Parcel parcel = WireFormat.pack(nodes);
    GangTransport.sendAhead(link.client, parcel);
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    underWay.add(arrived);
    link.client.sendRpc(GangCalls.part(kind, number, parcel.bytes()), new Arrival(link, arrived));
  }

  @Override
  public void awaitArrival() {
    for (var arrived = underWay.poll(); arrived != null; arrived = underWay.poll()) {
      Uplink.await(arrived);
    }
  }

  private void lose(Membership member) {
    if (!closed) {
      GangFailure failure = GangFailure.lost(member);
      arrivals.fail(failure);
      onLoss.accept(failure);
    }
  }

  /** What a receiver says of a call. */
  private final class Arrival implements RpcResponseCallback {

    private final Link link;
    private final CompletableFuture<Void> arrived;

    Arrival(Link link, CompletableFuture<Void> arrived) {
      this.link = link;
      this.arrived = arrived;
    }

    @Override
    public void onSuccess(ByteBuffer reply) {
      arrived.complete(null);
    }

    @Override
    public void onFailure(Throwable failure) {
      arrived.completeExceptionally(GangFailure.lost(link.member));
      lose(link.member);
    }
  }

  /** What the other executors call. */
  private final class Calls extends ReceivingHandler {

    /** What comes in a step stays where it is until its end: gradients, then new weights. */
    Calls() {
      super(() -> parts + 1);
    }

    @Override
    public void receive(TransportClient sender, ByteBuffer call, RpcResponseCallback callback) {
      long number = GangCalls.numberOfPart(call);
      List<Node> nodes = inbox(sender).read(GangCalls.nodesOfPart(call), WireFormat::unpackNodes);
      if (GangCalls.kind(call) == GangCalls.GRADIENTS) {
        arrivals.gradients(number, nodes);
      } else {
        arrivals.weights(number, nodes.get(0));
      }
      callback.onSuccess(GangCalls.nothing());
    }

    @Override
    public void channelInactive(TransportClient client) {
      super.channelInactive(client);
      links.stream()
          .filter(link -> link.client != null)
          .filter(link -> link.client.getChannel() == client.getChannel())
          .forEach(link -> lose(link.member));
    }
  }

  @Override
  public void close() {
    closed = true;
    links.forEach(
        link -> {
          if (link.client != null) {
            link.client.close();
          }
        });
    factory.close();
    server.close();
    context.close();
  }
}
