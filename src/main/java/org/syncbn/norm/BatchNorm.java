package org.syncbn.norm;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;

/**
 * One batch-norm layer (Ioffe and Szegedy 2015) as the driver sees it: its name, options and first
 * state, what the merged contributions of the shards mean, and the state after a committed step.
 *
 * <p>A training step, for one layer and any number of shards (see {@link BatchNormShard} for the
 * shard's half; {@code join} is {@link ChannelMoments#join}, {@code add} adds arrays element by
 * element, both in a fixed order):
 *
 * <pre>{@code
 * shard.observe(x, contribution);          // each shard: n, mean, M2
 * double[] forward = join(contributions);
 * shard.agree(forward);                    // each shard, and the driver: equal bits
 * shard.apply(x, y);
 * ...
 * shard.observeGradient(x, dy, contribution);
 * double[] backward = add(contributions);   // n, S1 = sum dy, S2 = sum dy * (x - mean)
 * shard.applyGradient(backward, x, dy, dx);
 *
 * Normalization agreed = layer.agree(Mode.TRAINING, batchRows, state, forward);  // driver
 * float[] dGamma = layer.gammaGradient(backward, agreed, state);
 * float[] dBeta = layer.betaGradient(backward, agreed, state);
 * state = layer.withUpdated(layer.updated(state, agreed), gamma, beta, true, true);
 * }</pre>
 *
 * <p>The merged backward contribution already is the global gradient of gamma and beta: never
 * reduce it again. A shard without rows contributes nothing at all, or zeros: the result has the
 * same bits. Immutable, hence thread-safe.
 */
public final class BatchNorm implements Serializable {

  private static final long serialVersionUID = 1;

  private final String name;
  private final int channels;
  private final BatchNormOptions options;
  private final CounterRandom random;

  private BatchNorm(String name, int channels, BatchNormOptions options, CounterRandom random) {
    this.name = name;
    this.channels = channels;
    this.options = options;
    this.random = random;
  }

  /**
   * A layer.
   *
   * @param name names the layer in errors and selects its random stream
   * @param random the network's random numbers; initial values, adjustment and noise draw from
   *     {@code random.fork(name)}
   */
  public static BatchNorm of(
      String name, int channels, BatchNormOptions options, CounterRandom random) {
    if (channels < 1) {
      throw new IllegalArgumentException("layer " + name + " has " + channels + " channels");
    }
    return new BatchNorm(name, channels, options, random.fork(name));
  }

  /** The name in errors. */
  public String name() {
    return name;
  }

  /** How many means and variances there are. */
  public int channels() {
    return channels;
  }

  /** The choices. */
  public BatchNormOptions options() {
    return options;
  }

  /** The state before the first step. */
  public BatchNormState initialState() {
    double[] variance = doubles(options.running().varianceInitializer(), "runningVariance");
    double[] deviation = new double[options.extensions().renormalization().isNone() ? 0 : channels];
    for (int c = 0; c < deviation.length; c++) {
      deviation[c] = Math.sqrt(variance[c]);
    }
    return valid(
        new BatchNormState(
            parameter(options.gamma().parameter(), options.gamma().initializer(), "gamma"),
            parameter(options.beta().parameter(), options.beta().initializer(), "beta"),
            doubles(options.running().meanInitializer(), "runningMean"),
            variance,
            deviation,
            0,
            0));
  }

  private float[] parameter(Parameter parameter, Initializer initializer, String purpose) {
    return parameter == Parameter.ABSENT ? new float[0] : floats(initializer, purpose);
  }

  private float[] floats(Initializer initializer, String purpose) {
    return initializer.values(channels, channels, channels, random.fork(purpose));
  }

  private double[] doubles(Initializer initializer, String purpose) {
    float[] values = floats(initializer, purpose);
    double[] doubles = new double[channels];
    for (int c = 0; c < channels; c++) {
      doubles[c] = values[c];
    }
    return doubles;
  }

  /**
   * How many doubles a forward contribution has, in the layout of {@link ChannelMoments}; 0 if
   * there is nothing to agree on.
   */
  public int statisticsLength(Mode mode, BatchSlice slice) {
    return options.source(mode) == StatisticsSource.RUNNING
        ? 0
        : ghosts(slice) * ChannelMoments.length(channels);
  }

  /** The same where all rows of a mini-batch share statistics, or ghost batches cut it. */
  public int statisticsLength(Mode mode, int batchRows) {
    return statisticsLength(mode, BatchSlice.whole(batchRows));
  }

