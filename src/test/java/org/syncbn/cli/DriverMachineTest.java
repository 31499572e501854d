package org.syncbn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is looked at before Spark starts. */
class DriverMachineTest {

  private static final List<String> MOUNTS =
      List.of(
          "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
          "30 21 0:25 / /tmp rw,nosuid,nodev,noexec - tmpfs tmpfs rw",
          "31 30 0:26 / /tmp/a\\040b rw - tmpfs tmpfs rw");

  @TempDir Path folder;

  @Test
  void oneFolderThatCanBeWrittenIsEnough() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatCode(
            () ->
                DriverMachine.requireLocalFolders(
                    List.of(file.toString(), folder.resolve("new").toString())))
        .doesNotThrowAnyException();
  }

  @Test
  void withoutAFolderForItsFilesSparkIsNotStarted() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(
            () ->
                DriverMachine.requireLocalFolders(
                    List.of(file.toString(), file.resolve("below").toString())))
        .isInstanceOf(JobFailure.class)
        .hasMessageContaining("%s (it is not a folder)".formatted(file))
        .hasMessageContaining("SPARK_LOCAL_DIRS");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theUmaskOfTheProcessIsThatOfHadoopUnlessOneIsSet() {
    SparkConf settings = new SparkConf(false);
    DriverMachine.obeyUmask(settings);
    assertThat(settings.get("spark.hadoop.fs.permissions.umask-mode")).matches("[0-7]{4}");

    SparkConf own = new SparkConf(false).set("spark.hadoop.fs.permissions.umask-mode", "007");
    DriverMachine.obeyUmask(own);
    assertThat(own.get("spark.hadoop.fs.permissions.umask-mode")).isEqualTo("007");
  }

  @Test
  void theNearestMountSaysWhetherAFolderAllowsPrograms() {
    assertThat(NativeLibraries.forbidsPrograms(Path.of("/tmp/x"), MOUNTS)).isTrue();
    assertThat(NativeLibraries.forbidsPrograms(Path.of("/tmp"), MOUNTS)).isTrue();
    assertThat(NativeLibraries.forbidsPrograms(Path.of("/tmp/a b/c"), MOUNTS)).isFalse();
    assertThat(NativeLibraries.forbidsPrograms(Path.of("/tmpfs"), MOUNTS)).isFalse();
    assertThat(NativeLibraries.forbidsPrograms(Path.of("/home"), MOUNTS)).isFalse();
  }
}
