package io.syncbn.jobs;

import java.io.PrintWriter;
import picocli.CommandLine;

/**
 * Where a job speaks: its result to one side, everything else to the other.
 *
 * @param out takes the result
 * @param err takes all that is said on the way
 * @param interactive whether a person watches, so that a progress bar makes sense
 */
record Terminal(PrintWriter out, PrintWriter err, boolean interactive) {

  static Terminal of(CommandLine command) {
    return new Terminal(command.getOut(), command.getErr(), System.console() != null);
  }

  /** Prints to the result, at once. */
  void print(String text) {
    out.print(text);
    out.flush();
  }

  /** Says something on the way. */
  void say(String sentence) {
    err.println(sentence);
  }
}
