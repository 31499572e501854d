package org.syncbn.train;

import org.syncbn.data.Block;
import org.syncbn.data.ShardData;

/** The kind of work that a {@link Message.Begin} starts. */
public sealed interface Work {

  /**
   * Forward and backward over one mini-batch. A network with L synchronized batch-norm layers takes
   * 2L + 1 exchanges; with statistics that are not synchronized, one.
   *
   * @param epoch the epoch, from 0; with the seed it fixes the orders of shards and of their rows
   * @param batch which mini-batch of the epoch, from 0
   * @param batches how many mini-batches the epoch has; {@link org.syncbn.data.MiniBatches} says
   *     which rows of each shard's order this one takes
   */
  record Batch(long epoch, long batch, long batches) implements Work {
    /** Checks that the batch is one of the epoch's. */
    public Batch {
      checkBatch(epoch, batch, batches);
    }
  }

  /**
   * Loss and metrics of a whole part of the data in inference mode: one exchange.
   *
   * @param part which rows
   */
  record Evaluation(Part part) implements Work {}

  /**
   * Sums over what reaches one batch norm from all training rows, with dropout off and the batch
   * norms before it normalizing by the statistics of the message: one exchange.
   *
   * @param batchNorm which of the network's batch norms, from 0
   */
  record Statistics(int batchNorm) implements Work {
    /** Checks that there can be such a batch norm. */
    public Statistics {
      if (batchNorm < 0) {
        throw new IllegalArgumentException("no batch norm " + batchNorm);
      }
    }
  }

  /**
   * Which layer's values first cease to be finite in a mini-batch, counted over shards by the
   * places of {@link org.syncbn.nn.Network#valueNames}: one exchange, asked for after a step went
   * wrong.
   *
   * @param epoch as in {@link Batch}
   * @param batch as in {@link Batch}
   * @param batches as in {@link Batch}
   */
  record Diagnosis(long epoch, long batch, long batches) implements Work {
    /** Checks that the batch is one of the epoch's. */
    public Diagnosis {
      checkBatch(epoch, batch, batches);
    }
  }

  /** The parts of a run's data. */
  enum Part {
    /** Rows that weights are fitted to. */
    TRAINING,
    /** Rows held out, on which the run is evaluated after each epoch. */
    VALIDATION;

    /** These rows of a shard. */
    public Block rows(ShardData shard) {
      return switch (this) {
        case TRAINING -> shard.training();
        case VALIDATION -> shard.validation();
      };
    }
  }

  private static void checkBatch(long epoch, long batch, long batches) {
    if (epoch < 0 || batch < 0 || batch >= batches) {
      throw new IllegalArgumentException(
          "no mini-batch " + batch + " in an epoch of " + batches + " (epoch " + epoch + ")");
    }
  }
}
