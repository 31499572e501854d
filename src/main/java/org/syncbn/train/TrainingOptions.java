package org.syncbn.train;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How long and in what pieces a run trains.
 *
 * @param epochs how often all rows are taken
 * @param batchSize rows of a mini-batch over all shards; the batches of an epoch differ by a few
 * @param referenceBatchSize the rows of a mini-batch that the learning rate is meant for; it is
 *     multiplied by {@code batchSize / referenceBatchSize}
 * @param batchNormSync which rows the statistics of a batch-norm layer are taken over in training
 * @param batchNormGroupSize how many adjacent shards share these statistics; 0 for all
 * @param preciseStatistics whether the statistics of all training rows take the place of running
 *     averages when training is over
 * @param clipNorm the greatest Euclidean norm of the gradient of all weights; longer ones are
 *     shortened
 * @param clipValue the greatest magnitude of one weight's gradient
 * @param earlyStopping ends a run that no longer improves
 * @param checkpoint keeps the state of the run while it goes on
 */
public record TrainingOptions(
    int epochs,
    int batchSize,
    Optional<Integer> referenceBatchSize,
    StatisticsScope batchNormSync,
    int batchNormGroupSize,
    boolean preciseStatistics,
    Optional<Double> clipNorm,
    Optional<Double> clipValue,
    Optional<EarlyStopping> earlyStopping,
    Optional<Checkpointing> checkpoint) {

  /** Ten epochs of mini-batches of 256. */
  public static final TrainingOptions DEFAULTS =
      new TrainingOptions(
          10,
          256,
          Optional.empty(),
          StatisticsScope.GLOBAL,
          0,
          false,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** Checks that there is something to do. */
  public TrainingOptions {
    if (epochs < 1) {
      throw new IllegalArgumentException("epochs must be at least 1, was " + epochs);
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, was " + batchSize);
    }
    if (batchNormGroupSize < 0) {
      throw new IllegalArgumentException(
          "batchNormGroupSize must be at least 0 (0: all shards), was " + batchNormGroupSize);
    }
    if (batchNormGroupSize > 0 && batchNormSync == StatisticsScope.SHARD) {
      throw new IllegalArgumentException(
          "batchNormGroupSize = "
              + batchNormGroupSize
              + " lets shards share batch statistics, but batchNormSync is false: remove one");
    }
    if (referenceBatchSize.orElse(1) < 1) {
      throw new IllegalArgumentException(
          "referenceBatchSize must be at least 1, was " + referenceBatchSize.get());
    }
  }

  /** What batch-norm layers take their training statistics over. */
  public enum StatisticsScope {
    /** The whole mini-batch, or a group of shards: synchronized batch normalization. */
    GLOBAL,
    /** The shard's own rows: what data-parallel training does without synchronization. */
    SHARD
  }

  /** What early stopping watches, after each epoch on the validation rows. */
  public enum Monitored {
    /** The loss; lower is better. */
    LOSS,
    /** The accuracy; higher is better. */
    ACCURACY
  }

  /**
   * Ends a run when the watched metric has not improved for some epochs.
   *
   * @param monitor which metric of the validation rows
   * @param patience how many epochs without an improvement are endured
   * @param minDelta what counts as an improvement
   * @param restoreBest whether the run ends with the weights of its best epoch
   */
  public record EarlyStopping(
      Monitored monitor, int patience, double minDelta, boolean restoreBest) {

    /** The validation loss, three epochs, the best weights. */
    public static final EarlyStopping DEFAULTS = new EarlyStopping(Monitored.LOSS, 3, 0, true);

    /** Checks the ranges. */
    public EarlyStopping {
      if (patience < 1) {
        throw new IllegalArgumentException("patience must be at least 1, was " + patience);
      }
      if (!(minDelta >= 0)) {
        throw new IllegalArgumentException("minDelta must be at least 0, was " + minDelta);
      }
    }

    /**
     * Whether a value of the watched metric improves on the best one so far. NaN never does, and
     * any number is better than none.
     */
    boolean improves(double value, OptionalDouble best) {
      if (best.isEmpty()) {
        return !Double.isNaN(value);
      }
      double gain =
          switch (monitor) {
            case LOSS -> best.getAsDouble() - value;
            case ACCURACY -> value - best.getAsDouble();
          };
      return gain > minDelta;
    }
  }

  /**
   * When the state of a run is kept, and where.
   *
   * @param folder where; each checkpoint is a folder inside it. The command line and programs may
   *     name another
   * @param everySteps after so many steps; 0 for never
   * @param everyEpochs after so many epochs; 0 for never
   * @param keep how many of the newest are kept
   */
  public record Checkpointing(Optional<String> folder, int everySteps, int everyEpochs, int keep) {

    /** After each epoch, the two newest. */
    public static final Checkpointing DEFAULTS = new Checkpointing(Optional.empty(), 0, 1, 2);

    /** Checks the ranges. */
    public Checkpointing {
      if (everySteps < 0 || everyEpochs < 0 || keep < 1) {
        throw new IllegalArgumentException(
            "everySteps and everyEpochs must be at least 0 and keep at least 1");
      }
    }
  }
}
