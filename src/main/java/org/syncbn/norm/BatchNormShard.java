package org.syncbn.norm;

import java.util.Arrays;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.KernelChoice;
import org.syncbn.tensor.Kernels;
import org.syncbn.tensor.Tensor;
import org.syncbn.tensor.TileLoops;

/**
 * One shard's half of one batch-norm layer: what is computed between synchronization points.
 *
 * <p>It owns all buffers: calls allocate nothing while the shape stays the same, and a few small
 * objects when it changes. Each step starts with {@link #begin}; then, in training,
 *
 * <ol>
 *   <li>{@link #observe} writes the shard's forward contribution; merge it with the others';
 *   <li>{@link #agree} reads the merged one; {@link #apply} normalizes;
 *   <li>{@link #observeGradient} writes the backward contribution; merge;
 *   <li>{@link #applyGradient} reads the merged one and writes the gradient of the input.
 * </ol>
 *
 * <p>Evaluation is the same up to {@code apply}. With statistics from running averages the forward
 * contribution has length 0, and {@code agree} may be called at once.
 *
 * <p><b>Precision.</b> Values are float32. A block of {@value Region#RUN} rows is summed in float,
 * as deviations from the block's own first row, then added up in double, as deviations from the
 * shard's first row. For any data, deviations from one of the values have a sum of squares of at
 * most (1 + rows) times the one around the mean: neither sum can cancel, however far the mean is
 * from 0. Shards join their moments ({@link ChannelMoments}). Shards of at most one block, where
 * rounding errors do not average out and double costs nothing, are summed in double, as are
 * weighted rows, gradients behind noise, and blocks that overflow float.
 *
 * <p><b>Weights.</b> Rows (or positions) of weight 0 take no part in the statistics, are
 * normalized, and pass their gradient; what they hold, NaN included, never reaches another row as
 * long as their dy is 0.
 *
 * <p>Not thread-safe: one thread at a time.
 */
public final class BatchNormShard {

  private static final Kernels KERNELS = KernelChoice.chosen().kernels();

  private static final float[] UNWEIGHTED = {};

  private final BatchNorm layer;
  private final Activation activation;
  private final Normalization normalization = new Normalization();

  // What begin was told.
  private Mode mode;
  private ChannelLayout layout;
  private BatchSlice slice;
  private BatchNormState state;
  private ValueWeights weights;
  private ValueWeights unweighted;
  private Region[] regions = {};
  private boolean noisy;

  // Where the shard's sums are taken from, then what was read off the synchronization points.
  private final ChannelFloats origin = new ChannelFloats();
  private final ChannelFloats center = new ChannelFloats();
  private final ChannelFloats scale = new ChannelFloats();
  private final ChannelFloats offset = new ChannelFloats();
  private final ChannelFloats dyFactor = new ChannelFloats();
  private final ChannelFloats xFactor = new ChannelFloats();
  private final ChannelFloats dxOffset = new ChannelFloats();
  private final Kernels.Forward forward = new Kernels.Forward(center.tile, scale.tile, offset.tile);
  private final Kernels.Backward backward =
      new Kernels.Backward(forward, dyFactor.tile, xFactor.tile, dxOffset.tile);

  // Tiles of values.
  private final float[] xTile = new float[Region.TILE];
  private final float[] dyTile = new float[Region.TILE];
  private final float[] firstTile = new float[Region.TILE];
  private final float[] outTile = new float[Region.TILE];
  private final float[] weightTile = new float[Region.TILE];
  private final RegionSums sums = new RegionSums();

  /** Buffers for one shard of a layer, with an activation behind the normalization. */
  public BatchNormShard(BatchNorm layer, Activation activation) {
    this.layer = layer;
    this.activation = activation;
  }

  /** Starts a step in which every value counts alike. */
  public void begin(Mode mode, ChannelLayout layout, BatchSlice slice, BatchNormState state) {
    begin(mode, layout, slice, state, UNWEIGHTED);
  }

