package org.syncbn.train;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.syncbn.data.ShardData;
import org.syncbn.tensor.Tensor;

/**
 * Runs all shards in this JVM, on a fixed number of threads that includes the caller's. The
 * reference for the other engines: its results have the same bits on any number of threads.
 *
 * <p>Each thread has a range of adjacent shards. A waiting thread spins for some microseconds, then
 * parks. Messages and contributions are passed by reference.
 */
public final class InProcessEngine implements Engine {

  private static final long SPIN_NANOS = 50_000;

  /** Gradients are joined in pieces of this many numbers. */
  private static final int PIECE = 1 << 14;

  /** With fewer pieces the work is not shared among threads. */
  private static final int FEWEST_PIECES = 2;

  private final int shards;
  private final Worker[] workers; // the first one stands for the calling thread
  private final boolean spinning;

  private volatile Phase phase = new Phase(0, worker -> {});
  private final AtomicInteger working = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile Thread parkedCaller;
  private boolean closed;

  /** What all workers do now; each phase has the next number. The last one has no work. */
  private record Phase(long number, Consumer<Worker> work) {}

  /** One addition of the forest, left to do. */
  private record Addition(Tensor left, Tensor right) {}

  /**
   * Opens all shards.
   *
   * @param plan describes the run
   * @param data the rows of each shard, by its index
   * @param threads how many threads compute; more than there are shards are of no use
   */
  public InProcessEngine(StepPlan plan, List<ShardData> data, int threads) {
    shards = plan.shards();
    if (data.size() != shards) {
      throw new IllegalArgumentException(
          "the run has " + shards + " shards, the data " + data.size());
    }
    if (threads < 1) {
      throw new IllegalArgumentException("at least one thread must compute, not " + threads);
    }
    workers = new Worker[Math.min(threads, shards)];
    spinning = workers.length <= Runtime.getRuntime().availableProcessors();
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i);
      if (i > 0) {
        workers[i].start();
      }
    }
    try {
      everywhere(worker -> worker.open(plan, data));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  @Override
  public Merged exchange(Message message) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    everywhere(worker -> worker.resume(message));
    List<Addition> additions = new ArrayList<>();
    ShardForest forest = new ShardForest(shards, (left, right) -> join(left, right, additions));
    for (Worker worker : workers) {
      forest.merge(worker.forest);
    }
    Merged merged = forest.merged();
    if (!additions.isEmpty()) {
      add(additions);
    }
    return merged;
  }

  @Override
  public int concurrency() {
    return workers.length;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Worker worker : workers) {
      if (worker.step != null) {
        worker.step.close();
      }
    }
    begin(null);
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

  @Override
  public void share(int pieces, IntConsumer work) {
    AtomicInteger next = new AtomicInteger();
    Consumer<Worker> some =
        worker -> {
          for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
            work.accept(piece);
          }
        };
    if (pieces < FEWEST_PIECES) {
      some.accept(workers[0]);
    } else {
      everywhere(some);
    }
  }

  /** Runs the work on every thread and returns when all are through with it. */
  private void everywhere(Consumer<Worker> work) {
    working.set(workers.length);
    begin(work);
    workers[0].work(work);
    awaitOthers();
    Throwable thrown = failure.getAndSet(null);
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
  }

  private void begin(Consumer<Worker> work) {
    phase = new Phase(phase.number + 1, work);
    for (Worker worker : workers) {
      if (worker.parked) {
        LockSupport.unpark(worker);
      }
    }
  }

  private void awaitOthers() {
    long deadline = System.nanoTime() + SPIN_NANOS;
    while (working.get() > 0) {
      if (spinning && System.nanoTime() < deadline) {
        Thread.onSpinWait();
        continue;
      }
      parkedCaller = Thread.currentThread();
      while (working.get() > 0) {
        LockSupport.park(this);
      }
      parkedCaller = null;
    }
  }

  private final class Worker extends Thread {

    private final int firstShard;
    private final int endShard;
    private ShardStep step;
    private ShardForest forest = new ShardForest(shards);
    private volatile boolean parked;

    Worker(int index) {
      super("shards-" + index);
      setDaemon(true);
      firstShard = (int) ((long) index * shards / workers.length);
      endShard = (int) ((index + 1L) * shards / workers.length);
    }

    void open(StepPlan plan, List<ShardData> data) {
      step = plan.open(firstShard, data.subList(firstShard, endShard));
    }

    void resume(Message message) {
      forest = ShardForest.answer(shards, step, message);
    }

    @Override
    public void run() {
      for (long done = 0; ; done++) {
        Phase next = awaitPhaseAfter(done);
        if (next.work == null) {
          return;
        }
        work(next.work);
      }
    }

    void work(Consumer<Worker> work) {
      try {
        work.accept(this);
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      } finally {
        if (working.decrementAndGet() == 0) {
          Thread caller = parkedCaller;
          if (caller != null) {
            LockSupport.unpark(caller);
          }
        }
      }
    }

    private Phase awaitPhaseAfter(long done) {
      long deadline = System.nanoTime() + SPIN_NANOS;
      while (phase.number == done) {
        if (spinning && System.nanoTime() < deadline) {
          Thread.onSpinWait();
          continue;
        }
        parked = true;
        while (phase.number == done) {
          LockSupport.park(InProcessEngine.this);
        }
        parked = false;
      }
      return phase;
    }
  }
}
