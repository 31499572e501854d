package org.syncbn.spark.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallbackWithID;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.apache.spark.network.util.TransportConf;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.WireFormat;

/** An executor's connection to the coordinator. */
final class CoordinatorClient implements Connection {

  private static final Duration FAIL_TIMEOUT = Duration.ofSeconds(10);

  private final TransportContext context;
  private final TransportClientFactory factory;
  private final TransportClient client;
  private final Inbox inbox;

  /**
   * Connects.
   *
   * @throws GangFailure if the coordinator is not there or turns this ticket away
   */
  CoordinatorClient(SparkConf spark, GangTicket ticket) {
    // Where weights stay in the executors, only the first message brings them.
    inbox = new Inbox(ticket.kind().keepsWeights() ? 0 : 1);
    TransportConf conf = GangTransport.conf(spark, ticket.options());
    context = new TransportContext(conf, new Streams());
    factory =
        context.createClientFactory(
            List.of(
                new AuthClientBootstrap(
                    conf, ticket.attempt(), new GangTransport.Secrets(ticket::secretOf))));
    try {
      client = factory.createUnmanagedClient(ticket.host(), ticket.port());
    } catch (IOException | RuntimeException e) {
      factory.close();
      context.close();
      throw e instanceof IOException
          ? GangFailure.unreachable(ticket, SparkFailures.reason(e))
          : new GangFailure(
              "coordinator %s:%d rejected this executor: %s"
                  .formatted(ticket.host(), ticket.port(), SparkFailures.reason(e)));
    } catch (InterruptedException e) {
      factory.close();
      context.close();
      throw GangFailure.interrupted();
    } catch (Error e) {
      factory.close();
      context.close();
      throw e;
    }
  }

  @Override
  public void join(Membership membership, CompletableFuture<List<Membership>> roster) {
    client.sendRpc(GangCalls.join(membership), new Next<>(roster, GangCalls::readRoster));
  }

  @Override
  public void ready(CompletableFuture<Optional<Message>> next) {
    client.sendRpc(GangCalls.ready(), new Next<>(next, this::message));
  }

  @Override
  public void post(List<Node> nodes, CompletableFuture<Optional<Message>> next) {
    WireFormat.Parcel parcel = WireFormat.pack(nodes);
    GangTransport.sendAhead(client, parcel);
    client.sendRpc(parcel.bytes(), new Next<>(next, this::message));
  }

  private Optional<Message> message(ByteBuffer reply) {
    return reply.hasRemaining()
        ? Optional.of(inbox.read(reply, WireFormat::unpackMessage))
        : Optional.empty();
  }

  @Override
  public void fail(GangFailure failure) {
    if (client.isActive()) {
      try {
        client.sendRpcSync(GangCalls.fail(failure), FAIL_TIMEOUT.toMillis());
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
  private record Next<T>(CompletableFuture<T> next, Function<ByteBuffer, T> decoder)
      implements RpcResponseCallback {

    @Override
    public void onSuccess(ByteBuffer reply) {
      try {
        next.complete(decoder.apply(reply));
      } catch (RuntimeException | Error e) {
        next.completeExceptionally(e);
      }
    }

    @Override
    public void onFailure(Throwable failure) {
      next.completeExceptionally(failure);
    }
  }
}
