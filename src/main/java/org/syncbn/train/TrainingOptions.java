package org.syncbn.train;

import java.util.List;
import java.util.Optional;
import org.syncbn.nn.Measures;
import org.syncbn.nn.Metric;
import org.syncbn.nn.MicroBatches;

/**
 * The length of a run, its mini-batches and checkpoints.
 *
 * @param epochs how often all rows are taken
 * @param batchSize the most rows of a mini-batch over all shards; see {@link #batchSize(long)} for
 *     the default
 * @param referenceBatchSize the rows of a mini-batch that the learning rate is meant for; it is
 *     multiplied by {@code batchSize / referenceBatchSize}
 * @param batchNormSync which rows the statistics of a batch-norm layer are taken over in training
 * @param batchNormGroupSize how many adjacent shards share these statistics; 0 for all
 * @param microBatches how much of a mini-batch is in memory at once; all of it if not said
 * @param preciseStatistics whether the statistics of all training rows take the place of running
 *     averages when training is over
 * @param clipNorm the greatest Euclidean norm of the gradient of all weights; longer ones are
 *     shortened
 * @param clipValue the greatest magnitude of one weight's gradient
 * @param earlyStopping ends a run that no longer improves
 * @param reduceOnPlateau lowers the learning rate of a run that no longer improves
 * @param weightAveraging ends the run with an average of its weights
 * @param initialModel what the first weights are taken from, in the place of drawn ones
 * @param parameterGroups arrays of weights that are frozen or have learning rates of their own; the
 *     first group that matches an array counts
 * @param checkpoint when and where the state of the run is saved
 * @param metrics what is measured of whole parts of the data; if empty, {@link Metric#usual}
 */