  /**
   * Starts a step.
   *
   * @param layout of x, y, dy and dx
   * @param slice where the shard's rows lie in the mini-batch
   * @param state the layer's state, the same on all shards
   * @param weights none, one per row, or one per position (row-major without the channels): finite,
   *     at least 0; kept until the next step, not copied
   */
  public void begin(
      Mode mode, ChannelLayout layout, BatchSlice slice, BatchNormState state, float[] weights) {
    if (layout.channels() != layer.channels() || state.channels() != layer.channels()) {
      throw new IllegalArgumentException(
          "layer "
              + layer.name()
              + " has "
              + layer.channels()
              + " channels, its input "
              + layout.channels()
              + ", its state "
              + state.channels());
    }
    if (slice.firstRow() + layout.rows() > slice.batchRows()) {
      throw new IllegalArgumentException(
          "rows "
              + slice.firstRow()
              + " to "
              + (slice.firstRow() + layout.rows())
              + " are outside a mini-batch of "
              + slice.batchRows());
    }
    if (!layout.equals(this.layout) || !slice.equals(this.slice)) {
      this.layout = layout;
      this.slice = slice;
      this.regions = Region.of(layout, slice, layer.options().statistics().virtualBatchRows());
      this.unweighted = new ValueWeights(UNWEIGHTED, layout);
    }
    this.weights = weights.length == 0 ? unweighted : new ValueWeights(weights, layout);
    this.mode = mode;
    this.state = state;
    this.noisy =
        mode == Mode.TRAINING && !layer.options().extensions().noise().equals(ActivationNoise.NONE);
  }

  /** The agreed normalization; valid after {@link #agree} until the next one. */
  public Normalization normalization() {
    return normalization;
  }

  /**
   * Writes the shard's forward contribution, in the layout of {@link ChannelMoments}.
   *
   * @param contribution overwritten; {@link BatchNorm#statisticsLength} numbers
   */
  public void observe(Tensor x, double[] contribution) {
    requireSize(x, "x");
    layer.requireLength(contribution, layer.statisticsLength(mode, slice), "forward");
    if (contribution.length == 0) {
      return;
    }
    Arrays.fill(contribution, 0);
    int channels = layer.channels();
    int length = ChannelMoments.length(channels);
    origin.resize(layer.ghosts(slice) * channels);
    for (Region region : regions) {
      int at = region.ghost() * length;
      if (region.column() == 0) {
        contribution[at] = weights.sum(region.from(), region.to());
        contribution[at + 1] = weights.sumOfSquares(region.from(), region.to());
        originFrom(x, region);
      }
      Region summed = sumDeviations(x, region);
      sums.addTo(contribution, at + 2, at + 2 + channels, summed);
    }
    for (int ghost = 0; ghost < layer.ghosts(slice); ghost++) {
      ChannelMoments.ofSums(
          contribution, ghost * length, channels, origin.values, ghost * channels);
    }
  }

  /** Takes the first value of each channel that counts as the origin of a ghost batch's sums. */
  private void originFrom(Tensor x, Region region) {
    int position = weights.firstCounted(region.from(), region.to());
    if (position < 0) {
      return;
    }
    int inner = layout.inner();
    int at = position / inner * layout.columns() + position % inner;
    for (int c = 0; c < layer.channels(); c++) {
      origin.values[region.ghost() * layer.channels() + c] = x.get(at + c * inner);
    }
  }

