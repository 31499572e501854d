package org.syncbn.train;

/** Thrown if values of a run are not finite; the message names the step and the layer. */
public final class DivergenceException extends ArithmeticException {

  private static final long serialVersionUID = 1L;

  DivergenceException(String sentence) {
    super(sentence);
  }
}