public record TrainingOptions(
    int epochs,
    Optional<Integer> batchSize,
    Optional<Integer> referenceBatchSize,
    StatisticsScope batchNormSync,
    int batchNormGroupSize,
    Optional<MicroBatches> microBatches,
    boolean preciseStatistics,
    Optional<Double> clipNorm,
    Optional<Double> clipValue,
    Optional<EarlyStopping> earlyStopping,
    Optional<ReduceOnPlateau> reduceOnPlateau,
    Optional<WeightAveraging> weightAveraging,
    Optional<InitialModel> initialModel,
    List<ParameterGroup> parameterGroups,
    Optional<Checkpointing> checkpoint,
    List<Metric> metrics) {

  /** The mini-batch of a run that does not say, where there are enough rows. */
  public static final int USUAL_BATCH = 256;

  private static final int LEAST_BATCH = 32;

  /** Ten epochs. */
  public static final TrainingOptions DEFAULTS =
      new TrainingOptions(
          10,
          Optional.empty(),
          Optional.empty(),
          StatisticsScope.GLOBAL,
          0,
          Optional.empty(),
          false,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty(),
          List.of());

  /** Checks that there is something to do. */
  public TrainingOptions {
    parameterGroups = List.copyOf(parameterGroups);
    metrics = List.copyOf(metrics);
    if (weightAveraging.isPresent()
        && earlyStopping.map(EarlyStopping::restoreBest).orElse(false)) {
      throw new IllegalArgumentException(
          "a run ends with its best weights or with averages: set earlyStopping.restoreBest to"
              + " false, or remove weightAveraging");
    }
    if (epochs < 1) {
      throw new IllegalArgumentException("epochs must be at least 1, was " + epochs);
    }
    if (batchSize.orElse(1) < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, was " + batchSize.get());
    }
    if (batchNormGroupSize < 0) {
      throw new IllegalArgumentException(
          "batchNormGroupSize must be at least 0 (0: all shards), was " + batchNormGroupSize);
    }
    if (microBatches.isPresent() && batchNormSync == StatisticsScope.SHARD) {
      throw new IllegalArgumentException(
          "microBatches is of statistics that shards share, but batchNormSync is false: remove"
              + " one");
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

  /**
   * The most rows of a mini-batch. By default 256; of fewer than 2,048 rows the greatest power of
   * two that makes 8 mini-batches, but at least 32 rows, or all there are.
   *
   * @param trainingRows of the run
   */
  public int batchSize(long trainingRows) {
    long byDefault = Math.min(USUAL_BATCH, Long.highestOneBit(Math.max(1, trainingRows / 8)));
    return batchSize.orElse(
        (int) Math.max(1, Math.min(trainingRows, Math.max(LEAST_BATCH, byDefault))));
  }

  /** The same with the mini-batches of {@link #batchSize(long)}. */
  TrainingOptions forRows(long trainingRows) {
    return with(Optional.of(batchSize(trainingRows)), metrics);
  }

  /** The same with other metrics. */
  TrainingOptions with(List<Metric> newMetrics) {
    return with(batchSize, newMetrics);
  }

  private TrainingOptions with(Optional<Integer> newBatchSize, List<Metric> newMetrics) {
    return new TrainingOptions(
        epochs,
        newBatchSize,
        referenceBatchSize,
        batchNormSync,
        batchNormGroupSize,
        microBatches,
        preciseStatistics,
        clipNorm,
        clipValue,
        earlyStopping,
        reduceOnPlateau,
        weightAveraging,
        initialModel,
        parameterGroups,
        checkpoint,
        newMetrics);
  }

  /** What batch-norm layers take their training statistics over. */
  public enum StatisticsScope {
    /** The whole mini-batch, or a group of shards: synchronized batch normalization. */
    GLOBAL,
    /** The shard's own rows: what data-parallel training does without synchronization. */
    SHARD
  }

  /** Which values of a metric are better. */
  public enum MonitorMode {
    /** Lower ones of losses and errors, higher ones of all other metrics. */
    AUTO,
    /** Lower ones. */
    MIN,
    /** Higher ones. */
    MAX
  }

  /**
   * Ends a run when a metric of the validation rows has not improved for some epochs.
   *
   * @param monitor the name of the metric: {@code loss}, or another that the run measures
   * @param mode which values are better
   * @param patience how many epochs without an improvement are endured
   * @param minDelta a change that is not larger is no improvement
   * @param restoreBest whether the run ends with the weights of its best epoch
   */
  public record EarlyStopping(
      String monitor, MonitorMode mode, int patience, double minDelta, boolean restoreBest) {

    /** The validation loss, three epochs, the best weights. */
    public static final EarlyStopping DEFAULTS =
        new EarlyStopping(Measures.LOSS, MonitorMode.AUTO, 3, 0, true);

    /** Checks the ranges. */
    public EarlyStopping {
      if (patience < 1) {
        throw new IllegalArgumentException("patience must be at least 1, was " + patience);
      }
      requireChange(minDelta);
    }
  }

  /**
   * Lowers the learning rate when a metric of the validation rows has not improved for some epochs
   * (PyTorch's ReduceLROnPlateau). It multiplies whatever rate the schedule has.
   *
   * @param monitor the name of the metric: {@code loss}, or another that the run measures
   * @param mode which values are better
   * @param factor what the learning rate is multiplied by, in (0, 1)
   * @param patience how many epochs without an improvement are endured
   * @param minDelta a change that is not larger is no improvement
   * @param cooldown for how many epochs after a reduction nothing is counted
   * @param minLearningRate no reduction goes below it
   */
  public record ReduceOnPlateau(
      String monitor,
      MonitorMode mode,
      double factor,
      int patience,
      double minDelta,
      int cooldown,
      double minLearningRate) {

    /** The validation loss; a tenth of the rate after more than ten epochs. */
    public static final ReduceOnPlateau DEFAULTS =
        new ReduceOnPlateau(Measures.LOSS, MonitorMode.AUTO, 0.1, 10, 1e-4, 0, 0);

    /** Checks the ranges. */
    public ReduceOnPlateau {
      if (!(factor > 0 && factor < 1)) {
        throw new IllegalArgumentException("factor must be in (0, 1), was " + factor);
      }
      if (patience < 0 || cooldown < 0) {
        throw new IllegalArgumentException("patience and cooldown must be at least 0");
      }
      requireChange(minDelta);
      if (!(minLearningRate >= 0 && minLearningRate < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "minLearningRate must be at least 0, was " + minLearningRate);
      }
    }
  }

  /**
   * A saved model or checkpoint whose weights and running statistics a run starts from.
   *
   * @param folder where it is, in Hadoop's file systems
   * @param match the arrays that are taken: names, layers, or patterns with stars. Each must be in
   *     the model and in the network, of one shape; all others are drawn
   */
  public record InitialModel(String folder, List<String> match) {

    /** Keeps a copy of the list. */
    public InitialModel {
      match = List.copyOf(match);
    }
  }

  private static void requireChange(double minDelta) {
    if (!(minDelta >= 0 && minDelta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("minDelta must be at least 0, was " + minDelta);
    }
  }

  /**
   * When the state of a run is kept, and where.
   *
   * @param folder where; each checkpoint is a folder inside it. The command line and programs may
   *     name another
   * @param everySteps steps between checkpoints; 0 for none
   * @param everyEpochs epochs between checkpoints; 0 for none
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
