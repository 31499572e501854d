package org.syncbn.train;

import java.util.List;
import java.util.function.IntConsumer;
import org.syncbn.data.ShardData;

/**
 * Runs all shards in this JVM, on a fixed number of threads that includes the caller's. The
 * reference for the other engines: its results have the same bits on any number of threads.
 */
public final class InProcessEngine implements Engine {

  private final ShardThreads threads;
  private final ShardStep[] steps; // of each thread
  private boolean closed;

  /**
   * Opens all shards.
   *
   * @param plan describes the run
   * @param data the rows of each shard, by its index
   * @param threads how many threads compute; more than there are shards are of no use
   */
  public InProcessEngine(StepPlan plan, List<ShardData> data, int threads) {
    int shards = plan.shards();
    if (data.size() != shards) {
      throw new IllegalArgumentException(
          "the run has " + shards + " shards, the data " + data.size());
    }
    if (threads < 1) {
      throw new IllegalArgumentException("at least one thread must compute, not " + threads);
    }
    this.threads = new ShardThreads(shards, Math.min(threads, shards));
    steps = new ShardStep[this.threads.size()];
    for (int i = 1; i < steps.length; i++) {
      start(i);
    }
    try {
      this.threads.everywhere(
          thread -> {
            int first = firstShard(thread, shards);
            int end = firstShard(thread + 1, shards);
            steps[thread] = plan.open(first, data.subList(first, end));
            this.threads.open(thread, steps[thread]);
          });
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private int firstShard(int thread, int shards) {
    return (int) ((long) thread * shards / steps.length);
  }

  private void start(int thread) {
    Thread worker =
        new Thread(
            () -> {
              try {
                threads.serve(thread);
              } catch (InterruptedException e) {
                threads.fail(new IllegalStateException("thread " + thread + " was interrupted"));
              } finally {
                close(thread); // when it has caught up
              }
            },
            "shards-" + thread);
    worker.setDaemon(true);
    worker.start();
  }

  @Override
  public Merged exchange(Message message) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    return threads.exchange(message, ShardThreads.FOREVER);
  }

  @Override
  public void share(int pieces, IntConsumer work) {
    threads.share(pieces, work);
  }

  @Override
  public int concurrency() {
    return threads.size();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    threads.end();
    close(0);
  }

  private void close(int thread) {
    if (steps[thread] != null) {
      steps[thread].close();
    }
  }
}
