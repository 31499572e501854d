package org.syncbn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jars as another project has them: by their coordinates, from a repository, with the published
 * pom.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AnotherProjectIT {

  private static final Path TARGET = Path.of(System.getProperty("built.folder"));
  private static final String ARTIFACT = System.getProperty("syncbn.artifact");
  private static final String VERSION = System.getProperty("syncbn.version");

  /** What the project takes from this one. */
  private static final List<String> VERSIONS =
      List.of(
          "syncbn.artifact",
          "syncbn.version",
          "spark.version",
          "scala.version",
          "junit.version",
          "assertj.version",
          "jqwik.version",
          "module.flags");

  /** As Maven runs for this one. */
  private static final String QUICK_TO_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  @TempDir Path folder;

  @Test
  void itCompilesAndItsTestsRunOnTheJarsAlone() throws Exception {
    Path project = copyOf(Path.of("src/it/another-project"), folder.resolve("another-project"));
    Path repository = folder.resolve("repository");
    linkAllButOurs(Path.of(System.getProperty("local.repository")), repository);
    install(repository);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("maven.home"), "bin", "mvn").toString(),
                "--batch-mode",
                "--offline",
                "-Dmaven.legacyLocalRepo=true", // whoever downloaded what is in it
                "-Dmaven.repo.local=" + repository));
    for (String name : VERSIONS) {
      command.add(
          "-D%s=%s".formatted(name, System.getProperty(name).strip().replaceAll("\\s+", " ")));
    }
    command.add("test");

    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("MAVEN_OPTS", QUICK_TO_START);

    assertThat(builder.start().waitFor()).as(() -> read(log)).isZero();
    assertThat(read(log)).contains("Tests run: 3, Failures: 0, Errors: 0, Skipped: 0");
  }

  /** A repository that has all of another, by links, except what is ours. */
  private static void linkAllButOurs(Path from, Path to) throws IOException {
    Files.createDirectories(to.resolve("org"));
    linkChildren(from, to, "org");
    linkChildren(from.resolve("org"), to.resolve("org"), "syncbn");
  }

  private static void linkChildren(Path from, Path to, String except) throws IOException {
    try (Stream<Path> children = Files.list(from)) {
      for (Path child : children.toList()) {
        if (!child.getFileName().toString().equals(except)) {
          Files.createSymbolicLink(to.resolve(child.getFileName()), child);
        }
      }
    }
  }

  private static void install(Path repository) throws IOException {
    Path place = repository.resolve(Path.of("org", "syncbn", ARTIFACT, VERSION));
    Files.createDirectories(place);
    String name = ARTIFACT + "-" + VERSION;
    Files.copy(TARGET.resolve("dependency-reduced-pom.xml"), place.resolve(name + ".pom"));
    for (String jar : List.of(name + ".jar", name + "-tests.jar")) {
      Files.createSymbolicLink(place.resolve(jar), TARGET.resolve(jar));
    }
  }

  private static Path copyOf(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
    return to;
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
