package org.syncbn.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.cli.JobFailure;
import org.syncbn.cluster.Machine;

/** Machines in network namespaces, where they can be made. */
@Timeout(60)
class LinkedMachinesTest {

  @TempDir Path folder;

  @Test
  void countersAreThoseOfTheFarEndWhichReceivesWhatTheMachineSends() throws IOException {
    Path statistics = Files.createDirectories(folder.resolve("sbn1-0").resolve("statistics"));
    Files.writeString(statistics.resolve("rx_bytes"), "18446744073709\n");
    Files.writeString(statistics.resolve("tx_bytes"), "5\n");
    LinkCounters counters = LinkCounters.read(folder, "sbn1-0");
    assertThat(counters).isEqualTo(new LinkCounters(18_446_744_073_709L, 5));
    assertThat(counters.since(new LinkCounters(9, 1)).received()).isEqualTo(4);
    assertThat(new LinkCounters(3, 7).busierDirection()).isEqualTo(7);
    assertThatThrownBy(() -> LinkCounters.read(folder, "sbn1-1"))
        .hasMessageContaining("sbn1-1/statistics/rx_bytes cannot be read");
  }

  @Test
  void namesTellWhoseMachinesTheyAre() {
    assertThat(LinkedMachines.owner("sbn4194304-254")).isEqualTo(OptionalLong.of(4194304));
    assertThat(LinkedMachines.owner("sbn12-b")).isEqualTo(OptionalLong.of(12));
    for (String other : List.of("sbn-1", "sbn12", "eth0", "xsbn12-1", "docker0")) {
      assertThat(LinkedMachines.owner(other)).isEmpty();
    }
  }

  @Test
  void aCommandThatFailsOrIsMissingIsASentence() {
    assertThatThrownBy(() -> Commands.run("sh", "-c", "echo not allowed >&2; exit 3"))
        .isInstanceOf(JobFailure.class)
        .hasMessageEndingWith(" failed: not allowed");
    assertThatThrownBy(() -> Commands.run("no-such-command", "-V"))
        .isInstanceOf(JobFailure.class)
        .hasMessage("The command no-such-command cannot be started.");
    assertThat(Commands.run("echo", "one", "two")).isEqualTo("one two");
  }

  @Test
  void nothingIsLeftOfClosedMachinesNorOfWhatRanOnThem() throws Exception {
    assumePossible();
    LinkedMachines machines = LinkedMachines.create(2);
    Process process = start(machines.all().get(1), "sleep", "600");
    assertThat(leftovers()).hasSize(5); // two namespaces, two links and a bridge
    machines.close();
    machines.close();
    assertThat(leftovers()).isEmpty();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void bytesAreCountedOnTheLinksThatCarryThem() throws Exception {
    assumePossible();
    int payload = 300_000;
    try (LinkedMachines machines = LinkedMachines.create(3)) {
      machines.limit(1000);
      Machine receiver = machines.all().get(0);
      Process receiving = java(receiver, Wire.class, "receive", receiver.address());
      int port = Integer.parseInt(receiving.inputReader().readLine());
      List<LinkCounters> before = machines.countersAtRest();
      Process sending =
          java(
              machines.all().get(2),
              Wire.class,
              "send",
              receiver.address(),
              Integer.toString(port),
              Integer.toString(payload));
      assertThat(sending.waitFor()).isZero();
      assertThat(receiving.waitFor()).isZero();
      List<LinkCounters> after = machines.countersAtRest();
      assertThat(after.get(2).since(before.get(2)).sent())
          .isBetween((long) payload, payload + payload / 10L);
      assertThat(after.get(0).since(before.get(0)).received())
          .isBetween((long) payload, payload + payload / 10L);
      assertThat(after.get(1).since(before.get(1)).busierDirection()).isLessThan(payload / 10);
    }
  }

  /** Sends bytes from one JVM to another. */
  static final class Wire {

    private Wire() {}

    /** {@code receive ADDRESS}, which prints the port, or {@code send ADDRESS PORT BYTES}. */
    public static void main(String[] arguments) throws IOException {
      java.net.InetAddress address = java.net.InetAddress.getByName(arguments[1]);
      if (arguments[0].equals("receive")) {
        try (java.net.ServerSocket server = new java.net.ServerSocket(0, 1, address)) {
          System.out.println(server.getLocalPort());
          try (java.net.Socket socket = server.accept()) {
            socket.getInputStream().readAllBytes();
          }
        }
      } else {
        try (java.net.Socket socket = new java.net.Socket(address, Integer.parseInt(arguments[2]));
            DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
          out.write(new byte[Integer.parseInt(arguments[3])]);
        }
      }
    }
  }

  private static void assumePossible() {
    try {
      LinkedMachines.create(1).close();
    } catch (JobFailure e) {
      assumeTrue(false, e.getMessage());
    }
  }

  private static Process java(Machine machine, Class<?> main, String... arguments)
      throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    words.addAll(List.of(arguments));
    return start(machine, words.toArray(String[]::new));
  }

  private static Process start(Machine machine, String... words) throws IOException {
    List<String> command = new ArrayList<>(machine.launcher());
    command.addAll(List.of(words));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Names of this JVM's namespaces and interfaces. */
  private static List<String> leftovers() {
    String prefix = "sbn%d-".formatted(ProcessHandle.current().pid());
    List<String> names = new ArrayList<>(Commands.run("ip", "netns", "list").lines().toList());
    names.addAll(List.of(Path.of("/sys/class/net").toFile().list()));
    return names.stream().filter(name -> name.startsWith(prefix)).toList();
  }
}
