package org.syncbn.train;

import java.util.List;
import org.syncbn.tensor.Tensor;

/**
 * What the driver sends to every shard in one exchange. {@link WireFormat} is its form outside a
 * JVM. Immutable by convention: arrays are passed without a copy and must not be changed during the
 * exchange.
 */
public sealed interface Message {

  /** Which run of which driver: answers to another one are stale. */
  long run();

  /** The number of the step, counted over all epochs. */
  long step();

  /** Which exchange of the step, from 1. */
  int exchange();

  /**
   * The first message of a step: the committed state and what to do.
   *
   * @param run which run
   * @param step the number of the step
   * @param work what the shards shall do
   * @param weights all weights of the network, in its order of parameters // [weights]
   * @param statistics the running statistics of its batch-norm layers, in their order
   */
  record Begin(long run, long step, Work work, Tensor weights, double[] statistics)
      implements Message {
    @Override
    public int exchange() {
      return 1;
    }
  }

  /**
   * A later message of a step: the doubles that all shards agreed on in the exchange before.
   *
   * @param run which run
   * @param step the number of the step
   * @param exchange which exchange of the step, from 2
   * @param values the merged sums of exchange {@code exchange - 1}
   */
  record Agreed(long run, long step, int exchange, double[] values) implements Message {
    /** Checks the number of the exchange. */
    public Agreed {
      if (exchange < 2) {
        throw new IllegalArgumentException(
            "the first exchange of a step brings weights, so nothing is agreed in exchange "
                + exchange);
      }
    }
  }

  /** Which weights count where the executors keep them. */
  enum Weights {
    /** Those that counted before. */
    OLD,
    /** Those of the last {@link Update}. */
    NEW
  }

  /**
   * Which weights count from now on where executors keep them.
   *
   * @param weights which ones
   * @param batchNormParameters gamma and beta of all batch norms if the weights are new, put back
   *     under their constraints; else none
   * @param weightInAverage how much they count in the average of weights, {@code average +=
   *     weightInAverage * (weights - average)}; 0 if they are left out
   */
  record Settlement(Weights weights, float[] batchNormParameters, double weightInAverage) {

    /** All stays as it is. */
    public static final Settlement NONE = new Settlement(Weights.OLD, new float[0], 0);

    /** Whether all stays as it is. */
    public boolean isNone() {
      return weights == Weights.OLD && weightInAverage == 0;
    }
  }

  /** A first message of a step that says which weights count where executors keep them. */
  sealed interface Settling extends Message {

    /** Which ones. */
    Settlement settlement();

    @Override
    default int exchange() {
      return 1;
    }
  }

  /** What the owners of slices report of an update besides. */
  enum Report {
    /** Nothing. */
    NOTHING,
    /** The sums of squares of the gradients. */
    GRADIENT_NORMS
  }

  /**
   * Gives executors that keep the weights what they begin with.
   *
   * @param run which run
   * @param step the number of steps done
   * @param weights all weights of the network // [weights]
   * @param state the arrays of the optimizer's state, or none before the first step // [weights];
   *     then, if weights are averaged, the {@link org.syncbn.optim.WeightAverage#halves} of the
   *     average
   */
  record Load(long run, long step, Tensor weights, List<Tensor> state) implements Message {
    /** Copies the list. */
    public Load {
      state = List.copyOf(state);
    }

    @Override
    public int exchange() {
      return 1;
    }
  }

  /**
   * The first message of a step, as {@link Begin}, where the executors keep the weights.
   *
   * @param run which run
   * @param step the number of the step
   * @param work what the shards shall do
   * @param settlement which weights count
   * @param statistics the running statistics of the batch-norm layers, in their order
   */
  record Continue(long run, long step, Work work, Settlement settlement, double[] statistics)
      implements Settling {
    /** The same when it is decided already which weights count. */
    public Continue settled() {
      return new Continue(run, step, work, Settlement.NONE, statistics);
    }
  }

  /**
   * Has the owners of slices compute new weights, which do not count yet. They answer with {@link
   * Contribution.Slice}: first, as often as the optimizer asks for norms, with sums of squares; the
   * driver then sends the sums over whole arrays, {@link Agreed}. The last answer has gamma and
   * beta.
   *
   * @param run which run
   * @param step the number of the step
   * @param exchange which exchange of the step
   * @param optimizerSteps how many steps the optimizer has taken
   * @param rateFactor what its learning rate is multiplied by
   * @param weight the divisor of the gradients
   * @param batchNormGradients of gamma and beta of all batch norms; none if the shards have
   *     computed them
   * @param report what to report besides
   */
  record Update(
      long run,
      long step,
      int exchange,
      long optimizerSteps,
      double rateFactor,
      double weight,
      float[] batchNormGradients,
      Report report)
      implements Message {}

  /**
   * Has the owners of slices send all that they keep.
   *
   * @param run which run
   * @param step the number of steps done
   * @param settlement which weights count
   */
  record Collect(long run, long step, Settlement settlement) implements Settling {}

  /**
   * Has executors that keep the weights decide which count: what is left of a step that came to
   * nothing when a run is brought back to where it was.
   *
   * @param run which run
   * @param step the number of the step
   * @param settlement which weights count
   */
  record Settle(long run, long step, Settlement settlement) implements Settling {}

  /** Whether the owners of slices answer it, not the shards. */
  static boolean isForOwners(Message message) {
    return message instanceof Load
        || message instanceof Update
        || message instanceof Collect
        || message instanceof Settle;
  }
}
