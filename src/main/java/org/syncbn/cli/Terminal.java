package org.syncbn.cli;

import java.io.PrintWriter;
import picocli.CommandLine;

/**
 * The output streams of a job: one for its result, one for everything else.
 *
 * @param out takes the result
 * @param err takes all that is said on the way
 * @param columns the width of the terminal on which a person watches; 0 if nobody does
 */
public record Terminal(PrintWriter out, PrintWriter err, int columns) {

  /** Set by the launcher if standard error is a terminal, which Java cannot tell. */
  private static final String COLUMNS = "SYNCBN_STDERR_COLUMNS";

  /** The terminal of a command. */
  public static Terminal of(CommandLine command) {
    return new Terminal(
        command.getOut(),
        command.getErr(),
        Integer.parseInt(System.getenv().getOrDefault(COLUMNS, "0")));
  }

  /** Whether a person watches, so that a progress bar makes sense. */
  public boolean interactive() {
    return columns > 0;
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
