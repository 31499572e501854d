package org.syncbn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.SparkInternals;
import org.syncbn.cli.OutputCommit.TextFile;

@SparkInternals
@OwnSpark
class OutputCommitTest {

  @TempDir Path folder;

  /** A job that has written half of its output over an old one, and goes on for ever. */
  static final class HalfWritten {
    public static void main(String[] arguments) throws Exception {
      try (OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()))) {
        Path half = Path.of(URI.create(outputs.folder(arguments[0], true)));
        outputs.textFile(arguments[1]).write("{}");
        Files.createDirectories(half);
        Files.writeString(half.resolve("part"), "half");
        System.out.println("written");
        Thread.currentThread().join();
      }
    }
  }

  @Test
  void anOutputThatAppearsDuringTheRunIsNotReplaced() throws IOException {
    Path output = folder.resolve("out");
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()))) {
      Files.createDirectories(Path.of(URI.create(outputs.folder(output.toString(), false))));
      Files.writeString(Files.createDirectories(output).resolve("kept"), "of another run");
      assertThatThrownBy(outputs::commit)
          .isInstanceOf(JobFailure.class)
          .hasMessageContaining("out exists");
    }
    assertThat(output.resolve("kept")).hasContent("of another run");
    assertThat(entries()).containsExactly("out");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aDeviceOrALinkIsNotReplacedByAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "kept");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()))) {
      for (String place : List.of("/dev/null", link.toString())) {
        assertThatThrownBy(() -> outputs.textFile(place))
            .isInstanceOf(JobFailure.class)
            .hasMessageContaining("it is a link, a device or a pipe");
      }
    }
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("kept");
    assertThat(entries()).containsExactlyInAnyOrder("file", "link");
  }

  @Test
  void nothingAppearsAfterTheEnd() {
    OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()));
    TextFile file = outputs.textFile(folder.resolve("deep/s.json").toString());
    file.write("{}");
    outputs.close();
    assertThatThrownBy(outputs::commit).isInstanceOf(JobFailure.class);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aTerminatedJobLeavesWhatWasThereAndNothingElse() throws Exception {
    Path output = Files.createDirectory(folder.resolve("out"));
    Files.writeString(output.resolve("kept"), "old");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                HalfWritten.class.getName(),
                output.toString(),
                folder.resolve("new/s.json").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("written");
      assertThat(entries()).hasSize(3); // one of them hidden
      process.destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(entries()).containsExactly("out");
    assertThat(output.resolve("kept")).hasContent("old");
  }

  private List<String> entries() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).toList();
    }
  }
}
