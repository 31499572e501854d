package org.syncbn.launch;

/** Says in one sentence why a job cannot be launched. */
final class LaunchException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private LaunchException(int exitCode, String sentence) {
    super(sentence);
    this.exitCode = exitCode;
  }

  /** The arguments are wrong. */
  static LaunchException wrongArguments(String sentence) {
    return new LaunchException(2, sentence + " (see --help)");
  }

  /** The machine lacks something. */
  static LaunchException failure(String sentence) {
    return new LaunchException(1, sentence);
  }

  int exitCode() {
    return exitCode;
  }
}
