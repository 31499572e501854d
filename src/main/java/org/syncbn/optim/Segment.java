package org.syncbn.optim;

import java.io.Serializable;

/**
 * One array of weights inside the flat vector, as an optimizer sees it.
 *
 * @param name such as {@code 0.weight}
 * @param offset where it starts
 * @param length how many weights it has
 * @param trained whether the optimizer moves it
 * @param decay what weight decay is multiplied by: by default 0 for gamma, beta and biases
 * @param rate what the learning rate is multiplied by
 */
public record Segment(
    String name, int offset, int length, boolean trained, double decay, double rate)
    implements Serializable {

  /**
   * An array with the learning rate of the schedule.
   *
   * @param decays whether weight decay acts on it
   */
  public Segment(String name, int offset, int length, boolean trained, boolean decays) {
    this(name, offset, length, trained, decays ? 1 : 0, 1);
  }

  /** Whether weight decay acts on it. */
  public boolean decays() {
    return decay > 0;
  }

  /** One past its last weight. */
  int end() {
    return offset + length;
  }

  /** What of it lies in [from, to) of the vector, perhaps nothing. */
  Segment within(int from, int to) {
    int begin = Math.max(offset, from);
    return new Segment(name, begin, Math.max(0, Math.min(end(), to) - begin), trained, decay, rate);
  }
}
