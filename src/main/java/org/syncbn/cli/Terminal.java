package org.syncbn.cli;

import java.io.PrintWriter;
import picocli.CommandLine;

/**
 * Where a job speaks: its result to one side, everything else to the other.
 *
 * @param out takes the result
 * @param err takes all that is said on the way
 * @param interactive whether a person watches, so that a progress bar makes sense
 */
public record Terminal(PrintWriter out, PrintWriter err, boolean interactive) {

  /** Set to 1 by the launcher if standard error is a terminal, which Java cannot tell. */
  private static final String TTY = "SYNCBN_STDERR_TTY";

  /** The terminal of a command. */
  public static Terminal of(CommandLine command) {
    return new Terminal(command.getOut(), command.getErr(), "1".equals(System.getenv(TTY)));
  }

  /** Prints to the result, at once. */
  public void print(String text) {
    out.print(text);
    out.flush();
  }

  /** Says something on the way. */
  public void say(String sentence) {
    err.println(sentence);
  }
}
