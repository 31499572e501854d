package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** Memory that the layers of a pass use in turn, each while it works. Not thread-safe. */
final class Scratch {

  private Tensor memory = Tensor.zeros(0);

  /** At least so many numbers, with whatever they hold; the same tensor until one is too small. */
  Tensor atLeast(int size) {
    if (memory.size() < size) {
      memory = Tensor.zeros(size);
    }
    return memory;
  }
}
