package org.syncbn.spark.sync;

import static org.syncbn.spark.sync.Uplink.await;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.syncbn.nn.Departures;
import org.syncbn.nn.Departures.Range;
import org.syncbn.optim.Optimizer;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.WeightSlice;
import org.syncbn.train.Work;

/**
 * An executor that owns a slice of the weights: stands between the tasks here and the driver.
 *
 * <pre>
 *  tasks here      owner here              other owners          driver
 *      | sums of a batch norm                                       |
 *      |------------->|-------------------------------------------->|
 *      | gradients of the layers behind it      |                   |
 *      |------------->| each one's part         |                   |
 *      |              |------------------------>|                   |
 *      |              |                         |   Message.Agreed  |
 *      |<-------------|<--------------------------------------------|
 *      |              | part of this slice      |                   |
 *      |              |<------------------------|                   |
 *     ... as long as there are batch norms     ...                 ...
 *      | gradients of the other layers          |                   |
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
 * <p>Which gradients leave before the end of a step is said by {@link Departures}. {@link #depart}
 * is for any thread, all else for one at a time.
 */
final class SliceOwner {

  private final Departures departures;
  private final int shards;
  private final int me;
  private final int[] starts;
  private final int owners;
  private final WeightSlice slice;
  private final Tensor gradients;
  private final Arrivals arrivals;
  private final Peers peers;
  private Message last; // that the shards have
  private boolean trains;
  private long answered; // messages, by the shards

  /**
   * An owner.
   *
   * @param slice what it owns
   * @param me its place among the owners
   * @param starts where the slices of all owners begin, and the last one ends
   * @param arrivals what comes from the others, and from here
   * @param peers where to send what
   */
  SliceOwner(
      Departures departures,
      int shards,
      WeightSlice slice,
      int me,
      int[] starts,
      Arrivals arrivals,
      Peers peers) {
    this.departures = departures;
    this.shards = shards;
    this.slice = slice;
    this.gradients = Tensor.zeros(starts[me + 1] - starts[me]);
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
   * @param number of the message that they have answered
   * @param meanwhile is done while others are waited for
   * @throws GangFailure if the gang has failed
   */
  Optional<Message> exchange(long number, List<Node> nodes, Runnable meanwhile, Driver driver) {
    answered = number;
    if (!trains || last.exchange() < departures.exchanges()) {
      CompletableFuture<Optional<Message>> next = driver.post(nodes);
      meanwhile.run();
      return forShards(await(next), driver);
    }
    depart(number, last.exchange(), nodes);
    CompletableFuture<Optional<Message>> next =
        driver.post(nodes.stream().map(SliceOwner::withoutWeights).toList());
    meanwhile.run();
    gather();
    return forShards(await(next), driver);
  }

  /**
   * Sends each owner its part of gradients that are final.
   *
   * @param number of the message that the shards here have answered
   * @param exchange of the step
   * @param nodes with all gradients that leave after that exchange
   */
  void depart(long number, int exchange, List<Node> nodes) {
    Range all = departures.after(exchange);
    for (int i = 1; i <= owners; i++) {
      int owner = (me + i) % owners; // all begin with another one, and end with themselves
      Range part = all.and(slice(owner));
      if (part.isEmpty()) {
        continue;
      }
      List<Node> its = part(nodes, part.from() - all.from(), part.to() - all.from());
      if (owner == me) {
        arrivals.gradients(number, its);
      } else {
        peers.sendGradients(owner, number, its);
      }
    }
  }

  private Range slice(int owner) {
    return new Range(starts[owner], starts[owner + 1]);
  }

  private static List<Node> part(List<Node> nodes, int from, int to) {
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

  /**
   * Adds up what all executors, this one too, have sent here in this step, in the order of leaving.
   */
  private void gather() {
    for (int exchange = 1; exchange <= last.exchange(); exchange++) {
      Range part = departures.after(exchange).and(slice(me));
      if (part.isEmpty()) {
        continue;
      }
      ShardForest forest = new ShardForest(shards);
      arrivals.mergeGradients(answered - (last.exchange() - exchange), owners, forest);
      if (forest.merged().contribution() instanceof Contribution.Gradients merged) {
        gradients.rows(part.from() - starts[me], part.to() - starts[me]).copyFrom(merged.weights());
      }
    }
    arrivals.forget(answered);
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
    peers.sendWeights(answered, new Node(0, me, fresh));
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
    if (message.settlement().weights() == Message.Weights.NEW) {
      arrivals.awaitWeights(answered, owners - 1);
    }
    slice.settle(message.settlement(), Optimizer.Team.IN_PARALLEL);
  }
}
