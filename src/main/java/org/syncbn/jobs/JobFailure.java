package org.syncbn.jobs;

/** A job that cannot go on, said in one sentence for the person who started it. */
final class JobFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  JobFailure(String sentence) {
    super(sentence);
  }

  JobFailure(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
