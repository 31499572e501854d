package org.syncbn.nn;

import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.Mode;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** What the layers of one pass share: weights, gradients, the step, heap buffers. */
final class PassContext {

  /** How many floats element-wise work copies to the heap at a time. */
  static final int RUN = 1024;

  final Mode mode;
  final GradientSums gradients;
  final float[] first = new float[RUN];
  final float[] second = new float[RUN];
  final Scratch scratch = new Scratch();

  Tensor weights;
  PlaceMasks masks = PlaceMasks.NONE;
  int rows; // of all shards
  int[] shardRows; // of each; they lie one behind the other
  int firstRow; // of the shard whose weights have their gradients
  BatchSlice slice;
  CounterRandom random;

  private float[] image = new float[0];

  private PassContext(Mode mode, GradientSums gradients) {
    this.mode = mode;
    this.gradients = gradients;
  }

  /** For passes that learn. */
  static PassContext training(GradientSums gradients) {
    return new PassContext(Mode.TRAINING, gradients);
  }

  /** For passes that only go forward. */
  static PassContext evaluation() {
    return new PassContext(Mode.EVALUATION, new GradientSums(0, 1, 0));
  }

  /** So many rows that belong to nobody else. */
  void beginWhole(int count) {
    rows = count;
    shardRows = new int[] {count};
    slice = BatchSlice.whole(count);
  }

  /** A heap buffer of at least a size, for one image at a time. */
  float[] imageBuffer(int size) {
    if (image.length < size) {
      image = new float[size];
    }
    return image;
  }
}
