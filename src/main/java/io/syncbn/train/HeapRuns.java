package io.syncbn.train;

/** Two runs of floats for each thread that adds tensors, so that no addition makes its own. */
final class HeapRuns {

  private static final int LENGTH = 2048;

  private static final ThreadLocal<float[][]> OF_THREAD =
      ThreadLocal.withInitial(() -> new float[2][LENGTH]);

  private HeapRuns() {}

  /** The runs of the calling thread. */
  static float[][] here() {
    return OF_THREAD.get();
  }
}
