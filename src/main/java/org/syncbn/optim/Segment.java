package org.syncbn.optim;

import java.io.Serializable;

/**
 * One array of weights inside the flat vector, as an optimizer sees it.
 *
 * @param name such as {@code 0.weight}
 * @param offset where it starts
 * @param length how many weights it has
 * @param trained whether the optimizer moves it
 * @param decays whether weight decay acts on it: by default not on gamma, beta and biases
 */
public record Segment(String name, int offset, int length, boolean trained, boolean decays)
    implements Serializable {

  /** One past its last weight. */
  int end() {
    return offset + length;
  }
}
