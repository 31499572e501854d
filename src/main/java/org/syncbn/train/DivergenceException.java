package org.syncbn.train;

/** Says in one sentence at which step and in which layer a run's numbers stopped being finite. */
public final class DivergenceException extends ArithmeticException {

  private static final long serialVersionUID = 1L;

  DivergenceException(String sentence) {
    super(sentence);
  }
}
