package org.syncbn.train;

/**
 * The shards of one thread or task: answers messages, and states with each answer how long the
 * shards have computed since the last one, in equal parts. Not thread-safe.
 */
public final class TimedShards {

  private final int shards;
  private final ShardStep step;
  private long nanosBehind; // of what was done since the last answer

  /**
   * Starts to measure.
   *
   * @param shards into how many shards the mini-batch is cut
   * @param step the side of some of them
   */
  public TimedShards(int shards, ShardStep step) {
    this.shards = shards;
    this.step = step;
  }

  /** What the shards answer to a message; see {@link ShardStep#resume}. */
  public ShardForest answer(Message message) {
    long begun = System.nanoTime();
    ShardForest forest = new ShardForest(shards);
    step.resume(message, forest);
    forest.took(System.nanoTime() - begun + nanosBehind);
    nanosBehind = 0;
    return forest;
  }

  /** See {@link ShardStep#catchUp}. */
  public void catchUp() {
    long begun = System.nanoTime();
    step.catchUp();
    nanosBehind += System.nanoTime() - begun;
  }

  /** The gradients that the shards hand over; see {@link ShardStep#handOver}. */
  public ShardForest handOver(int from) {
    long begun = System.nanoTime();
    ShardForest forest = new ShardForest(shards);
    step.handOver(from, forest);
    nanosBehind += System.nanoTime() - begun;
    return forest;
  }
}