  /** Reads the merged forward contribution of all shards. */
  public void agree(double[] merged) {
    normalization.agree(layer, mode, slice, state, merged);
    int size = normalization.ghosts() * layer.channels();
    center.resize(size);
    scale.resize(size);
    offset.resize(size);
    for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
      for (int c = 0; c < layer.channels(); c++) {
        int i = ghost * layer.channels() + c;
        double mean = normalization.mean(ghost, c);
        double gamma = state.gamma(c);
        float factor =
            (float) (gamma * normalization.ratio(ghost, c) * normalization.invStd(ghost, c));
        center.values[i] = (float) mean;
        scale.values[i] = factor;
        double rest = mean - center.values[i]; // what rounding leaves out of x - mean
        offset.values[i] =
            (float) (state.beta(c) + gamma * normalization.shift(ghost, c) - rest * factor);
      }
    }
  }

  /**
   * Normalizes: {@code y = gamma * (ratio * (x - mean) * invStd + shift) + beta}, then noise, then
   * the activation.
   *
   * @param y may be x
   */
  public void apply(Tensor x, Tensor y) {
    requireSize(x, "x");
    requireSize(y, "y");
    for (Region region : regions) {
      spreadForward(region);
      for (int outer = region.from(); outer < region.to(); outer += region.group()) {
        int at = region.at(outer);
        int length = region.length(outer);
        if (noisy) {
          x.read(at, xTile, 0, length);
          forward(region, outer, xTile, xTile, length);
          if (activation == Activation.RELU) {
            TileLoops.relu(xTile, 0, length);
          }
          y.write(at, xTile, 0, length);
        } else {
          KERNELS.normalize(x, y, at, length, forward, activation == Activation.RELU);
        }
      }
    }
  }

  /**
   * Writes the shard's backward contribution; the activation's gradient is taken first.
   *
   * @param x what {@link #apply} was given
   * @param dy the gradient of the loss by y
   * @param contribution overwritten; {@link BatchNorm#gradientLength} numbers
   */
  public void observeGradient(Tensor x, Tensor dy, double[] contribution) {
    requireSize(x, "x");
    requireSize(dy, "dy");
    layer.requireLength(contribution, layer.gradientLength(slice), "backward");
    Arrays.fill(contribution, 0);
    int channels = layer.channels();
    for (Region region : regions) {
      int at = region.ghost() * layer.gradientGhostLength();
      if (region.column() == 0) {
        contribution[at] = weights.sum(region.from(), region.to());
      }
      Region summed = sumProducts(x, dy, region);
      sums.addTo(contribution, at + 1, at + 1 + channels, summed);
    }
    for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
      for (int c = 0; c < channels; c++) {
        int s1 = ghost * layer.gradientGhostLength() + 1 + c;
        double rest = center.values[ghost * channels + c] - normalization.mean(ghost, c);
        contribution[s1 + channels] += rest * contribution[s1];
      }
    }
  }

  /**
   * Writes the gradient of the loss by x: {@code dx = gamma * ratio * invStd * (dy - w * (S1 / n +
   * (x - mean) * invStd^2 * S2 / n))} with w = 1 where there are no weights, and without the sums
   * where the statistics are running averages.
   *
   * @param merged the merged backward contribution of all shards
   * @param dx may be dy
   */
  public void applyGradient(double[] merged, Tensor x, Tensor dy, Tensor dx) {
    requireSize(x, "x");
    requireSize(dy, "dy");
    requireSize(dx, "dx");
    agreeGradient(merged);
    for (Region region : regions) {
      spreadForward(region);
      dyFactor.spread(region);
      xFactor.spread(region);
      dxOffset.spread(region);
      boolean isPlain = weights.isEmpty() && !normalization.isFixed(region.ghost());
      for (int outer = region.from(); outer < region.to(); outer += region.group()) {
        int at = region.at(outer);
        int length = region.length(outer);
        if (isPlain && !noisy) {
          KERNELS.inputGradient(x, dy, dx, at, length, backward, activation == Activation.RELU);
        } else {
          readWithGradient(x, dy, region, outer, length);
          if (!isPlain) {
            inputGradient(region, outer, length);
          }
          dx.write(at, dyTile, 0, length);
          if (isPlain) {
            KERNELS.inputGradient(x, dx, dx, at, length, backward, false);
          }
        }
      }
    }
  }

  private void agreeGradient(double[] merged) {
    layer.requireLength(merged, layer.gradientLength(slice), "backward");
    int size = normalization.ghosts() * layer.channels();
    dyFactor.resize(size);
    xFactor.resize(size);
    dxOffset.resize(size);
    for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
      int at = ghost * layer.gradientGhostLength();
      double count = merged[at];
      if (!normalization.isFixed(ghost) && count != normalization.count(ghost)) {
        throw new IllegalStateException(
            "layer "
                + layer.name()
                + ": the backward sums are over n = "
                + count
                + " values per channel, the forward sums over "
                + normalization.count(ghost)
                + ": the partial sums of a shard are missing or were merged twice");
      }
      for (int c = 0; c < layer.channels(); c++) {
        int i = ghost * layer.channels() + c;
        double s1 = merged[at + 1 + c];
        double s2 = merged[at + 1 + layer.channels() + c];
        double invStd = normalization.invStd(ghost, c);
        double factor = state.gamma(c) * normalization.ratio(ghost, c) * invStd;
        double slope = -factor * invStd * invStd * s2 / count;
        dyFactor.values[i] = (float) factor;
        xFactor.values[i] = (float) slope;
        // Of the rounded factors, so that their rounding leaves the sum of dx at 0.
        dxOffset.values[i] =
            (float)
                (-dyFactor.values[i] * s1 / count
                    - xFactor.values[i] * (normalization.mean(ghost, c) - center.values[i]));
      }
    }
  }

  // ---- sums over a region's rows, for each column; they say over which tiles

  /** Sums the deviations from the origin and their squares. */
  private Region sumDeviations(Tensor x, Region region) {
    if (!isSummedInDouble(region)) {
      sumDeviationsInFloat(x, region);
      if (sums.areFinite(region)) {
        return region;
      }
    }
    Region rows = region.rowByRow();
    sumDeviationsInDouble(x, rows);
    return rows;
  }

  private boolean isSummedInDouble(Region region) {
    return !weights.isEmpty() || region.to() - region.from() <= Region.RUN;
  }

  private void sumDeviationsInFloat(Tensor x, Region region) {
    sums.begin(region);
    origin.spread(region);
    for (int outer = region.from(); outer < region.to(); ) {
      int length = region.length(outer);
      int rows = region.run(outer);
      x.read(region.at(outer), firstTile, 0, length);
      sums.beginRun(length);
      sums.addDeviations(x, region, outer, rows, firstTile); // that of the first itself is 0
      sums.addRun(rows, firstTile, origin.tile, length);
      outer += rows * region.group();
    }
  }

  private void sumDeviationsInDouble(Tensor x, Region rows) {
    sums.begin(rows);
    origin.spread(rows);
    for (int outer = rows.from(); outer < rows.to(); outer++) {
      x.read(rows.at(outer), xTile, 0, rows.width());
      weights.spread(rows, outer, weightTile, 0);
      for (int i = 0; i < rows.width(); i++) {
        if (weightTile[i] != 0) {
          double deviation = (double) xTile[i] - origin.tile[i];
          sums.first[i] += weightTile[i] * deviation;
          sums.second[i] += weightTile[i] * deviation * deviation;
        }
      }
    }
  }

  /** Sums dy and dy * (x - center). */
  private Region sumProducts(Tensor x, Tensor dy, Region region) {
    if (!noisy && !isSummedInDouble(region)) {
      sumProductsInFloat(x, dy, region);
      if (sums.areFinite(region)) {
        return region;
      }
    }
    Region rows = region.rowByRow();
    sumProductsInDouble(x, dy, rows);
    return rows;
  }

  private void sumProductsInFloat(Tensor x, Tensor dy, Region region) {
    sums.begin(region);
    spreadForward(region);
    for (int outer = region.from(); outer < region.to(); ) {
      int length = region.length(outer);
      int rows = region.run(outer);
      sums.beginRun(length);
      sums.addProducts(x, dy, region, outer, rows, forward, activation == Activation.RELU);
      sums.addRun(rows, center.tile, center.tile, length);
      outer += rows * region.group();
    }
  }

  private void sumProductsInDouble(Tensor x, Tensor dy, Region rows) {
    sums.begin(rows);
    spreadForward(rows);
    for (int outer = rows.from(); outer < rows.to(); outer++) {
      readWithGradient(x, dy, rows, outer, rows.width());
      weights.spread(rows, outer, weightTile, 0);
      for (int i = 0; i < rows.width(); i++) {
        if (weightTile[i] != 0 || dyTile[i] != 0) {
          sums.first[i] += dyTile[i];
          sums.second[i] += dyTile[i] * ((double) xTile[i] - center.tile[i]);
        }
      }
    }
  }

  // ---- one tile of values

  private void spreadForward(Region region) {
    center.spread(region);
    scale.spread(region);
    offset.spread(region);
  }

  /** Normalizes one tile, noise included; y may be x. */
  private void forward(Region region, int outer, float[] x, float[] y, int length) {
    TileLoops.normalize(x, center.tile, scale.tile, offset.tile, y, 0, length);
    if (noisy) {
      CounterRandom random = layer.random(state.steps()).fork("noise");
      ActivationNoise noise = layer.options().extensions().noise();
      for (int i = 0; i < length; i++) {
        long activation = region.activation(slice, outer, i);
        y[i] =
            noise.scale(random, region.channel(i), activation) * y[i]
                + noise.shift(random, region.channel(i), activation);
      }
    }
  }

  /** Reads a tile of x, and of dy as it is before the activation and the noise. */
  private void readWithGradient(Tensor x, Tensor dy, Region region, int outer, int length) {
    x.read(region.at(outer), xTile, 0, length);
    dy.read(region.at(outer), dyTile, 0, length);
    if (activation == Activation.RELU) {
      gate(region, outer, xTile, dyTile, length);
    }
    if (noisy) {
      scaleByNoise(region, outer, dyTile, length);
    }
  }

  private void gate(Region region, int outer, float[] x, float[] dy, int length) {
    if (!weights.isEmpty()) {
      forward(region, outer, x, outTile, length);
      ChannelLoops.gateNaN(outTile, dy, length);
    } else if (noisy) {
      forward(region, outer, x, outTile, length);
      TileLoops.gate(outTile, dy, 0, length);
    } else {
      TileLoops.normalizeAndGate(x, center.tile, scale.tile, offset.tile, dy, 0, length);
    }
  }

  private void scaleByNoise(Region region, int outer, float[] dy, int length) {
    CounterRandom random = layer.random(state.steps()).fork("noise");
    ActivationNoise noise = layer.options().extensions().noise();
    for (int i = 0; i < length; i++) {
      dy[i] *= noise.scale(random, region.channel(i), region.activation(slice, outer, i));
    }
  }

  /** Turns the dy of dyTile into dx, with fixed statistics or weights. */
  private void inputGradient(Region region, int outer, int length) {
    if (normalization.isFixed(region.ghost())) {
      ChannelLoops.multiply(dyTile, dyFactor.tile, length);
    } else {
      for (int first = 0; first < length; first += region.width()) {
        weights.spread(region, outer + first / region.width(), weightTile, first);
      }
      ChannelLoops.weightedInputGradient(
          xTile,
          dyTile,
          center.tile,
          dyFactor.tile,
          xFactor.tile,
          dxOffset.tile,
          weightTile,
          length);
    }
  }

  private void requireSize(Tensor tensor, String what) {
    if (tensor.size() != layout.size()) {
      throw new IllegalArgumentException(
          "layer " + layer.name() + ": " + what + " is a " + tensor + ", not " + layout);
    }
  }
}
