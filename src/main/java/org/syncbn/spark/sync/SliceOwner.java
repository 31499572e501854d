package org.syncbn.spark.sync;

import static org.syncbn.spark.sync.Uplink.await;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.syncbn.optim.Optimizer;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.UpdatePlan;
import org.syncbn.train.WeightSlice;
import org.syncbn.train.Work;

/**
 * An executor that owns a slice of the weights: stands between the tasks here and the driver.
 *
 * <pre>
 *  tasks here      owner here              other owners          driver
 *      | gradients    |                         |                   |
 *      |------------->| each one's part         |                   |
 *      |              |------------------------>|                   |
 *      |              | sums of the loss                            |
 *      |              |-------------------------------------------->|
 *      |              | part of this slice      |                   |
 *      |              |<------------------------|                   |
 *      |              |                         |   Message.Update  |
 *      |              |<--------------------------------------------|
 *      |              | new weights             |                   |
 *      |              |------------------------>|                   |
 *      |              | gamma, beta                                 |
 *      |              |-------------------------------------------->|
 *      |              | new weights             |                   |
 *      |              |<------------------------|                   |
 *      |              |                         |  Message.Continue |
 *      | Message.Begin|<--------------------------------------------|
 *      |<-------------|                         |                   |
 * </pre>
 *
 * <p>For one thread at a time.
 */
final class SliceOwner {

  private final UpdatePlan plan;
  private final int shards;
  private final int me;
  private final int[] starts;
  private final int owners;
  private final WeightSlice slice;
  private final Arrivals arrivals;
  private final Peers peers;
  private Message last; // that the shards have
  private boolean trains;
  private Tensor gradients = Tensor.zeros(0);
  private long updatedStep;

  /**
   * An owner.
   *
   * @param slice what it owns
   * @param me its place among the owners
   * @param starts where the slices of all owners begin, and the last one ends
   * @param arrivals what comes from the others
   * @param peers where to send what
   */
  SliceOwner(
      UpdatePlan plan,
      int shards,
      WeightSlice slice,
      int me,
      int[] starts,
      Arrivals arrivals,
      Peers peers) {
    this.plan = plan;
    this.shards = shards;
    this.slice = slice;
    this.me = me;
    this.starts = starts;
    this.owners = starts.length - 1;
    this.arrivals = arrivals;
    this.peers = peers;
  }

  /** Takes nodes; the next message comes later, or empty at the end. */
  interface Driver {
    CompletableFuture<Optional<Message>> post(List<Node> nodes);
  }

  /**
   * Hands over what the shards here have merged; the next message for them, or empty at the end.
   *
   * @param meanwhile is done while others are waited for
   * @throws GangFailure if the gang has failed
   */
  Optional<Message> exchange(List<Node> nodes, Runnable meanwhile, Driver driver) {
    if (!trains || last.exchange() < plan.exchanges()) {
      CompletableFuture<Optional<Message>> next = driver.post(nodes);
      meanwhile.run();
      return forShards(await(next), driver);
    }
    ShardForest forest = new ShardForest(shards);
    scatter(nodes, forest);
    CompletableFuture<Optional<Message>> next =
        driver.post(nodes.stream().map(SliceOwner::withoutWeights).toList());
    meanwhile.run();
    arrivals.mergeGradients(last.step(), owners - 1, forest);
    if (forest.merged().contribution() instanceof Contribution.Gradients merged) {
      gradients = merged.weights();
    }
    return forShards(await(next), driver);
  }

  /** Sends each owner its part; that of this one goes to a forest. */
  private void scatter(List<Node> nodes, ShardForest mine) {
    for (int i = 1; i < owners; i++) {
      int owner = (me + i) % owners; // all begin with another one
      peers.sendGradients(owner, last.step(), part(nodes, owner));
    }
    part(nodes, me).forEach(mine::add);
  }

  private List<Node> part(List<Node> nodes, int owner) {
    int from = starts[owner];
    int to = starts[owner + 1];
    return nodes.stream()
        .map(
            node ->
                node.contribution() instanceof Contribution.Gradients all
                    ? with(node, new Contribution.Gradients(rows(all, from, to), new double[0]))
                    : node)
        .toList();
  }

  private static Tensor rows(Contribution.Gradients all, int from, int to) {
    return all.weights().reshape(all.weights().size()).rows(from, to);
  }

  private static Node withoutWeights(Node node) {
    return node.contribution() instanceof Contribution.Gradients all
        ? with(node, new Contribution.Gradients(Tensor.zeros(0), all.values(), all.moments()))
        : node;
  }

  private static Node with(Node node, Contribution contribution) {
    return new Node(node.level(), node.index(), contribution, node.times());
  }

  /**
   * Answers messages for owners until there is one for shards; empty at the end.
   *
   * @throws GangFailure if the gang has failed
   */
  Optional<Message> forShards(Optional<Message> first, Driver driver) {
    Optional<Message> next = first;
    while (next.isPresent() && Message.isForOwners(next.get())) {
      Contribution answer = answer(next.get(), driver);
      next = await(driver.post(List.of(new Node(0, me, answer))));
    }
    next = next.map(this::toShards);
    next.ifPresent(message -> last = message);
    return next;
  }

  private Message toShards(Message message) {
    if (message.exchange() == 1) {
      peers.awaitArrival(); // the shards use the memory again
    }
    if (message instanceof Message.Continue begin) {
      settle(begin);
      trains = begin.work() instanceof Work.Batch;
      return slice.begin(begin);
    }
    trains &= !(message instanceof Message.Begin);
    return message;
  }

  private Contribution answer(Message message, Driver driver) {
    if (message instanceof Message.Load load) {
      slice.load(load);
    } else if (message instanceof Message.Update update) {
      return update(update, driver);
    } else if (message instanceof Message.Settling last) {
      settle(last);
    }
    return message instanceof Message.Collect ? slice.collect() : Contribution.Slice.NOTHING;
  }

  private Contribution.Slice update(Message.Update update, Driver driver) {
    Contribution.Slice answer;
    try {
      answer =
          slice.update(
              update, gradients, squares -> sums(squares, driver), Optimizer.Team.IN_PARALLEL);
    } catch (ArithmeticException e) {
      throw GangFailure.permanent("the update of step %d failed: %s".formatted(update.step(), e));
    }
    Contribution.Slice fresh =
        new Contribution.Slice(new float[0], new double[0], List.of(slice.next()));
    peers.sendWeights(update.step(), new Node(0, me, fresh));
    updatedStep = update.step();
    return answer;
  }

  /** Sums of squares over whole arrays, from the driver. */
  private double[] sums(double[] squares, Driver driver) {
    Contribution mine = new Contribution.Slice(new float[0], squares, List.of());
    Message sums =
        await(driver.post(List.of(new Node(0, me, mine))))
            .orElseThrow(() -> new GangFailure("the gang has ended"));
    return ((Message.Agreed) sums).values();
  }

  private void settle(Message.Settling message) {
    if (message.weights() == Message.Weights.NEW) {
      arrivals.awaitWeights(updatedStep, owners - 1);
    }
    slice.settle(message);
  }
}
