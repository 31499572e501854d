package io.syncbn.jobs;

/** Refuses arguments that make no sense, with exit code 2. */
@FunctionalInterface
interface Refusal {

  /** Ends the job with {@code sentence} if it is {@code wrong}. */
  void refuse(boolean wrong, String sentence);
}
