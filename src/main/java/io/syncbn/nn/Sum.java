package io.syncbn.nn;

import io.syncbn.tensor.Tensor;

/** The sum of two blocks of values. */
final class Sum {

  private Sum() {}

  /** Writes a + b, which may be one of them. */
  static void of(Tensor a, Tensor b, Tensor sum, PassContext context) {
    of(a, b, sum, 0, sum.size(), context);
  }

  /** Writes [offset, offset + length) of a + b, which may be one of them. */
  static void of(Tensor a, Tensor b, Tensor sum, int offset, int length, PassContext context) {
    float[] left = context.first;
    float[] right = context.second;
    int end = offset + length;
    for (int at = offset; at < end; at += left.length) {
      int run = Math.min(left.length, end - at);
      a.read(at, left, 0, run);
      b.read(at, right, 0, run);
      for (int i = 0; i < run; i++) {
        left[i] += right[i];
      }
      sum.write(at, left, 0, run);
    }
  }
}
