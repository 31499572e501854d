package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.syncbn.tensor.Tensor;

/**
 * Tensors that are used again, in the order in which they were first asked for, so that a step
 * allocates nothing when the sizes are those of the step before. Not thread-safe.
 */
final class TensorMemory implements IntFunction<Tensor> {

  private final List<Tensor> tensors = new ArrayList<>();
  private int used;

  /** Gives all tensors free again. */
  TensorMemory rewind() {
    used = 0;
    return this;
  }

  /** A tensor of a size, with whatever it held. */
  @Override
  public Tensor apply(int size) {
    if (used == tensors.size()) {
      tensors.add(Tensor.zeros(size));
    } else if (tensors.get(used).size() != size) {
      tensors.set(used, Tensor.zeros(size));
    }
    return tensors.get(used++);
  }
}
