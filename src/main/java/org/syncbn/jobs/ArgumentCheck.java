package org.syncbn.jobs;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Rejects invalid arguments, with exit code 2. */
@FunctionalInterface
interface ArgumentCheck {

  /** Ends the job with {@code sentence} if it is {@code wrong}. */
  void reject(boolean wrong, String sentence);

  /** Of the arguments of a command. */
  static ArgumentCheck of(CommandSpec command) {
    return (wrong, sentence) -> {
      if (wrong) {
        throw new ParameterException(command.commandLine(), sentence);
      }
    };
  }
}
