package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.syncbn.train.Contribution;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;

/** Two tasks of an executor, each with one shard, on threads of their own. */
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LocalCombinerTest {

  private static final int TASKS = 2;

  private final Recorder uplink = new Recorder();
  private final LocalCombiner combiner = new LocalCombiner(TASKS, TASKS, uplink);
  private final ExecutorService threads = Executors.newFixedThreadPool(TASKS);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** Has the next message as soon as it has the answers, and keeps what it was given. */
  private static final class Recorder implements Uplink {
    private final List<String> calls = new ArrayList<>();

    private synchronized void add(String call, long number, List<Node> nodes) {
      double[] sums = ((Contribution.Sums) nodes.get(0).contribution()).values();
      calls.add("%s %d: %.0f of %d".formatted(call, number, sums[0], nodes.get(0).level()));
    }

    private static void complete(CompletableFuture<Optional<Message>> next) {
      next.complete(Optional.of(new Message.Agreed(1, 1, 2, new double[0])));
    }

    @Override
    public void begin(List<Integer> tasks, CompletableFuture<Optional<Message>> next) {
      complete(next);
    }

    @Override
    public void exchange(
        long number,
        List<Node> nodes,
        Runnable meanwhile,
        CompletableFuture<Optional<Message>> next) {
      add("answers", number, nodes);
      complete(next);
      meanwhile.run();
    }

    @Override
    public void depart(long number, int exchange, List<Node> nodes) {
      add("leave after exchange " + exchange + " as", number, nodes);
    }

    @Override
    public void fail(GangFailure failure) {
      throw failure;
    }

    @Override
    public void close() {}
  }

  private static ShardForest forest(int task, double value) {
    return new ShardForest(TASKS).add(task, new Contribution.Sums(new double[] {value}));
  }

  private Future<Void> run(int task, List<Supplier<ShardForest>> catchUps) {
    Callable<Void> messages =
        () -> {
          combiner.join(task);
          for (int exchange = 1; exchange <= catchUps.size(); exchange++) {
            combiner.exchange(exchange, forest(task, exchange), catchUps.get(exchange - 1));
          }
          return null;
        };
    return threads.submit(messages);
  }

  /**
   * A task that catches up late hands over gradients when the other one has handed over those of
   * the next exchange: were they added to one forest, both would be wrong, or a shard would be in
   * twice.
   */
  @Test
  void whatATaskHandsOverLateLeavesWithThatOfItsOwnExchange() throws Exception {
    CountDownLatch ahead = new CountDownLatch(1);
    Supplier<ShardForest> late =
        () -> {
          try {
            ahead.await();
          } catch (InterruptedException e) {
            throw GangFailure.interrupted();
          }
          return forest(1, 100);
        };
    Supplier<ShardForest> early =
        () -> {
          ahead.countDown();
          return forest(0, 20);
        };
    Future<Void> first = run(0, List.of(() -> forest(0, 10), early));
    run(1, List.of(late, () -> forest(1, 200))).get();
    first.get();
    assertThat(uplink.calls)
        .containsExactly(
            "answers 1: 2 of 1",
            "leave after exchange 1 as 1: 110 of 1",
            "answers 2: 4 of 1",
            "leave after exchange 2 as 2: 220 of 1");
  }

  @Test
  void nothingLeavesWhereTasksHandOverNothing() throws Exception {
    Supplier<ShardForest> nothing = () -> new ShardForest(TASKS);
    Future<Void> first = run(0, List.of(nothing, nothing));
    run(1, List.of(nothing, nothing)).get();
    first.get();
    assertThat(uplink.calls).containsExactly("answers 1: 2 of 1", "answers 2: 4 of 1");
  }
}
