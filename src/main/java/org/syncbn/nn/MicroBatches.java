package org.syncbn.nn;

import java.io.Serializable;

/**
 * How much of a mini-batch is in memory at once: some of its rows go through the network after the
 * others, from one synchronization point to the next, and values that they need later are kept at
 * batch norms or computed again. Batch norms have the statistics of the whole mini-batch. Pieces
 * are whole shards, so the bits are those of the mini-batch at once.
 *
 * <p>What is kept, for all rows, is what crosses the input of a batch norm. A step goes forward
 * through the network {@code keepEvery + 1} times in all, about, instead of once; where nothing is
 * kept, as many times as the network has batch norms, and once more.
 *
 * @param rows how many a task or thread computes at once, but at least those of one shard
 * @param keepEvery values are kept at each batch norm (1), each second one (2), and so on; 0 for
 *     none, so that memory does not grow with the mini-batch
 */
public record MicroBatches(int rows, int keepEvery) implements Serializable {

  /** The whole mini-batch at once. */
  public static final MicroBatches NONE = new MicroBatches(Integer.MAX_VALUE, 1);

  /** Checks the ranges. */
  public MicroBatches {
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be at least 1, was " + rows);
    }
    if (keepEvery < 0) {
      throw new IllegalArgumentException(
          "keepEvery must be at least 0 (0: nothing is kept), was " + keepEvery);
    }
  }

  /** Whether values are kept at a batch norm. */
  boolean keepsAt(int batchNorm) {
    return keepEvery > 0 && batchNorm % keepEvery == 0;
  }
}
