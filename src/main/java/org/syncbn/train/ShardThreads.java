package org.syncbn.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.syncbn.tensor.Tensor;

/**
 * All-reduce between threads of one JVM, each of which drives a range of adjacent shards: thread 0
 * is the caller's, the others lend themselves through {@link #serve}. Messages and partial sums
 * pass by reference.
 *
 * <p>A waiting thread spins for some microseconds, then parks. {@link #exchange}, {@link #share}
 * and {@link #end} are for the caller's thread; {@link #open} and {@link #fail} for any.
 */
public final class ShardThreads {

  private static final long SPIN_NANOS = 50_000;

  /** Gradients are joined in pieces of this many numbers. */
  private static final int PIECE = 1 << 14;

  /** With fewer pieces the work is not shared among threads. */
  private static final int FEWEST_PIECES = 2;

  /** A timeout of centuries. */
  static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final int shards;
  private final Seat[] seats;
  private final boolean spinning;

  private volatile Phase phase = new Phase(0, thread -> {}, thread -> {});
  private final AtomicInteger working = new AtomicInteger();
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();
  private volatile RuntimeException failure;
  private volatile Thread parkedCaller;

  /**
   * What all threads do now; each phase has the next number. The last one has no work.
   *
   * @param work what the caller waits for
   * @param rest what it does not wait for: each thread does it before its next phase
   */
  private record Phase(long number, IntConsumer work, IntConsumer rest) {}

  /** One addition of the forest, left to do. */
  private record Addition(Tensor left, Tensor right) {}

  /** What belongs to one thread. */
  private static final class Seat {
    private volatile TimedShards step;
    private ShardForest answer;
    private volatile long done; // the number of its last phase
    private volatile Thread parked;
  }

  /**
   * Threads without shards.
   *
   * @param shards into how many shards the mini-batch is cut
   * @param threads how many threads there are, the caller's among them
   */
  public ShardThreads(int shards, int threads) {
    this.shards = shards;
    seats = IntStream.range(0, threads).mapToObj(thread -> new Seat()).toArray(Seat[]::new);
    spinning = threads <= Runtime.getRuntime().availableProcessors();
  }

  /** How many threads there are. */
  public int size() {
    return seats.length;
  }

  /** Gives a thread its shards, before the first exchange. */
  public void open(int thread, ShardStep step) {
    seats[thread].step = new TimedShards(shards, step);
  }

  /**
   * Does the work of a thread until the end. For that thread, and not for the caller's.
   *
   * @throws InterruptedException if the thread is interrupted while it waits; the others have to be
   *     told by {@link #fail}
   * @throws RuntimeException why the threads have failed
   */
  public void serve(int thread) throws InterruptedException {
    while (true) {
      Phase next = awaitPhase(seats[thread]);
      if (next.work == null) {
        return;
      }
      if (work(thread, next)) {
        attempt(next.rest, thread);
      }
    }
  }

  private Phase awaitPhase(Seat seat) throws InterruptedException {
    long deadline = System.nanoTime() + SPIN_NANOS;
    while (phase.number == seat.done) {
      checkFailure();
      if (spinning && System.nanoTime() < deadline) {
        Thread.onSpinWait();
        continue;
      }
      seat.parked = Thread.currentThread();
      while (phase.number == seat.done && failure == null) {
        LockSupport.park(this);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      seat.parked = null;
    }
    return phase;
  }

  private boolean work(int thread, Phase now) {
    boolean succeeds = attempt(now.work, thread);
    seats[thread].done = now.number;
    if (working.decrementAndGet() == 0) {
      LockSupport.unpark(parkedCaller);
    }
    return succeeds;
  }

  /** False if it throws, which reaches the caller in this phase or the next. */
  private boolean attempt(IntConsumer work, int thread) {
    try {
      work.accept(thread);
      return true;
    } catch (RuntimeException | Error e) {
      thrown.compareAndSet(null, e);
      return false;
    }
  }

  /** Threads that were not back in time. */
  public static final class LateException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient List<Integer> threads;

    private LateException(List<Integer> threads) {
      super("threads " + threads + " are late");
      this.threads = threads;
    }

    /** Their indices. */
    public List<Integer> threads() {
      return threads;
    }
  }

