package org.syncbn.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A standalone master and its workers, each a process that is held to this JVM by its {@link
 * Tether}.
 */
final class StandaloneCluster extends SparkCluster {

  private static final Pattern URLS = Pattern.compile("(spark://\\S+) (http://\\S+)\\s");

  /** What the master's page says below {@code /json/}. */
  private static final Pattern WORKERS = Pattern.compile("\"aliveworkers\"\\s*:\\s*(\\d+)");

  private static final List<String> SMALL = List.of("-Xmx512m", "-XX:-UsePerfData");

  private record Daemon(String name, Process process) {}

  private interface Check {
    boolean passes() throws IOException;
  }

  private final SparkHome home;
  private final String daemonClassPath;
  private final List<Daemon> daemons = new ArrayList<>();
  private final Machine machine;
  private final String master;

  /**
   * A master and workers on some machines.
   *
   * @param daemonClassPath of the master and the workers
   */
  StandaloneCluster(
      Machine machine,
      List<Machine> workers,
      int coresPerExecutor,
      int memoryMegabytes,
      String daemonClassPath) {
    super(workers.size(), coresPerExecutor, memoryMegabytes);
    this.machine = machine;
    this.daemonClassPath = daemonClassPath;
    home = SparkHome.create();
    try {
      launch(machine, "master");
      Matcher urls = URLS.matcher("");
      awaitStart(() -> urls.reset(Files.readString(home.file("master.out"))).find());
      master = urls.group(1);
      for (int i = 0; i < workers.size(); i++) {
        launch(
            workers.get(i),
            "worker-" + (i + 1),
            master,
            Integer.toString(coresPerExecutor),
            Integer.toString(memoryMegabytes),
            home.work().toString());
      }
      URI page = URI.create(urls.group(2) + "/json/");
      // Another machine's page may be out of reach from here; sessions wait for executors anyway.
      awaitStart(() -> !machine.launcher().isEmpty() || aliveWorkers(page) == executorCount);
    } catch (RuntimeException e) {
      end();
      throw e;
    }
  }

  @Override
  String driverAddress() {
    return machine.address();
  }

  @Override
  public String master() {
    return master;
  }

  @Override
  public List<ProcessHandle> executors() {
    return home.executors();
  }

  @Override
  int launchedExecutors() {
    return home.executorFolders().size();
  }

  @Override
  String newestLog() {
    return home.newestExecutorLog();
  }

  @Override
  void end() {
    for (Daemon daemon : daemons) {
      try {
        daemon.process.getOutputStream().close();
      } catch (IOException e) {
        daemon.process.destroyForcibly();
      }
    }
    Processes.end(daemons.stream().map(daemon -> daemon.process.toHandle()).toList());
    home.delete();
  }

  /** Starts a JVM whose output goes to {@code name.out} and {@code name.log} in the Spark home. */
  private void launch(Machine place, String name, String... arguments) {
    List<String> command = new ArrayList<>(place.launcher());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(QUICK_TO_START);
    command.addAll(SMALL);
    command.addAll(List.of("-cp", daemonClassPath, Tether.class.getName(), place.address()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(home.file(name + ".out").toFile())
            .redirectError(home.file(name + ".log").toFile());
    builder.environment().putAll(home.environment(place.address()));
    builder.environment().put("SPARK_LOCAL_DIRS", home.file("local").toString());
    try {
      daemons.add(new Daemon(name, builder.start()));
    } catch (IOException e) {
      throw new UncheckedIOException("The %s could not be started".formatted(name), e);
    }
  }

  private void awaitStart(Check check) {
    boolean decided =
        Processes.await(
            START_DEADLINE,
            () -> {
              try {
                return daemons.stream().anyMatch(it -> !it.process.isAlive()) || check.passes();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    for (Daemon daemon : daemons) {
      if (!daemon.process.isAlive()) {
        throw failure(daemon, "ended with exit code " + daemon.process.exitValue());
      }
    }
    if (!decided) {
      throw failure(
          daemons.get(daemons.size() - 1),
          "was not ready within " + START_DEADLINE.toSeconds() + " s");
    }
  }

  private IllegalStateException failure(Daemon daemon, String what) {
    return new IllegalStateException(
        "The standalone cluster's %s %s. %s"
            .formatted(daemon.name, what, home.daemonLog(daemon.name)));
  }

  private static int aliveWorkers(URI page) throws IOException {
    URLConnection connection = page.toURL().openConnection();
    connection.setConnectTimeout((int) END_DEADLINE.toMillis());
    connection.setReadTimeout((int) END_DEADLINE.toMillis());
    try (InputStream json = connection.getInputStream()) {
      Matcher workers = WORKERS.matcher(new String(json.readAllBytes(), StandardCharsets.UTF_8));
      return workers.find() ? Integer.parseInt(workers.group(1)) : 0;
    }
  }
}
