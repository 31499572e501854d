package org.syncbn.cli;

/** A job that cannot go on, said in one sentence for the person who started it. */
public final class JobFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What is wrong, where, and what to do. */
  public JobFailure(String sentence) {
    super(sentence);
  }

  /** What is wrong, where, and what to do; the cause is for {@code --stacktrace}. */
  public JobFailure(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
