package org.syncbn.cluster;

import java.util.List;

/**
 * Where processes of a cluster run.
 *
 * @param address that they listen on
 * @param launcher the command that starts another one there, such as {@code ip netns exec NAME};
 *     none for this machine. It must become the process that it starts, so that the end of one is
 *     the end of the other
 */
public record Machine(String address, List<String> launcher) {

  /** This machine, reached through its loopback address. */
  static final Machine THIS = new Machine("127.0.0.1", List.of());

  /** Copies the list. */
  public Machine {
    launcher = List.copyOf(launcher);
  }
}
