package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** The sum of two blocks of values. */
final class Sum {

  private Sum() {}

  /** Writes a + b, which may be one of them. */
  static void of(Tensor a, Tensor b, Tensor sum, PassContext context) {
    float[] left = context.first;
    float[] right = context.second;
    for (int at = 0; at < sum.size(); at += left.length) {
      int length = Math.min(left.length, sum.size() - at);
      a.read(at, left, 0, length);
      b.read(at, right, 0, length);
      for (int i = 0; i < length; i++) {
        left[i] += right[i];
      }
      sum.write(at, left, 0, length);
    }
  }
}
