package org.syncbn.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A temporary Spark home without Spark in it: whatever is started from it runs the class path of
 * this JVM.
 *
 * <p>Spark builds an executor's class path from {@code $SPARK_HOME/jars}, which must exist and may
 * be empty, and from {@code SPARK_DIST_CLASSPATH}, made for distributions that bring Spark's
 * dependencies from elsewhere.
 */
final class SparkHome {

  private static final int TAIL_LINES = 20;
  private static final int TAIL_COLUMNS = 200;

  /** Spark puts the command line and a rule above an executor's own output. */
  private static final int LOG_HEADER_LINES = 3;

  private final Path folder;

  private SparkHome(Path folder) {
    this.folder = folder;
  }

  static SparkHome create() {
    try {
      Path temporary = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
      SparkHome home = new SparkHome(Files.createTempDirectory(temporary, "spark-home-"));
      Files.createDirectories(home.folder.resolve("jars"));
      Files.createDirectories(home.work());
      Files.createDirectories(home.folder.resolve("conf"));
      Files.writeString(home.folder.resolve("conf/java-opts"), home.marker());
      return home;
    } catch (IOException e) {
      throw new UncheckedIOException("No Spark home could be created in the temporary folder", e);
    }
  }

  /**
   * What a process needs in its environment to start executors from this home.
   *
   * @param address that it and its executors listen on
   */
  Map<String, String> environment(String address) {
    String classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    return Map.of(
        "SPARK_HOME",
        folder.toString(),
        "SPARK_CONF_DIR",
        folder.resolve("conf").toString(),
        "SPARK_DIST_CLASSPATH",
        classPath,
        "SPARK_SCALA_VERSION",
        "2.13",
        "SPARK_LOCAL_IP",
        address,
        "JAVA_HOME",
        System.getProperty("java.home"));
  }

  /** Where workers keep the logs of executors: a folder per application, in it one per executor. */
  Path work() {
    return folder.resolve("work");
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** The JVMs that were started from this home as executors. */
  List<ProcessHandle> executors() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().commandLine().orElse("").contains(marker()))
        .toList();
  }

  /** One folder for each executor that ever was started from this home. */
  List<Path> executorFolders() {
    int depth = work().getNameCount() + 2;
    try (Stream<Path> folders = Files.find(work(), 2, (file, kind) -> kind.isDirectory())) {
      return folders.filter(folder -> folder.getNameCount() == depth).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of what the newest executor wrote, if it wrote anything. */
  String newestExecutorLog() {
    return executorFolders().stream()
        .sorted(Comparator.comparing((Path folder) -> folder.toFile().lastModified()).reversed())
        .map(
            folder ->
                Stream.concat(
                        lines(folder.resolve("stdout")).stream(),
                        lines(folder.resolve("stderr")).stream().skip(LOG_HEADER_LINES))
                    .toList())
        .filter(lines -> !lines.isEmpty())
        .findFirst()
        .map(lines -> "The end of its log:" + tail(lines))
        .orElse("No executor wrote a log.");
  }

  /** The end of what a master or worker wrote. */
  String daemonLog(String name) {
    return "The end of its log:" + tail(lines(file(name + ".log")));
  }

  private static List<String> lines(Path log) {
    try {
      return Files.readAllLines(log);
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String tail(List<String> lines) {
    return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()).stream()
        .map(line -> "\n  " + line.substring(0, Math.min(line.length(), TAIL_COLUMNS)))
        .collect(Collectors.joining());
  }

  void delete() {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A flag that does nothing but stand at the front of an executor's command line. */
  private String marker() {
    return "-Dsyncbn.cluster=" + folder.getFileName();
  }
}
