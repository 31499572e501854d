package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.Set;
import java.util.function.IntConsumer;
import org.syncbn.tensor.Gemm;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.ShardThreads;

/**
 * A gang whose tasks are in the driver's JVM. Tasks lend their shards, and all but the first their
 * threads, to the driver's thread, which drives the shards of the first task itself: an exchange
 * costs what it costs between threads. Thread-safe; {@link #exchange} and {@link #share} are for
 * the driver's thread.
 */
final class LocalGang implements GangRounds {

  private final ShardThreads threads;
  private int joined;
  private GangFailure failure;
  private boolean ended;

  LocalGang(int shards, int tasks) {
    threads = new ShardThreads(shards, tasks);
  }

  /**
   * Lends a task's shards until the gang ends. For the task's thread.
   *
   * @throws GangFailure if the gang has failed
   */
  void lend(int task, TaskShards shards) {
    threads.open(task, shards);
    synchronized (this) {
      joined++;
      notifyAll();
    }
    try {
      if (task == 0) {
        awaitEnd();
      } else {
        threads.serve(task);
      }
    } catch (InterruptedException e) {
      throw GangFailure.interrupted();
    }
  }

  private synchronized void awaitEnd() throws InterruptedException {
    while (!ended) {
      checkFailure();
      wait();
    }
  }

  @Override
  public synchronized void awaitMembers(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (joined < threads.size()) {
        checkFailure();
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          throw GangFailure.incomplete(joined, threads.size(), timeout);
        }
        wait(millis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GangFailure("the driver's thread was interrupted");
    }
  }

  @Override
  public Merged exchange(Message message, Duration timeout) {
    try {
      return threads.exchange(message, timeout);
    } catch (ShardThreads.LateException e) {
      throw GangFailure.late(
          new Membership("driver", e.threads(), Gemm.description()).toString(), timeout);
    } catch (ShardFailure e) {
      checkFailure(); // its task has gone home under its hands
      throw e.ofGang();
    }
  }

  @Override
  public Set<String> kernels() {
    return Set.of(Gemm.description());
  }

  @Override
  public int executors() {
    return 1;
  }

  @Override
  public void share(int pieces, IntConsumer work) {
    threads.share(pieces, work);
  }

  private synchronized void checkFailure() {
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public synchronized void fail(GangFailure reason) {
    if (failure == null && !ended) {
      failure = reason;
      threads.fail(reason);
      notifyAll();
    }
  }

  @Override
  public synchronized void end() {
    if (failure == null) {
      ended = true;
      threads.end();
      notifyAll();
    }
  }
}