  /**
   * Resumes all shards with a message and merges what they answer; see {@link Engine#exchange}.
   * Threads that have answered catch up: the caller's until all answers are there, others also
   * while they are merged and the caller makes the next message of them.
   *
   * @param timeout how long the caller waits for the other threads
   * @throws LateException if they are not back in time
   * @throws RuntimeException what a shard threw, or why the threads have failed
   */
  public Merged exchange(Message message, Duration timeout) {
    everywhere(
        thread -> seats[thread].answer = seats[thread].step.answer(message),
        thread -> seats[thread].step.catchUp(),
        timeout);
    List<Addition> additions = new ArrayList<>();
    ShardForest forest = new ShardForest(shards, (left, right) -> join(left, right, additions));
    for (Seat seat : seats) {
      forest.merge(seat.answer);
    }
    Merged merged = forest.merged();
    if (!additions.isEmpty()) {
      add(additions);
    }
    return merged;
  }

  /** Joins sums at once and keeps the addition of long vectors for later. */
  private static Contribution join(
      Contribution left, Contribution right, List<Addition> additions) {
    if (left instanceof Contribution.Gradients l && right instanceof Contribution.Gradients r) {
      Contribution.addAside(l, r);
      additions.add(new Addition(l.weights(), r.weights()));
      return left;
    }
    return Contribution.join(left, right);
  }

  /** All additions for one piece of the vectors, then for the next. */
  private void add(List<Addition> additions) {
    int size = additions.get(0).left.size();
    share(
        (size - 1) / PIECE + 1,
        piece -> {
          int from = piece * PIECE;
          int length = Math.min(PIECE, size - from);
          for (Addition addition : additions) {
            Contribution.add(addition.left, addition.right, from, length);
          }
        });
  }

  /**
   * Does independent pieces of the caller's work on all threads; see {@link Engine#share}. All
   * pieces are done afterwards, even if the threads fail meanwhile.
   */
  public void share(int pieces, IntConsumer work) {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    IntConsumer some =
        thread -> {
          for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
            try {
              work.accept(piece);
            } finally {
              done.getAndIncrement();
            }
          }
        };
    if (pieces < FEWEST_PIECES || failure != null) {
      some.accept(0);
      return;
    }
    try {
      everywhere(some);
    } catch (RuntimeException e) {
      if (e != failure) {
        throw e;
      }
      while (done.get() < pieces) { // a thread is at it
        Thread.onSpinWait();
      }
    }
  }

  /** Runs the work on every thread and returns when all are through with it. */
  void everywhere(IntConsumer work) {
    everywhere(work, thread -> {}, FOREVER);
  }

  private void everywhere(IntConsumer work, IntConsumer rest, Duration timeout) {
    checkFailure();
    working.set(seats.length);
    Phase now = begin(work, rest);
    if (work(0, now) && working.get() > 0) {
      attempt(rest, 0); // else its shards do it when they are resumed: the others need not wait
    }
    awaitOthers(timeout);
    Throwable first = thrown.getAndSet(null);
    if (first instanceof RuntimeException e) {
      throw e;
    }
    if (first instanceof Error e) {
      throw e;
    }
  }

  private Phase begin(IntConsumer work, IntConsumer rest) {
    Phase next = new Phase(phase.number + 1, work, rest);
    phase = next;
    unparkAll();
    return next;
  }

  private void unparkAll() {
    for (Seat seat : seats) {
      LockSupport.unpark(seat.parked);
    }
  }

  private void awaitOthers(Duration timeout) {
    long begun = System.nanoTime();
    for (long waited = 0; working.get() > 0; waited = System.nanoTime() - begun) {
      checkFailure();
      if (waited > timeout.toNanos()) {
        throw new LateException(late());
      }
      if (spinning && waited < SPIN_NANOS) {
        Thread.onSpinWait();
        continue;
      }
      parkedCaller = Thread.currentThread();
      if (working.get() > 0 && failure == null) {
        LockSupport.parkNanos(this, timeout.toNanos() - waited);
      }
      parkedCaller = null;
    }
  }

  private List<Integer> late() {
    return IntStream.range(0, seats.length)
        .filter(thread -> seats[thread].done < phase.number)
        .boxed()
        .toList();
  }

  /** Lets the caller and all threads know that they cannot go on; the first reason counts. */
  public synchronized void fail(RuntimeException reason) {
    if (failure == null) {
      failure = reason;
      unparkAll();
      LockSupport.unpark(parkedCaller);
    }
  }

  private void checkFailure() {
    if (failure != null) {
      throw failure;
    }
  }

  /** Lets all threads go home, and closes no shards. */
  public void end() {
    begin(null, null);
  }
}
