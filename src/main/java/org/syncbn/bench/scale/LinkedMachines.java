package org.syncbn.bench.scale;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.syncbn.cli.JobFailure;
import org.syncbn.cluster.Machine;

/**
 * Machines that share the processors and the memory of this one and have a network link each:
 * network namespaces, joined by a bridge that no other machine can reach.
 *
 * <pre>
 *   namespace sbn123-0     this machine        namespace sbn123-1
 *   eth0 198.18.0.1 --- sbn123-0   sbn123-1 --- eth0 198.18.0.2
 *                              \   /
 *                            sbn123-b
 * </pre>
 *
 * <p>The names begin with the number of the process that made them, so that what a killed one has
 * left can be told from what is in use. Needs root and iproute2. {@link #close} may be called from
 * any thread.
 */
final class LinkedMachines implements AutoCloseable {

  private static final Path INTERFACES = Path.of("/sys/class/net");
  private static final Pattern NAMES = Pattern.compile("sbn(\\d+)-\\w+");

  /** Addresses that are set aside for benchmarks (RFC 2544); the last number is to be added. */
  private static final String NETWORK = "198.18.0.";

  /** The most addresses. */
  static final int MOST = 254;

  /** The smallest bucket that a whole segment of 64 KiB and its header fit into. */
  private static final String BURST = "70kb";

  /** As much as all senders' windows, so that nothing is dropped and sent again. */
  private static final String QUEUE = "64mb";

  private static final long REST_NANOS = 50_000_000;
  private static final long HEARTBEAT_BYTES = 10_000;

  private final String prefix;
  private final int count;

  private LinkedMachines(String prefix, int count) {
    this.prefix = prefix;
    this.count = count;
  }

  /**
   * Makes machines, with links of no limit, and removes what killed processes have left of theirs.
   *
   * @throws JobFailure in a sentence, if this is not possible here
   */
  static LinkedMachines create(int count) {
    try {
      Commands.run("tc", "-V");
      remove(owner -> ProcessHandle.of(owner).isEmpty());
      LinkedMachines machines =
          new LinkedMachines("sbn%d-".formatted(ProcessHandle.current().pid()), count);
      try {
        machines.join();
      } catch (RuntimeException e) {
        machines.close();
        throw e;
      }
      return machines;
    } catch (JobFailure e) {
      throw new JobFailure(
          "This benchmark makes network namespaces, which takes Linux, root and the commands ip and"
              + " tc of iproute2. "
              + e.getMessage(),
          e);
    }
  }

  private void join() {
    String bridge = prefix + "b";
    Commands.run("ip", "link", "add", bridge, "type", "bridge");
    silence(List.of("ip"), bridge);
    Commands.run("ip", "link", "set", bridge, "up");
    for (int i = 0; i < count; i++) {
      String name = prefix + i;
      Commands.run("ip", "netns", "add", name);
      Commands.run(
          ("ip link add %s type veth peer name eth0 netns %s").formatted(name, name).split(" "));
      silence(List.of("ip"), name);
      silence(List.of("ip", "-n", name), "eth0");
      Commands.run("ip", "link", "set", name, "master", bridge, "up");
      Commands.run("ip", "-n", name, "addr", "add", address(i) + "/24", "dev", "eth0");
      Commands.run("ip", "-n", name, "link", "set", "lo", "up");
      Commands.run("ip", "-n", name, "link", "set", "eth0", "up");
    }
  }

  /** Keeps IPv6, if there is any, from sending packets of its own. */
  private static void silence(List<String> ip, String link) {
    Commands.attempt(
        Stream.concat(ip.stream(), Stream.of("link", "set", link, "addrgenmode", "none")).toList());
  }

  private static String address(int machine) {
    return NETWORK + (machine + 1);
  }

  /** The machines, for the processes of a cluster. */
  List<Machine> all() {
    return IntStream.range(0, count)
        .mapToObj(i -> new Machine(address(i), List.of("ip", "netns", "exec", prefix + i)))
        .toList();
  }

  /** Limits the rate of every link in each direction, in 10^6 bits a second. */
  void limit(int megabits) {
    String rule = "root tbf rate %dmbit burst %s limit %s".formatted(megabits, BURST, QUEUE);
    for (int i = 0; i < count; i++) {
      String name = prefix + i;
      Commands.run(("tc qdisc replace dev %s %s".formatted(name, rule)).split(" "));
      Commands.run(("tc -n %s qdisc replace dev eth0 %s".formatted(name, rule)).split(" "));
    }
  }

  /** Takes all limits away. */
  void unlimit() {
    for (int i = 0; i < count; i++) {
      Commands.attempt(List.of("tc", "qdisc", "del", "dev", prefix + i, "root"));
      Commands.attempt(List.of("tc", "-n", prefix + i, "qdisc", "del", "dev", "eth0", "root"));
    }
  }

  /** What each machine has sent and received so far. */
  List<LinkCounters> counters() {
    return IntStream.range(0, count)
        .mapToObj(i -> LinkCounters.read(INTERFACES, prefix + i))
        .toList();
  }

  /** The same once nothing is on its way any more; a heartbeat does not count. */
  List<LinkCounters> countersAtRest() {
    List<LinkCounters> before;
    List<LinkCounters> after = counters();
    do {
      before = after;
      LockSupport.parkNanos(REST_NANOS);
      after = counters();
    } while (LinkCounters.busiest(before, after) > HEARTBEAT_BYTES);
    return after;
  }

  /** Ends all processes that run on the machines, and removes these. */
  @Override
  public void close() {
    remove(owner -> owner == ProcessHandle.current().pid());
  }

  private static synchronized void remove(LongPredicate owner) {
    List<String> namespaces =
        Commands.run("ip", "netns", "list")
            .lines()
            .map(line -> line.split(" ")[0])
            .filter(name -> isOf(owner, name))
            .toList();
    for (String namespace : namespaces) {
      Commands.run("ip", "netns", "pids", namespace)
          .lines()
          .map(pid -> ProcessHandle.of(Long.parseLong(pid)))
          .forEach(process -> process.ifPresent(ProcessHandle::destroyForcibly));
    }
    Stream.of(Objects.requireNonNull(INTERFACES.toFile().listFiles()))
        .map(File::getName)
        .filter(name -> isOf(owner, name))
        .forEach(name -> Commands.attempt(List.of("ip", "link", "del", name)));
    namespaces.forEach(name -> Commands.attempt(List.of("ip", "netns", "del", name)));
  }

  private static boolean isOf(LongPredicate owner, String name) {
    OptionalLong pid = owner(name);
    return pid.isPresent() && owner.test(pid.getAsLong());
  }

  /** The process that gave a namespace or interface its name; none for those of other programs. */
  static OptionalLong owner(String name) {
    Matcher matcher = NAMES.matcher(name);
    return matcher.matches()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }
}
