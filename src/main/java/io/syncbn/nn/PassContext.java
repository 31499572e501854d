package io.syncbn.nn;

import io.syncbn.norm.BatchSlice;
import io.syncbn.norm.Mode;
import io.syncbn.tensor.CounterRandom;
import io.syncbn.tensor.Tensor;

/** What the layers of one pass share: weights, gradients, the step, heap buffers. */
final class PassContext {

  /** How many floats element-wise work copies to the heap at a time. */
  static final int RUN = 1024;

  final Mode mode;
  final Tensor gradients;
  final float[] first = new float[RUN];
  final float[] second = new float[RUN];

  Tensor weights;
  int rows;
  BatchSlice slice;
  CounterRandom random;

  private float[] image = new float[0];

  PassContext(Mode mode, Tensor gradients) {
    this.mode = mode;
    this.gradients = gradients;
  }

  /** A heap buffer of at least a size, for one image at a time. */
  float[] imageBuffer(int size) {
    if (image.length < size) {
      image = new float[size];
    }
    return image;
  }
}
