package org.syncbn.nn;

import org.syncbn.norm.Mode;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** Zeros at random in training; the mask is drawn again on the way back. */
final class DropoutLayer extends Layer {

  private final long threshold; // of 32 random bits: below is dropped
  private final float scale;
  private final int size;

  DropoutLayer(Node node, double rate) {
    super(node);
    this.threshold = Math.round(rate * 0x1p32);
    this.scale = (float) (1 / (1 - rate));
    this.size = node.input().size();
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    mask(x, y, context);
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    mask(dy, dx, context);
  }

  /** Each draw of 64 bits serves two neighbours of a row. */
  private void mask(Tensor from, Tensor to, PassContext context) {
    if (context.mode == Mode.EVALUATION || threshold == 0) {
      if (from != to) {
        to.copyFrom(from);
      }
      return;
    }
    CounterRandom random = context.random.fork(node.name());
    float[] run = context.first;
    long drawsPerRow = (size + 1) / 2;
    for (int row = 0; row < context.rows; row++) {
      long firstDraw = (context.slice.firstRow() + row) * drawsPerRow;
      for (int at = 0; at < size; at += run.length) {
        int length = Math.min(run.length, size - at);
        from.read(row * size + at, run, 0, length);
        for (int i = 0; i < length; i += 2) {
          long bits = random.bits(firstDraw + (at + i) / 2);
          run[i] = kept(run[i], bits >>> 32);
          if (i + 1 < length) {
            run[i + 1] = kept(run[i + 1], bits & 0xFFFFFFFFL);
          }
        }
        to.write(row * size + at, run, 0, length);
      }
    }
  }

  private float kept(float value, long bits) {
    return bits < threshold ? 0 : value * scale;
  }

  @Override
  boolean worksInPlace() {
    return true;
  }
}
