package org.syncbn.bench.scale;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.launcher.JavaModuleOptions;
import org.syncbn.cli.JobFailure;
import org.syncbn.cluster.Machine;

/** A {@link MeasuredDriver} that runs on some machine, seen from here. */
final class DriverProcess implements AutoCloseable {

  private static final int END_SECONDS = 10;

  private final Process process;
  private final Path log;
  private final BufferedReader events;
  private final PrintStream requests;

  /**
   * Starts the JVM, which opens a session.
   *
   * @param machine where
   * @param executors how many the cluster has
   * @param settings of the session
   */
  DriverProcess(Machine machine, int executors, Map<String, String> settings) {
    try {
      log = Files.createTempFile("syncbn-driver-", ".log");
      List<String> command = new ArrayList<>(machine.launcher());
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
      command.addAll(List.of("-Xmx4g", "-cp", System.getProperty("java.class.path")));
      command.add(MeasuredDriver.class.getName());
      command.add(Integer.toString(executors));
      settings.forEach((key, value) -> command.add(key + "=" + value));
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
      builder.environment().put("SPARK_LOCAL_IP", machine.address());
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("The driver could not be started", e);
    }
    events = process.inputReader(StandardCharsets.UTF_8);
    requests = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
  }

  /** Asks for something, or lets the driver go on. */
  void send(String request) {
    requests.println(request);
  }

  /**
   * Waits for an event.
   *
   * @param names of those that can come
   * @return its words
   * @throws JobFailure if the driver failed or ended
   */
  String[] await(String... names) {
    try {
      String line = events.readLine();
      if (line != null && List.of(names).contains(line.split(" ")[0])) {
        return line.split(" ");
      }
      throw new JobFailure(
          "The driver's JVM "
              + (line == null ? "ended; its last words: " + lastWords() : "answered: " + line));
    } catch (IOException e) {
      throw new UncheckedIOException("The driver cannot be heard", e);
    }
  }

  private String lastWords() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return lines.isEmpty() ? "none" : lines.get(lines.size() - 1);
  }

  /** Ends the JVM. */
  @Override
  public void close() {
    requests.close();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
