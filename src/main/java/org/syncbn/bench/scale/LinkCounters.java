package org.syncbn.bench.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a machine has sent and received over its link, as the system counts it: headers included,
 * but one for each segment that the interface is handed, of up to 64 KiB.
 *
 * @param sent bytes from the machine
 * @param received bytes to the machine
 */
record LinkCounters(long sent, long received) {

  /**
   * Reads the counters of the far end of a machine's link, which receives what the machine sends.
   *
   * @param interfaces the folder of all interfaces, {@code /sys/class/net}
   * @param farEnd the name of the interface
   */
  static LinkCounters read(Path interfaces, String farEnd) {
    Path statistics = interfaces.resolve(farEnd).resolve("statistics");
    return new LinkCounters(
        number(statistics.resolve("rx_bytes")), number(statistics.resolve("tx_bytes")));
  }

  private static long number(Path file) {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException e) {
      throw new UncheckedIOException("The counter %s cannot be read".formatted(file), e);
    }
  }

  /** What was carried since some earlier counters. */
  LinkCounters since(LinkCounters before) {
    return new LinkCounters(sent - before.sent, received - before.received);
  }

  /** What the busiest link and direction of several has carried. */
  static long busiest(List<LinkCounters> before, List<LinkCounters> after) {
    return IntStream.range(0, before.size())
        .mapToLong(i -> after.get(i).since(before.get(i)).busierDirection())
        .max()
        .orElseThrow();
  }

  /** The direction that carried more. */
  long busierDirection() {
    return Math.max(sent, received);
  }
}
