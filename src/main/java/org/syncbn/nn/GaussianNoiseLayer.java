package org.syncbn.nn;

import org.syncbn.norm.Mode;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** Adds normal noise in training; the way back does not know of it. */
final class GaussianNoiseLayer extends Layer {

  static final LayerMaker<RandomSpec.GaussianNoise> MAKER =
      (spec, node, rows) -> new GaussianNoiseLayer(node, spec.stddev());

  private final double stddev;
  private final float[] line; // of a row
  private final double[] pair = new double[2];

  private GaussianNoiseLayer(Node node, double stddev) {
    super(node);
    this.stddev = stddev;
    this.line = new float[node.input().size()];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    if (context.mode == Mode.EVALUATION || stddev == 0) {
      if (x != y) {
        y.copyFrom(x);
      }
      return;
    }
    CounterRandom random = context.random.fork(node.name());
    long drawsPerRow = (line.length + 1) / 2;
    for (int row = 0; row < context.rows; row++) {
      x.read(row * line.length, line, 0, line.length);
      addNoise(random, (context.slice.firstRow() + row) * drawsPerRow);
      y.write(row * line.length, line, 0, line.length);
    }
  }

  /** Each draw serves two neighbours of a row. */
  private void addNoise(CounterRandom random, long firstDraw) {
    for (int i = 0; i < line.length; i++) {
      if (i % 2 == 0) {
        random.gaussians(firstDraw + i / 2, pair);
      }
      line[i] += (float) (stddev * pair[i % 2]);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    if (dx != dy && dx.size() > 0) {
      dx.copyFrom(dy);
    }
  }

  @Override
  boolean worksInPlace() {
    return true;
  }
}
