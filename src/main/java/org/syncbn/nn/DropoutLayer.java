package org.syncbn.nn;

import org.syncbn.norm.Mode;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** Zeros at random in training; the way back remembers where. */
final class DropoutLayer extends Layer {

  static final LayerMaker<RandomSpec.Dropout> EACH =
      (spec, node, rows) -> new DropoutLayer(node, spec.rate(), node.input().size(), rows);

  static final LayerMaker<RandomSpec.SpatialDropout> CHANNELS =
      new LayerMaker<>() {
        @Override
        public Shape output(RandomSpec.SpatialDropout spec, Shape input) {
          return LayerMaker.image(input);
        }

        @Override
        public Layer layer(RandomSpec.SpatialDropout spec, Node node, int rows) {
          return new DropoutLayer(node, spec.rate(), node.input().channels(), rows);
        }
      };

  private final long threshold; // of 32 random bits: below is dropped
  private final float scale;
  private final int size; // of a row
  private final int choices; // for each row: of its numbers, or channels
  private final int rows; // at most
  private final float[] run; // a row, or as many choices as fit
  private boolean[] dropped; // [rows, choices]; made when first needed

  private DropoutLayer(Node node, double rate, int choices, int rows) {
    super(node);
    this.threshold = Math.round(rate * 0x1p32);
    this.scale = (float) (1 / (1 - rate));
    this.size = node.input().size();
    this.choices = choices;
    this.rows = rows;
    this.run = new float[choices];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    if (isOff(context)) {
      if (x != y) {
        y.copyFrom(x);
      }
      return;
    }
    draw(context);
    mask(x, y, context);
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    if (isOff(context)) {
      if (dy != dx) {
        dx.copyFrom(dy);
      }
      return;
    }
    mask(dy, dx, context);
  }

  private boolean isOff(PassContext context) {
    return context.mode == Mode.EVALUATION || threshold == 0;
  }

  /** Each draw of 64 bits serves two neighbours of a row. */
  private void draw(PassContext context) {
    if (dropped == null) {
      dropped = new boolean[Math.multiplyExact(rows, choices)];
    }
    CounterRandom random = context.random.fork(node.name());
    long drawsPerRow = (choices + 1) / 2;
    for (int row = 0; row < context.rows; row++) {
      long draw = (context.slice.firstRow() + row) * drawsPerRow;
      int end = (row + 1) * choices;
      for (int at = row * choices; at < end; at += 2) {
        long bits = random.bits(draw++);
        dropped[at] = bits >>> 32 < threshold;
        if (at + 1 < end) {
          dropped[at + 1] = (bits & 0xFFFFFFFFL) < threshold;
        }
      }
    }
  }

  private void mask(Tensor from, Tensor to, PassContext context) {
    for (int row = 0; row < context.rows; row++) {
      for (int at = row * size; at < (row + 1) * size; at += choices) {
        from.read(at, run, 0, choices);
        for (int i = 0; i < choices; i++) {
          run[i] = dropped[row * choices + i] ? 0 : run[i] * scale;
        }
        to.write(at, run, 0, choices);
      }
    }
  }

  @Override
  boolean worksInPlace() {
    return true;
  }
}
