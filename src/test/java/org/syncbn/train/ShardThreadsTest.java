package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.syncbn.train.ShardThreads.LateException;

/** Threads that fail, are late or are interrupted, of which engines make other sentences. */
class ShardThreadsTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  private final ShardThreads threads = new ShardThreads(2, 2);
  private final CompletableFuture<Object> served = new CompletableFuture<>();
  private final Thread other = new Thread(this::serve);

  private void serve() {
    try {
      threads.serve(1);
      served.complete("ended");
    } catch (RuntimeException | InterruptedException e) {
      served.complete(e);
    }
  }

  private static ShardStep step(int shard, Runnable deed) {
    return step(shard, deed, () -> {});
  }

  private static ShardStep step(int shard, Runnable deed, Runnable rest) {
    return new ShardStep() {
      @Override
      public void resume(Message message, ShardForest forest) {
        deed.run();
        forest.add(shard, new Contribution.Sums(new double[] {1}));
      }

      @Override
      public void catchUp() {
        rest.run();
      }

      @Override
      public void close() {}
    };
  }

  private Merged exchange(Duration timeout) {
    return threads.exchange(new Message.Agreed(0, 0, 2, new double[0]), timeout);
  }

  @Test
  void allComeToAnEnd() throws Exception {
    other.start();
    threads.open(0, step(0, () -> {}));
    threads.open(1, step(1, () -> {}));
    assertThat(exchange(LONG).sums()).containsExactly(2);
    threads.end();
    assertThat(served.get()).isEqualTo("ended");
  }

  @Test
  void aFailureReachesTheCallerAndTheThreads() throws Exception {
    RuntimeException reason = new IllegalStateException("over");
    other.start();
    threads.open(0, step(0, () -> threads.fail(reason)));
    threads.open(1, step(1, () -> await(served))); // never comes back by itself
    assertThatThrownBy(() -> exchange(LONG)).isSameAs(reason);
    served.complete(reason);
    other.join();
    assertThatThrownBy(() -> exchange(LONG)).isSameAs(reason);
  }

  private static void await(CompletableFuture<Object> future) {
    future.join();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theCallerDoesNotWaitUntilOthersHaveCaughtUp() {
    CountDownLatch merged = new CountDownLatch(1);
    AtomicInteger caughtUp = new AtomicInteger();
    other.start();
    threads.open(0, step(0, () -> {}));
    threads.open(
        1,
        step(
            1,
            () -> {},
            () -> {
              await(merged);
              caughtUp.incrementAndGet();
            }));
    exchange(LONG);
    merged.countDown();
    exchange(LONG);
    assertThat(caughtUp).hasValueGreaterThanOrEqualTo(1); // before the next message
    threads.end();
  }

  @Test
  void theCallerCatchesUpWhileOthersCompute() {
    CountDownLatch caughtUp = new CountDownLatch(1);
    other.start();
    threads.open(0, step(0, () -> {}, caughtUp::countDown));
    threads.open(1, step(1, () -> await(caughtUp)));
    assertThat(exchange(LONG).sums()).containsExactly(2);
    threads.end();
  }

  @Test
  void whatIsThrownWhileCatchingUpReachesTheCaller() {
    other.start();
    threads.open(0, step(0, () -> {}));
    threads.open(
        1,
        step(
            1,
            () -> {},
            () -> {
              throw new ArithmeticException("behind");
            }));
    assertThatThrownBy(
            () -> {
              exchange(LONG);
              exchange(LONG);
            })
        .hasMessage("behind");
    threads.end();
  }

  @Test
  void aLateThreadIsNamed() {
    CountDownLatch late = new CountDownLatch(1);
    other.start();
    threads.open(0, step(0, () -> {}));
    threads.open(1, step(1, () -> await(late)));
    assertThatThrownBy(() -> exchange(Duration.ofMillis(50)))
        .isInstanceOfSatisfying(
            LateException.class, e -> assertThat(e.threads()).isEqualTo(List.of(1)));
    late.countDown();
    threads.end();
  }

  @Test
  void anInterruptEndsAThreadThatWaits() throws Exception {
    other.start();
    other.interrupt();
    assertThat(served.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void sharedWorkIsDoneOnceEvenIfTheThreadsFailMeanwhile() {
    other.start();
    for (int failing : new int[] {-1, 500, -1}) { // the third time on threads that have failed
      AtomicIntegerArray times = new AtomicIntegerArray(1000);
      threads.share(
          1000,
          piece -> {
            times.incrementAndGet(piece);
            if (piece == failing) {
              threads.fail(new IllegalStateException("over"));
            }
          });
      for (int piece = 0; piece < 1000; piece++) {
        assertThat(times.get(piece)).isEqualTo(1);
      }
    }
  }
}
