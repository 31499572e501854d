package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.model.SavedModel;
import org.syncbn.spark.SmallDisk;

/** Models and checkpoints in a file system of Hadoop's that is not the local disk. */
@Timeout(120)
@OwnSpark
class TrainOnHadoopFilesTest {

  @TempDir private Path disk;

  @AfterEach
  void repair() {
    SmallDisk.free(Long.MAX_VALUE);
  }

  @Test
  void aRunGoesOnFromItsCheckpointsThere() throws IOException {
    succeeded(train("4", "--model", disk.resolve("whole").toString()));
    String state = SmallDisk.at(disk.resolve("state"));
    succeeded(train("2", "--model", SmallDisk.at(disk.resolve("half")), "--checkpoint", state));
    assertThat(names("state")).containsExactly("step-0000000005", "step-0000000010");

    CommandRun resumed =
        train(
            "4",
            "--resume",
            "--model",
            SmallDisk.at(disk.resolve("resumed")),
            "--set",
            "training.checkpoint={folder=\"%s\"}".formatted(state));
    assertThat(succeeded(resumed).err()).contains("resuming after step 10");
    assertThat(resumed.out()).contains("model       smalldisk:" + disk.resolve("resumed"));
    assertThat(weights("resumed")).isEqualTo(weights("whole"));
    assertThat(names("")).containsExactly("half", "resumed", "state", "whole");
  }

  @Test
  void aDiskThatFillsUpLeavesTheLastCheckpointToGoOnFrom() throws IOException {
    succeeded(train("4", "--model", disk.resolve("whole").toString()));
    String state = SmallDisk.at(disk.resolve("state"));
    succeeded(train("1", "--model", disk.resolve("m").toString(), "--checkpoint", state));
    long bytes = 0;
    for (String file : names("state/step-0000000005")) {
      bytes += Files.size(disk.resolve("state/step-0000000005/" + file));
    }

    SmallDisk.free(bytes * 3 / 2); // one more, and half of the next
    CommandRun full =
        train("4", "--resume", "--model", disk.resolve("m").toString(), "--checkpoint", state);
    assertThat(full.exitCode()).isEqualTo(1);
    assertThat(full.err().lines().filter(line -> line.startsWith("error: ")))
        .containsExactly(
            "error: cannot write %s/step-0000000015: No space left on device; the last checkpoint is %s/step-0000000010"
                .formatted(state, state));
    assertThat(names("state")).containsExactly("step-0000000005", "step-0000000010");

    SmallDisk.free(Long.MAX_VALUE);
    succeeded(
        train("4", "--resume", "--model", disk.resolve("m").toString(), "--checkpoint", state));
    assertThat(weights("m")).isEqualTo(weights("whole"));
  }

  @Test
  void aFileWhereTheCheckpointsShouldBeIsASentence() throws IOException {
    Path file = Files.writeString(disk.resolve("file"), "content");
    for (String place : List.of(file.toString(), SmallDisk.at(file))) {
      for (String more : List.of("--stacktrace", "--resume")) {
        CommandRun run =
            train("1", "--model", disk.resolve("m").toString(), "--checkpoint", place, more);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines().filter(line -> line.startsWith("error: ")))
            .singleElement()
            .asString()
            .contains(file.toString());
      }
    }
    assertThat(file).hasContent("content");
    assertThat(names("")).containsExactly("file");
  }

  @Test
  void aSchemeThatNobodyKnowsIsASentence() {
    CommandRun run = train("1", "--model", "gopher://host/model");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("error: There is no file system for gopher:");
    assertThat(run.err().lines()).hasSize(1);
  }

  private static CommandRun train(String epochs, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("train", "--engine", "in-process", "--conf", SmallDisk.SETTING));
    for (String setting :
        List.of(
            "network=[{dense=16},batchNorm,relu,{dense=10}]",
            "optimizer={adam{learningRate=0.01}}",
            "data.generatedRows=300",
            "data.generatedTestRows=0",
            "data.validation=none",
            "training.batchSize=64",
            "training.epochs=" + epochs)) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private byte[] weights(String model) throws IOException {
    return Files.readAllBytes(disk.resolve(model).resolve(SavedModel.WEIGHTS));
  }

  private List<String> names(String folder) throws IOException {
    try (Stream<Path> files = Files.list(disk.resolve(folder))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
