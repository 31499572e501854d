package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import org.syncbn.tensor.Tensor;

/** The bias of a dense or convolution layer, or none: one constant for each column of y. */
final class BiasVector {

  private static final int RUNS_IN_FLOAT = 16;

  private final int offset; // in the flat vector of weights, -1 for none
  private final float[] values;
  private final double[] sums;
  private final float[] run; // some rows
  private final float[] partial;

  private BiasVector(int offset, int units) {
    this.offset = offset;
    this.values = new float[units];
    this.sums = new double[units];
    this.run = new float[units * Math.max(1, PassContext.RUN / Math.max(1, units))];
    this.partial = new float[run.length];
  }

  /** The weights of a layer, and its bias if it has one. */
  static List<ParameterBlock> behind(
      ParameterBlock weight, LearnedWeights first, String layer, int units) {
    return first.bias() == LearnedWeights.Bias.ABSENT
        ? List.of(weight)
        : List.of(
            weight,
            ParameterBlock.vector(
                layer + ".bias",
                ParameterBlock.Role.BIAS,
                units,
                weight.fanIn(),
                weight.fanOut(),
                first.biasInitializer()));
  }

  static BiasVector of(Node node) {
    return node.has(ParameterBlock.Role.BIAS)
        ? new BiasVector(
            node.parameter(ParameterBlock.Role.BIAS).offset(), node.output().channels())
        : new BiasVector(-1, 0);
  }

  /** Where it begins in the flat vector of weights. */
  int offset() {
    return offset;
  }

  /** Fills y with the bias; the beta with which a product is to be added: 0 if there is none. */
  float spread(Tensor weights, Tensor y) {
    if (offset < 0) {
      return 0;
    }
    weights.read(offset, values, 0, values.length);
    for (int at = 0; at < run.length; at += values.length) {
      System.arraycopy(values, 0, run, at, values.length);
    }
    for (int at = 0; at < y.size(); at += run.length) {
      y.write(at, run, 0, Math.min(run.length, y.size() - at));
    }
    return 1;
  }

  /** Adds the bias to y. */
  void add(Tensor weights, Tensor y) {
    if (offset < 0) {
      return;
    }
    weights.read(offset, values, 0, values.length);
    for (int at = 0; at < y.size(); at += values.length) {
      y.read(at, run, 0, values.length);
      for (int unit = 0; unit < values.length; unit++) {
        run[unit] += values[unit];
      }
      y.write(at, run, 0, values.length);
    }
  }

  /** Writes the sums over rows [from, to) of dy. */
  void gradient(Tensor dy, int from, int to, Tensor gradients) {
    Arrays.fill(sums, 0);
    int runs = 0;
    int end = to * dy.rowSize();
    for (int at = from * dy.rowSize(); at < end; at += run.length) {
      int length = Math.min(run.length, end - at);
      dy.read(at, run, 0, length);
      for (int i = 0; i < length; i++) {
        partial[i] += run[i];
      }
      if (++runs % RUNS_IN_FLOAT == 0) {
        flush();
      }
    }
    flush();
    for (int unit = 0; unit < sums.length; unit++) {
      values[unit] = (float) sums[unit];
    }
    gradients.write(offset, values, 0, values.length);
  }

  /** Adds the sums of a few runs in float, which the JVM vectorizes, to those in double. */
  private void flush() {
    for (int row = 0; row < partial.length; row += sums.length) {
      for (int unit = 0; unit < sums.length; unit++) {
        sums[unit] += partial[row + unit];
      }
    }
    Arrays.fill(partial, 0);
  }
}
