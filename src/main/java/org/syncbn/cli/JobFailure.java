package org.syncbn.cli;

/** Thrown if a job cannot continue; the message is one sentence for the user. */
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
