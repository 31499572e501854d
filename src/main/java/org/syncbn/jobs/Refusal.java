package org.syncbn.jobs;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refuses arguments that make no sense, with exit code 2. */
@FunctionalInterface
interface Refusal {

  /** Ends the job with {@code sentence} if it is {@code wrong}. */
  void refuse(boolean wrong, String sentence);

  /** Of the arguments of a command. */
  static Refusal of(CommandSpec command) {
    return (wrong, sentence) -> {
      if (wrong) {
        throw new ParameterException(command.commandLine(), sentence);
      }
    };
  }
}
