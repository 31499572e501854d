package org.syncbn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Python package in the jar. */
class PythonPackageIT {

  private static final String NAME =
      System.getProperty("syncbn.artifact") + "-" + System.getProperty("syncbn.version") + ".jar";
  private static final Path JAR = Path.of(System.getProperty("built.folder"), NAME);

  private static final Path GUIDE = Path.of("docs/python.md");

  @Test
  void liesAtTheRootOfTheJar() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertThat(jar.stream().map(ZipEntry::getName))
          .contains("syncbn/__init__.py", "org/syncbn/ml/__init__.py")
          // Python before 3.13 finds a package without __init__.py by the entry of its folder.
          .contains("org/", "org/syncbn/")
          .noneMatch(name -> name.contains("__pycache__"));
      ZipEntry coordinates = jar.getEntry("syncbn/_coordinates.py");
      assertThat(new String(jar.getInputStream(coordinates).readAllBytes(), StandardCharsets.UTF_8))
          .contains("ARTIFACT = \"" + NAME + "\"")
          .doesNotContain("${");
    }
  }

  @Test
  void theGuideNamesTheCoordinates() throws IOException {
    assertThat(Files.readString(GUIDE))
        .contains("--packages org.syncbn:" + System.getProperty("syncbn.artifact") + ":");
  }

  @Test
  void itsExamplesRunInPySpark(@TempDir Path folder) throws Exception {
    String home = System.getenv("SPARK_HOME");
    assumeThat(home).as("SPARK_HOME").isNotNull();
    assumeThat(Path.of(home, "python", "pyspark")).exists();
    Path log = folder.resolve("log");
    Process submit =
        new ProcessBuilder(
                Path.of(home, "bin", "spark-submit").toString(),
                "--master",
                "local[2]",
                "--conf",
                "spark.ui.enabled=false",
                "--jars",
                JAR.toString(),
                "--py-files",
                JAR.toString(),
                Path.of("src/test/python/examples.py").toAbsolutePath().toString(),
                GUIDE.toAbsolutePath().toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(submit.waitFor()).as(() -> tail(log)).isZero();
    assertThat(tail(log)).containsPattern("attempted [1-9]");
  }

  private static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 200), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
