package org.syncbn.norm;

import java.util.Arrays;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * One shard's half of one batch-norm layer: what is computed between synchronization points.
 *
 * <p>It owns all buffers, so that no call allocates once it has seen its largest shape. Each step
 * starts with {@link #begin}; then, in training,
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
 * <p><b>Precision.</b> Values are float32. A block of {@value #RUN} rows is summed in float, as
 * deviations from the block's own first row, then added up in double. For any data, deviations from
 * one of the values have a sum of squares of at most (1 + rows) times the one around the mean: the
 * float part cannot cancel, however far the mean is from 0. The double sums are taken from an
 * origin (the running mean) that all shards know; while it is still far away, the variance has a
 * relative error of about {@code 1e-16 * ((mean - origin) / deviation)^2}. Shards of at most one
 * block, where rounding errors do not average out and double costs nothing, are summed in double,
 * as are weighted rows and blocks that overflow float.
 *
 * <p><b>Weights.</b> Rows (or positions) of weight 0 take no part in the statistics, are
 * normalized, and pass their gradient; what they hold, NaN included, never reaches another row as
 * long as their dy is 0.
 *
 * <p>Not thread-safe: one thread at a time.
 */
public final class BatchNormShard {

  /** How many floats are worked on at a time: a few such tiles fit the first-level cache. */
  private static final int TILE = 512;

  /** How many values of a column are summed in float before they are added in double. */
  private static final int RUN = 16;

  private static final float[] UNWEIGHTED = {};

  private final BatchNorm layer;
  private final Activation activation;
  private final Normalization normalization = new Normalization();

  // What begin was told.
  private Mode mode;
  private ChannelLayout layout;
  private BatchSlice slice;
  private BatchNormState state;
  private float[] weights;
  private boolean noisy;

  // The region at work; see moveTo.
  private int ghost;
  private int from;
  private int to;
  private int column;
  private int width;
  private int group;

  // Per ghost batch and channel, read off the synchronization point.
  private float[] center = new float[0];
  private float[] scale = new float[0];
  private float[] offset = new float[0];
  private float[] dyFactor = new float[0];
  private float[] xFactor = new float[0];
  private float[] dxOffset = new float[0];
  private final float[] origin;

  // One tile: values, then the same parameters spread over its columns.
  private final float[] xTile = new float[TILE];
  private final float[] dyTile = new float[TILE];
  private final float[] outTile = new float[TILE];
  private final float[] firstTile = new float[TILE];
  private final float[] sumTile = new float[TILE];
  private final float[] squareTile = new float[TILE];
  private final float[] centerTile = new float[TILE];
  private final float[] scaleTile = new float[TILE];
  private final float[] offsetTile = new float[TILE];
  private final float[] dyFactorTile = new float[TILE];
  private final float[] xFactorTile = new float[TILE];
  private final float[] dxOffsetTile = new float[TILE];
  private final float[] weightTile = new float[TILE];
  private final double[] columnSum = new double[TILE];
  private final double[] columnSquare = new double[TILE];

  /** Buffers for one shard of a layer, with an activation behind the normalization. */
  public BatchNormShard(BatchNorm layer, Activation activation) {
    this.layer = layer;
    this.activation = activation;
    this.origin = new float[layer.channels()];
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
    int positions = layout.outer() * layout.inner();
    if (weights.length != 0 && weights.length != layout.rows() && weights.length != positions) {
      throw new IllegalArgumentException(
          weights.length
              + " weights fit neither "
              + layout.rows()
              + " rows nor "
              + positions
              + " positions");
    }
    for (float weight : weights) {
      if (!(weight >= 0 && weight < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("a weight is finite and at least 0, was " + weight);
      }
    }
    this.mode = mode;
    this.layout = layout;
    this.slice = slice;
    this.state = state;
    this.weights = weights;
    this.noisy = mode == Mode.TRAINING && !layer.options().noise().equals(ActivationNoise.NONE);
    for (int c = 0; c < layer.channels(); c++) {
      origin[c] = BatchNorm.origin(state, c);
    }
  }

  /** The agreed normalization; valid after {@link #agree} until the next one. */
  public Normalization normalization() {
    return normalization;
  }

  /**
   * Writes the shard's forward contribution.
   *
   * @param contribution overwritten; {@link BatchNorm#statisticsLength} numbers
   */
  public void observe(Tensor x, double[] contribution) {
    requireSize(x, "x");
    layer.requireLength(contribution, layer.statisticsLength(mode, slice.batchRows()), "forward");
    Arrays.fill(contribution, 0);
    for (int region = 0; region < regions() && contribution.length > 0; region++) {
      moveTo(region);
      if (isSummedInDouble() || !sumDeviations(x)) {
        sumDeviationsInDouble(x);
      }
      fold(contribution);
    }
  }

  /** Reads the merged forward contribution of all shards. */
  public void agree(double[] merged) {
    normalization.agree(layer, mode, slice.batchRows(), state, merged);
    int size = normalization.ghosts() * layer.channels();
    if (center.length < size) {
      center = new float[size];
      scale = new float[size];
      offset = new float[size];
      dyFactor = new float[size];
      xFactor = new float[size];
      dxOffset = new float[size];
    }
    for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
      for (int c = 0; c < layer.channels(); c++) {
        int i = ghost * layer.channels() + c;
        double mean = normalization.mean(ghost, c);
        double gamma = state.gamma(c);
        center[i] = (float) mean;
        scale[i] = (float) (gamma * normalization.ratio(ghost, c) * normalization.invStd(ghost, c));
        double rest = mean - center[i]; // what rounding the mean to float leaves out of x - mean
        offset[i] =
            (float) (state.beta(c) + gamma * normalization.shift(ghost, c) - rest * scale[i]);
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
    for (int region = 0; region < regions(); region++) {
      moveTo(region);
      spreadForward();
      for (int outer = from; outer < to; outer += group) {
        int length = length(outer);
        x.read(at(outer), xTile, 0, length);
        forward(outer, length);
        if (activation == Activation.RELU) {
          ChannelLoops.relu(outTile, length);
        }
        y.write(at(outer), outTile, 0, length);
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
    layer.requireLength(contribution, layer.gradientLength(slice.batchRows()), "backward");
    Arrays.fill(contribution, 0);
    for (int region = 0; region < regions(); region++) {
      moveTo(region);
      if (isSummedInDouble() || !sumProducts(x, dy)) {
        sumProductsInDouble(x, dy);
      }
      fold(contribution);
    }
    for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
      for (int c = 0; c < layer.channels(); c++) {
        int sum = ghost * layer.ghostLength() + 1 + c;
        double rest = center[ghost * layer.channels() + c] - normalization.mean(ghost, c);
        contribution[sum + layer.channels()] += rest * contribution[sum];
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
    for (int region = 0; region < regions(); region++) {
      moveTo(region);
      spreadForward();
      spread(dyFactor, ghost, dyFactorTile);
      spread(xFactor, ghost, xFactorTile);
      spread(dxOffset, ghost, dxOffsetTile);
      for (int outer = from; outer < to; outer += group) {
        int length = length(outer);
        readWithGradient(x, dy, outer, length);
        inputGradient(outer, length);
        dx.write(at(outer), outTile, 0, length);
      }
    }
  }

  private void agreeGradient(double[] merged) {
    layer.requireLength(merged, layer.gradientLength(slice.batchRows()), "backward");
    for (int ghost = 0; ghost < normalization.ghosts(); ghost++) {
      double count = merged[ghost * layer.ghostLength()];
      if (!normalization.isFixed(ghost) && count != normalization.count(ghost)) {
        throw new IllegalStateException(
            "layer "
                + layer.name()
                + ": the backward sums are over n = "
                + count
                + " values per channel, the forward sums over "
                + normalization.count(ghost)
                + ": a shard's contribution is missing or was merged twice");
      }
      for (int c = 0; c < layer.channels(); c++) {
        int i = ghost * layer.channels() + c;
        int at = ghost * layer.ghostLength() + 1 + c;
        double invStd = normalization.invStd(ghost, c);
        double factor = state.gamma(c) * normalization.ratio(ghost, c) * invStd;
        double slope = -factor * invStd * invStd * merged[at + layer.channels()] / count;
        dyFactor[i] = (float) factor;
        xFactor[i] = (float) slope;
        // Of the rounded factors, so that their rounding leaves the sum of dx at 0.
        dxOffset[i] =
            (float)
                (-dyFactor[i] * merged[at] / count
                    - xFactor[i] * (normalization.mean(ghost, c) - center[i]));
      }
    }
  }

  // ---- regions: one ghost batch's rows [from, to) of a tile of columns

  private int regions() {
    if (layout.size() == 0) {
      return 0;
    }
    int rows = layer.options().virtualBatchRows();
    int segments =
        rows == 0 ? 1 : (slice.firstRow() + layout.rows() - 1) / rows - slice.firstRow() / rows + 1;
    return segments * chunks();
  }

  private int chunks() {
    return (layout.columns() - 1) / TILE + 1;
  }

  private void moveTo(int region) {
    int chunks = chunks();
    int rows = layer.options().virtualBatchRows();
    ghost = rows == 0 ? 0 : slice.firstRow() / rows + region / chunks;
    int firstRow = Math.max(0, ghost * rows - slice.firstRow());
    int endRow =
        rows == 0
            ? layout.rows()
            : (int) Math.min(layout.rows(), (ghost + 1L) * rows - slice.firstRow());
    from = firstRow * layout.outerPerRow();
    to = endRow * layout.outerPerRow();
    int chunkWidth = (layout.columns() - 1) / chunks + 1;
    column = region % chunks * chunkWidth;
    width = Math.min(chunkWidth, layout.columns() - column);
    // Rows of few columns lie side by side in a tile, so that loops are long enough.
    group = chunks > 1 ? 1 : Math.max(1, Math.min(TILE / width, (to - from) / RUN));
  }

  private int at(int outer) {
    return outer * layout.columns() + column;
  }

  private int length(int outer) {
    return Math.min(group, to - outer) * width;
  }

  // ---- sums over a region's rows, for each column

  /** Sums the deviations from the origin; false if float overflowed. */
  private boolean sumDeviations(Tensor x) {
    clearSums();
    spread(origin, 0, centerTile);
    for (int outer = from; outer < to; ) {
      int length = length(outer);
      int rows = Math.max(1, Math.min(RUN, (to - outer) / group));
      x.read(at(outer), firstTile, 0, length);
      Arrays.fill(sumTile, 0, length, 0);
      Arrays.fill(squareTile, 0, length, 0);
      for (int row = 1; row < rows; row++) { // the first row's deviation from itself is 0
        x.read(at(outer + row * group), xTile, 0, length);
        ChannelLoops.addDeviations(xTile, firstTile, sumTile, squareTile, length);
      }
      for (int i = 0; i < length; i++) {
        double first = (double) firstTile[i] - centerTile[i];
        double sum = sumTile[i];
        columnSum[i] += sum + rows * first;
        columnSquare[i] += squareTile[i] + first * (2 * sum + rows * first);
      }
      outer += rows * group;
    }
    return areSumsFinite();
  }

  private boolean isSummedInDouble() {
    return weights.length > 0 || to - from <= RUN;
  }

  private void sumDeviationsInDouble(Tensor x) {
    clearSums();
    group = 1;
    spread(origin, 0, centerTile);
    for (int outer = from; outer < to; outer++) {
      x.read(at(outer), xTile, 0, width);
      spreadWeights(outer, 0);
      for (int i = 0; i < width; i++) {
        if (weightTile[i] != 0) {
          double deviation = (double) xTile[i] - centerTile[i];
          columnSum[i] += weightTile[i] * deviation;
          columnSquare[i] += weightTile[i] * deviation * deviation;
        }
      }
    }
  }

  /** Sums dy and dy * (x - center); false if float overflowed. */
  private boolean sumProducts(Tensor x, Tensor dy) {
    clearSums();
    spreadForward();
    for (int outer = from; outer < to; ) {
      int length = length(outer);
      int rows = Math.max(1, Math.min(RUN, (to - outer) / group));
      Arrays.fill(sumTile, 0, length, 0);
      Arrays.fill(squareTile, 0, length, 0);
      for (int row = 0; row < rows; row++) {
        readWithGradient(x, dy, outer + row * group, length);
        ChannelLoops.addProducts(xTile, dyTile, centerTile, sumTile, squareTile, length);
      }
      for (int i = 0; i < length; i++) {
        columnSum[i] += sumTile[i];
        columnSquare[i] += squareTile[i];
      }
      outer += rows * group;
    }
    return areSumsFinite();
  }

  private void sumProductsInDouble(Tensor x, Tensor dy) {
    clearSums();
    group = 1;
    spreadForward();
    for (int outer = from; outer < to; outer++) {
      readWithGradient(x, dy, outer, width);
      spreadWeights(outer, 0);
      for (int i = 0; i < width; i++) {
        if (weightTile[i] != 0 || dyTile[i] != 0) {
          columnSum[i] += dyTile[i];
          columnSquare[i] += dyTile[i] * ((double) xTile[i] - centerTile[i]);
        }
      }
    }
  }

  private void clearSums() {
    Arrays.fill(columnSum, 0, group * width, 0);
    Arrays.fill(columnSquare, 0, group * width, 0);
  }

  private boolean areSumsFinite() {
    double sum = 0;
    for (int i = 0; i < group * width; i++) {
      sum += Math.abs(columnSum[i]) + Math.abs(columnSquare[i]);
    }
    return sum < Double.POSITIVE_INFINITY;
  }

  /** Adds the region's count and the sums of its columns to their channels. */
  private void fold(double[] contribution) {
    int first = ghost * layer.ghostLength();
    if (column == 0) {
      contribution[first] = count();
    }
    for (int row = 0; row < group; row++) {
      int channel = column / layout.inner();
      for (int i = 0; i < width; channel++) {
        int end = Math.min(width, (channel + 1) * layout.inner() - column);
        double sum = 0;
        double square = 0;
        for (; i < end; i++) {
          sum += columnSum[row * width + i];
          square += columnSquare[row * width + i];
        }
        contribution[first + 1 + channel] += sum;
        contribution[first + 1 + layer.channels() + channel] += square;
      }
    }
  }

  /** The region's values per channel, or the sum of their weights. */
  private double count() {
    if (weights.length == 0) {
      return (double) (to - from) * layout.inner();
    }
    boolean perRow = weights.length == layout.rows();
    int first = perRow ? from / layout.outerPerRow() : from * layout.inner();
    int end = perRow ? to / layout.outerPerRow() : to * layout.inner();
    double sum = 0;
    for (int i = first; i < end; i++) {
      sum += weights[i];
    }
    return perRow ? sum * layout.valuesPerRow() : sum;
  }

  // ---- one tile of values

  /** xTile -> outTile, noise included. */
  private void forward(int outer, int length) {
    ChannelLoops.normalize(xTile, centerTile, scaleTile, offsetTile, outTile, length);
    if (noisy) {
      CounterRandom random = layer.random(state.steps()).fork("noise");
      ActivationNoise noise = layer.options().noise();
      for (int i = 0; i < length; i++) {
        outTile[i] =
            noise.scale(random, channel(i), activation(outer, i)) * outTile[i]
                + noise.shift(random, channel(i), activation(outer, i));
      }
    }
  }

  /** Reads x to xTile, and dy, as it is before the activation and the noise, to dyTile. */
  private void readWithGradient(Tensor x, Tensor dy, int outer, int length) {
    x.read(at(outer), xTile, 0, length);
    dy.read(at(outer), dyTile, 0, length);
    if (activation == Activation.RELU && weights.length > 0) {
      forward(outer, length);
      ChannelLoops.gateNaN(outTile, dyTile, length);
    } else if (activation == Activation.RELU && noisy) {
      forward(outer, length);
      ChannelLoops.gate(outTile, dyTile, length);
    } else if (activation == Activation.RELU) {
      ChannelLoops.normalizeAndGate(xTile, centerTile, scaleTile, offsetTile, dyTile, length);
    }
    if (noisy) {
      CounterRandom random = layer.random(state.steps()).fork("noise");
      ActivationNoise noise = layer.options().noise();
      for (int i = 0; i < length; i++) {
        dyTile[i] *= noise.scale(random, channel(i), activation(outer, i));
      }
    }
  }

  /** xTile, dyTile -> outTile. */
  private void inputGradient(int outer, int length) {
    if (normalization.isFixed(ghost)) {
      ChannelLoops.multiply(dyTile, dyFactorTile, outTile, length);
    } else if (weights.length == 0) {
      ChannelLoops.inputGradient(
          xTile, dyTile, centerTile, dyFactorTile, xFactorTile, dxOffsetTile, outTile, length);
    } else {
      for (int first = 0; first < length; first += width) {
        spreadWeights(outer + first / width, first);
      }
      ChannelLoops.weightedInputGradient(
          xTile,
          dyTile,
          centerTile,
          dyFactorTile,
          xFactorTile,
          dxOffsetTile,
          weightTile,
          outTile,
          length);
    }
  }

  /** The channel of a tile's i-th value. */
  private int channel(int i) {
    return (column + i % width) / layout.inner();
  }

  /** The index of a tile's i-th value in the global mini-batch. */
  private long activation(int outer, int i) {
    long globalOuter = (long) slice.firstRow() * layout.outerPerRow() + outer + i / width;
    return globalOuter * layout.columns() + column + i % width;
  }

  // ---- parameters and weights over the columns of a tile

  private void spreadForward() {
    spread(center, ghost, centerTile);
    spread(scale, ghost, scaleTile);
    spread(offset, ghost, offsetTile);
  }

  /** Copies each channel's parameter to all its columns, for each of the rows side by side. */
  private void spread(float[] parameters, int ghost, float[] tile) {
    int inner = layout.inner();
    int first = ghost * layer.channels();
    if (inner == 1) {
      System.arraycopy(parameters, first + column, tile, 0, width);
    } else {
      int channel = column / inner;
      for (int i = 0; i < width; channel++) {
        int end = Math.min(width, (channel + 1) * inner - column);
        Arrays.fill(tile, i, end, parameters[first + channel]);
        i = end;
      }
    }
    for (int row = 1; row < group; row++) {
      System.arraycopy(tile, 0, tile, row * width, width);
    }
  }

  /** Copies the weights of one row to its columns, at an offset of weightTile. */
  private void spreadWeights(int outer, int offset) {
    if (weights.length == 0) {
      Arrays.fill(weightTile, offset, offset + width, 1);
    } else if (weights.length == layout.rows()) {
      float weight = weights[outer / layout.outerPerRow()];
      Arrays.fill(weightTile, offset, offset + width, weight);
    } else {
      for (int i = 0; i < width; i++) {
        weightTile[offset + i] = weights[outer * layout.inner() + (column + i) % layout.inner()];
      }
    }
  }

  private void requireSize(Tensor tensor, String what) {
    if (tensor.size() != layout.size()) {
      throw new IllegalArgumentException(
          "layer " + layer.name() + ": " + what + " is a " + tensor + ", not " + layout);
    }
  }
}
