package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** The features of two values side by side, or the channels of both at each place of an image. */
final class Concatenation {

  private Concatenation() {}

  /**
   * Writes the numbers of a and b in turn.
   *
   * @param aLength how many of a stand together
   * @param bLength how many of b
   */
  static void join(Tensor a, int aLength, Tensor b, int bLength, Tensor y) {
    float[] line = new float[aLength + bLength];
    for (int i = 0; i < y.size() / line.length; i++) {
      a.read(i * aLength, line, 0, aLength);
      b.read(i * bLength, line, aLength, bLength);
      y.write(i * line.length, line, 0, line.length);
    }
  }

  /** Takes apart what {@link #join} made; an empty part is not wanted. */
  static void split(Tensor y, Tensor a, int aLength, Tensor b, int bLength) {
    float[] line = new float[aLength + bLength];
    for (int i = 0; i < y.size() / line.length; i++) {
      y.read(i * line.length, line, 0, line.length);
      if (a.size() > 0) {
        a.write(i * aLength, line, 0, aLength);
      }
      if (b.size() > 0) {
        b.write(i * bLength, line, aLength, bLength);
      }
    }
  }
}
