package org.syncbn.norm;

/** What the weights of rows do to the statistics of a batch norm. A row of weight 0 is never in. */
public enum RowWeights {
  /** Rows count alike, but for those of weight 0: weights are a mask, as in Keras. */
  MASK,
  /** Rows count in proportion to their weights: a weight of 2 is the row twice. */
  WEIGHTED;

  /**
   * The weights of some rows in the statistics.
   *
   * @param weights of the rows in the loss; not changed
   * @param from the first of these rows
   * @param to one past the last
   * @return one number a row; empty if these rows all count 1
   */
  public float[] inStatistics(float[] weights, int from, int to) {
    float[] counts = new float[to - from];
    boolean areOnes = true;
    for (int i = 0; i < counts.length; i++) {
      float weight = weights[from + i];
      counts[i] = this == MASK && weight != 0 ? 1 : weight;
      areOnes &= counts[i] == 1;
    }
    return areOnes ? new float[0] : counts;
  }
}
