package io.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launchers of {@code jobs/}, before a project that counts as built and a Spark home. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {

  @TempDir private Path root;

  @BeforeEach
  void prepare() throws IOException {
    for (String folder : List.of("src/main", "target/spark/jars", "jobs/lib", "spark/bin")) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.createFile(root.resolve("pom.xml"));
    Files.createFile(Files.createDirectory(root.resolve("conf")).resolve("spark-defaults.conf"));
    for (String script : List.of("jobs/train", "jobs/lib/launch")) {
      Files.copy(Path.of(script), root.resolve(script));
    }
    Path submit = root.resolve("spark/bin/spark-submit");
    Files.writeString(submit, "#!/usr/bin/env bash\nprintf '%s\\n' \"$@\"\nexit 7\n");
    Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createFile(root.resolve("target/spark-syncbn-1.jar")); // the newest file
  }

  @ParameterizedTest
  @ValueSource(strings = {"foo", "local[2", "mesos://host:5050", "localhost:7077"})
  void aMasterThatSparkDoesNotKnowIsAWrongArgument(String master) throws Exception {
    for (String[] arguments :
        new String[][] {{"--master", master}, {"--conf", "spark.master=" + master}}) {
      Process process = launch(arguments);
      assertThat(process.errorReader().lines())
          .singleElement()
          .asString()
          .startsWith("error: a Spark master is local, local[n], ")
          .contains("not '" + master + "'");
      assertThat(process.waitFor()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"local", "local[2,4]", "local-cluster[2,1,1024]", "spark://h:7077", "yarn"})
  void whatIsForSparkGoesToSparkSubmitAndTheExitCodeComesBack(String master) throws Exception {
    Process process = launch("--seed", "5", "--master", master, "--conf=spark.x=y");
    List<String> words = process.inputReader().lines().toList();
    assertThat(words)
        .containsSubsequence("--master", master, "--conf", "spark.x=y", "--load-spark-defaults")
        .endsWith("train", "--seed", "5", "--master", master, "--conf=spark.x=y");
    assertThat(process.waitFor()).isEqualTo(7);
  }

  @Test
  void withoutAMasterAllCoresOfThisMachineWork() throws Exception {
    assertThat(launch().inputReader().lines()).containsSubsequence("--master", "local[*,4]");
  }

  private Process launch(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", root.resolve("jobs/train").toString()));
    Stream.of(arguments).forEach(command::add);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_HOME", root.resolve("spark").toString());
    builder.environment().keySet().removeAll(List.of("MASTER", "SPARK_CONF_DIR"));
    return builder.start();
  }
}
