package org.syncbn.norm;

import java.io.Serializable;

/**
 * What a batch norm normalizes by, and what its statistics are taken over.
 *
 * @param trainingSource what normalizes in training; RUNNING freezes the statistics
 * @param evaluationSource what normalizes in evaluation; BATCH for a layer that tracks no averages
 * @param virtualBatchRows rows of a ghost batch with statistics of its own; 0: the whole mini-batch
 * @param smallBatchPolicy what a channel of at most one value does, in training
 * @param rowWeights what the weights of rows do to the statistics
 * @param axis in networks, along which axis the statistics lie; {@link BatchNormShard} is told by a
 *     {@link ChannelLayout}
 */
public record StatisticsOptions(
    StatisticsSource trainingSource,
    StatisticsSource evaluationSource,
    int virtualBatchRows,
    SmallBatchPolicy smallBatchPolicy,
    RowWeights rowWeights,
    ChannelAxis axis)
    implements Serializable {

  /** Those of PyTorch. */
  static final StatisticsOptions PYTORCH =
      new StatisticsOptions(
          StatisticsSource.BATCH,
          StatisticsSource.RUNNING,
          0,
          SmallBatchPolicy.ERROR,
          RowWeights.MASK,
          ChannelAxis.CHANNELS);

  /** Throws if the rows of ghost batches are negative. */
  public StatisticsOptions {
    if (virtualBatchRows < 0) {
      throw new IllegalArgumentException(
          "virtualBatchRows must be at least 0 (0: the whole mini-batch), was " + virtualBatchRows);
    }
  }

  StatisticsOptions withTraining(StatisticsSource value) {
    return new StatisticsOptions(
        value, evaluationSource, virtualBatchRows, smallBatchPolicy, rowWeights, axis);
  }

  StatisticsOptions withEvaluation(StatisticsSource value) {
    return new StatisticsOptions(
        trainingSource, value, virtualBatchRows, smallBatchPolicy, rowWeights, axis);
  }

  StatisticsOptions withVirtualBatchRows(int value) {
    return new StatisticsOptions(
        trainingSource, evaluationSource, value, smallBatchPolicy, rowWeights, axis);
  }

  StatisticsOptions with(SmallBatchPolicy value) {
    return new StatisticsOptions(
        trainingSource, evaluationSource, virtualBatchRows, value, rowWeights, axis);
  }

  StatisticsOptions with(RowWeights value) {
    return new StatisticsOptions(
        trainingSource, evaluationSource, virtualBatchRows, smallBatchPolicy, value, axis);
  }

  StatisticsOptions with(ChannelAxis value) {
    return new StatisticsOptions(
        trainingSource, evaluationSource, virtualBatchRows, smallBatchPolicy, rowWeights, value);
  }
}
