package org.syncbn.spark.sync;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.syncbn.nn.Departures;
import org.syncbn.tensor.Gemm;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.StepPlan;
import org.syncbn.train.UpdatePlan;
import org.syncbn.train.WeightSlice;

/**
 * The executors keep the weights: a {@link SliceOwner} here exchanges gradients with the others.
 */
final class SlicedUplink implements Uplink, SliceOwner.Driver {

  private final UpdatePlan plan;
  private final int shards;
  private final String executor;
  private final String host;
  private final Connection connection;
  private final Arrivals arrivals = new Arrivals(this::store);
  private final PeerLinks peers;
  private volatile WeightSlice slice;
  private volatile int[] starts; // of the slices
  private SliceOwner owner;

  /**
   * Listens for the other executors.
   *
   * @param plan that says how weights are updated
   */
  SlicedUplink(SparkEnv spark, GangTicket ticket, StepPlan plan, Connection connection) {
    this.plan = plan.updates().orElseThrow();
    this.shards = plan.shards();
    this.executor = spark.executorId();
    this.host = spark.blockManager().blockManagerId().host();
    this.connection = connection;
    this.peers = new PeerLinks(spark.conf(), ticket, host, arrivals, this::fail);
  }

  /** Puts the new weights of another owner in their place. */
  private void store(Node node) {
    Tensor weights = ((Contribution.Slice) node.contribution()).arrays().get(0);
    int from = starts[node.index()];
    slice.next(from, from + weights.size()).copyFrom(weights);
  }

  @Override
  public void begin(List<Integer> tasks, CompletableFuture<Optional<Message>> next) {
    complete(
        next,
        () -> {
          CompletableFuture<List<Membership>> roster = new CompletableFuture<>();
          connection.join(
              new Membership(executor, tasks, Gemm.description(), host, peers.port()), roster);
          open(Uplink.await(roster));
          CompletableFuture<Optional<Message>> first = new CompletableFuture<>();
          connection.ready(first);
          return owner.forShards(Uplink.await(first), this);
        });
  }

  private void open(List<Membership> roster) {
    int me =
        IntStream.range(0, roster.size())
            .filter(i -> roster.get(i).executor().equals(executor))
            .findFirst()
            .orElseThrow();
    starts = plan.starts(roster.size());
    slice = plan.open(starts[me], starts[me + 1]);
    Departures.Range mine = new Departures.Range(starts[me], starts[me + 1]);
    peers.connect(roster, me, plan.departures().parts(mine));
    owner = new SliceOwner(plan.departures(), shards, slice, me, starts, arrivals, peers);
  }

  @Override
  public void exchange(
      long number,
      List<Node> nodes,
      Runnable meanwhile,
      CompletableFuture<Optional<Message>> next) {
    complete(next, () -> owner.exchange(number, nodes, meanwhile, this));
  }

  @Override
  public void depart(long number, int exchange, List<Node> nodes) {
    owner.depart(number, exchange, nodes);
  }

  /** What the tasks here wait for. */
  private interface Answer {
    Optional<Message> get();
  }

  private static void complete(CompletableFuture<Optional<Message>> next, Answer answer) {
    try {
      next.complete(answer.get());
    } catch (RuntimeException | Error e) {
      next.completeExceptionally(e);
    }
  }

  @Override
  public CompletableFuture<Optional<Message>> post(List<Node> nodes) {
    CompletableFuture<Optional<Message>> next = new CompletableFuture<>();
    connection.post(nodes, next);
    return next;
  }

  @Override
  public void fail(GangFailure failure) {
    connection.fail(failure);
  }

  @Override
  public void close() {
    peers.close();
    connection.close();
  }
}