  /**
   * How many doubles a backward contribution has: for each ghost batch n, then S1 = sum dy, then S2
   * = sum dy * (x - mean) per channel. With statistics from running averages dx does not wait for
   * the merged sums; the gradients of gamma and beta still need them.
   */
  public int gradientLength(BatchSlice slice) {
    return ghosts(slice) * gradientGhostLength();
  }

  /** The same where all rows of a mini-batch share statistics, or ghost batches cut it. */
  public int gradientLength(int batchRows) {
    return gradientLength(BatchSlice.whole(batchRows));
  }

  /** The agreed normalization, as each shard computes it for itself. */
  public Normalization agree(Mode mode, BatchSlice slice, BatchNormState state, double[] merged) {
    Normalization normalization = new Normalization();
    normalization.agree(this, mode, slice, state, merged);
    return normalization;
  }

  /** The same where all rows of a mini-batch share statistics, or ghost batches cut it. */
  public Normalization agree(Mode mode, int batchRows, BatchNormState state, double[] merged) {
    return agree(mode, BatchSlice.whole(batchRows), state, merged);
  }

  /**
   * The gradient of the summed loss and of gamma's penalty times the divisor of the loss, by gamma;
   * empty if the layer has no gamma. Summed in double and rounded once.
   *
   * @param merged the merged backward contribution
   * @param divisor of the loss
   */
  public float[] gammaGradient(
      double[] merged, Normalization normalization, BatchNormState state, double divisor) {
    float[] gradient = new float[options.gamma().parameter() == Parameter.ABSENT ? 0 : channels];
    for (int c = 0; c < gradient.length; c++) {
      double sum = divisor * options.gamma().regularizer().gradient(state.gamma[c]);
      for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
        int at = ghost * gradientGhostLength() + 1 + c;
        double scale = normalization.ratio(ghost, c) * normalization.invStd(ghost, c);
        sum += scale * merged[at + channels] + normalization.shift(ghost, c) * merged[at];
      }
      gradient[c] = (float) sum;
    }
    return gradient;
  }

  /** The same of a mean loss, whose divisor is 1. */
  public float[] gammaGradient(double[] merged, Normalization normalization, BatchNormState state) {
    return gammaGradient(merged, normalization, state, 1);
  }

  /** The same by beta; see {@link #gammaGradient}. */
  public float[] betaGradient(double[] merged, Normalization normalization, BatchNormState state) {
    return betaGradient(merged, normalization, state, 1);
  }

  /** The same by beta; see {@link #gammaGradient}. */
  public float[] betaGradient(
      double[] merged, Normalization normalization, BatchNormState state, double divisor) {
    float[] gradient = new float[options.beta().parameter() == Parameter.ABSENT ? 0 : channels];
    for (int c = 0; c < gradient.length; c++) {
      double sum = divisor * options.beta().regularizer().gradient(state.beta[c]);
      for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
        sum += merged[ghost * gradientGhostLength() + 1 + c];
      }
      gradient[c] = (float) sum;
    }
    return gradient;
  }

  /** What the penalties on gamma and beta add to the loss. */
  public double penalty(BatchNormState state) {
    return options.gamma().regularizer().penalty(state.gamma)
        + options.beta().regularizer().penalty(state.beta);
  }

  /**
   * The state after one more committed training step. Ghost batches enter the running averages one
   * after the other, groups of shards together: as one batch of all their values.
   *
   * @throws ArithmeticException if a running statistic would become non-finite or negative; the
   *     message names the layer and the channel, and the given state is as it was
   */
  public BatchNormState updated(BatchNormState state, Normalization normalization) {
    double[] mean = state.runningMean();
    double[] variance = state.runningVariance();
    double[] deviation = state.runningDeviation();
    long updates = state.updates();
    if (options.running().update() == RunningUpdate.ON) {
      for (double[] moments : batches(normalization)) {
        updates++;
        double weight = options.running().average().weight(updates);
        double deviationWeight = options.extensions().renormalization().average().weight(updates);
        double factor = runningFactor(moments);
        for (int c = 0; c < channels; c++) {
          double populationVariance = moments[2 + channels + c] / moments[0];
          mean[c] = average(mean[c], moments[2 + c], weight);
          variance[c] = average(variance[c], populationVariance * factor, weight);
          if (deviation.length > 0) {
            deviation[c] =
                average(
                    deviation[c], Math.sqrt(populationVariance + options.eps()), deviationWeight);
          }
        }
      }
    }
    return valid(state.next(mean, variance, deviation, updates));
  }

  /** The moments that enter the running averages, in order. */
  private List<double[]> batches(Normalization normalization) {
    List<double[]> batches = new ArrayList<>();
    for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
      if (!normalization.isFixed(ghost)) {
        double[] moments = normalization.moments(ghost);
        if (options.statistics().virtualBatchRows() > 0 || batches.isEmpty()) {
          batches.add(moments);
        } else {
          ChannelMoments.join(batches.get(0), moments, channels);
        }
      }
    }
    return batches;
  }

  /**
   * The state with statistics of a whole dataset in the place of running averages.
   *
   * @param state whose gamma, beta and counts are kept
   * @param moments the joined {@link PreciseStatistics#moments} of all shards
   * @throws ArithmeticException if a statistic is not finite; the message names layer and channel
   */
  public BatchNormState withStatistics(BatchNormState state, double[] moments) {
    requireLength(moments, ChannelMoments.length(channels), "statistics");
    double factor = runningFactor(moments);
    double[] mean = new double[channels];
    double[] variance = new double[channels];
    double[] deviation = new double[state.runningDeviation().length];
    for (int c = 0; c < channels; c++) {
      double populationVariance = moments[2 + channels + c] / moments[0];
      mean[c] = moments[2 + c];
      variance[c] = populationVariance * factor;
      if (deviation.length > 0) {
        deviation[c] = Math.sqrt(populationVariance + options.eps());
      }
    }
    return valid(
        new BatchNormState(
            state.gamma(),
            state.beta(),
            mean,
            variance,
            deviation,
            state.steps(),
            state.updates()));
  }

  /** What makes the running variance of a population variance. */
  private double runningFactor(double[] moments) {
    return switch (options.running().variance()) {
      case POPULATION -> 1;
      case SAMPLE -> ChannelMoments.sampleFactor(moments[0], moments[1]);
    };
  }

  /** The state with gamma and beta as they were stored. */
  public BatchNormState withParameters(BatchNormState state, float[] gamma, float[] beta) {
    return valid(state.with(gamma.clone(), beta.clone()));
  }

  /**
   * The state with gamma and beta as an optimizer left them, put back under their constraints.
   *
   * @param trainsGamma whether the optimizer moves gamma; else it is only taken over
   * @param trainsBeta whether the optimizer moves beta
   */
  public BatchNormState withUpdated(
      BatchNormState state, float[] gamma, float[] beta, boolean trainsGamma, boolean trainsBeta) {
    float[] newGamma = gamma.clone();
    float[] newBeta = beta.clone();
    if (trainsGamma) {
      options.gamma().constraint().project(newGamma);
    }
    if (trainsBeta) {
      options.beta().constraint().project(newBeta);
    }
    return valid(state.with(newGamma, newBeta));
  }

  /** The layer with fixed statistics as one multiply-add per value. */
  public ChannelAffine inference(BatchNormState state) {
    Normalization fixed = new Normalization();
    fixed.fix(this, state);
    return ChannelAffine.of(fixed, state);
  }

  private static double average(double old, double value, double weight) {
    return (1 - weight) * old + weight * value;
  }

  private BatchNormState valid(BatchNormState state) {
    requireLength(state.gamma, options.gamma().parameter(), "gamma");
    requireLength(state.beta, options.beta().parameter(), "beta");
    state
        .fault()
        .ifPresent(
            fault -> {
              throw new ArithmeticException(
                  ("layer %s, channel %d: %s would become %s at step %d; the state before it is "
                          + "unchanged. Look for NaN or huge inputs, or lower the learning rate")
                      .formatted(
                          name, fault.channel(), fault.what(), fault.value(), state.steps()));
            });
    return state;
  }

  private void requireLength(float[] values, Parameter parameter, String what) {
    int length = parameter == Parameter.ABSENT ? 0 : channels;
    if (values.length != length) {
      throw new IllegalArgumentException(
          "layer " + name + ": " + what + " has " + values.length + " values, not " + length);
    }
  }

  void requireLength(double[] contribution, int length, String pass) {
    if (contribution.length != length) {
      throw new IllegalArgumentException(
          "layer "
              + name
              + ": the "
              + pass
              + " contribution has "
              + contribution.length
              + " numbers, not "
              + length);
    }
  }

  /** How many sets of statistics a mini-batch has: ghost batches, or groups of shards. */
  int ghosts(BatchSlice slice) {
    int rows = options.statistics().virtualBatchRows();
    return rows == 0 ? slice.groups() : Math.max(1, (slice.batchRows() - 1) / rows + 1);
  }

  /** How many doubles one ghost batch adds to a backward contribution. */
  int gradientGhostLength() {
    return 2 * channels + 1;
  }

  /** The layer's random numbers in a step. */
  CounterRandom random(long step) {
    return random.fork(step);
  }
}
