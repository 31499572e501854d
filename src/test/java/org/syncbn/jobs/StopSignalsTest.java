package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jline.utils.Signals;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.model.SavedModel;

/** Training that is asked to stop, by signals to a process of its own. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class StopSignalsTest {

  private static final String[] SMALL = {
    "--set", "network=[{dense=16},batchNorm,relu,{dense=10}]",
    "--set", "optimizer={adam{learningRate=0.01}}",
    "--set", "data.generatedRows=300",
    "--set", "data.generatedTestRows=50",
    "--set", "training.batchSize=64"
  };

  private static final String[] IN_PROCESS = {"--engine", "in-process"};

  @TempDir private Path folder;

  @Test
  void sigtermEndsTheRunAfterItsStepAndItResumesToTheSameFile() throws Exception {
    stopAndResume("in-process");
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(strings = {"gang --master local[2]", "tree --master local[2]"})
  void sigtermEndsARunOnSparkAfterItsStepAndItResumesToTheSameFile(String engine) throws Exception {
    stopAndResume(engine);
  }

  private void stopAndResume(String engine) throws Exception {
    String state = folder.resolve("state").toString();
    Process process = start(SMALL, ("--engine " + engine + " --checkpoint state").split(" "));
    List<String> rest;
    try (BufferedReader err = process.errorReader()) {
      awaitEpoch(1, err);
      signal("TERM", process);
      rest = err.lines().toList();
    }
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(process.inputReader().lines()).isEmpty();
    assertThat(folder.resolve("model")).doesNotExist();
    Matcher sentence =
        Pattern.compile(
                "stopped by SIGTERM after step (\\d+): the same command with --resume continues"
                    + " from (.*)")
            .matcher(rest.get(rest.size() - 1));
    assertThat(sentence.matches()).as(String.join("\n", rest)).isTrue();
    assertThat(Path.of(sentence.group(2))).isDirectory();
    long epochs = Long.parseLong(sentence.group(1)) / 5 + 2; // of five steps

    assertThat(train(epochs, "resumed", "--resume", "--checkpoint", state))
        .contains("resuming after step " + sentence.group(1));
    train(epochs, "whole");
    assertThat(weights("resumed")).isEqualTo(weights("whole"));
  }

  @Test
  void withoutAFolderForCheckpointsASentenceSaysThatNothingIsKept() throws Exception {
    assumeThatInterruptsArrive();
    Process process = start(SMALL, IN_PROCESS);
    try (BufferedReader err = process.errorReader()) {
      awaitEpoch(1, err);
      signal("INT", process);
      assertThat(err.lines())
          .last()
          .asString()
          .matches("stopped by Ctrl-C after step \\d+: nothing is kept, since .* --checkpoint .*");
    }
    assertThat(process.waitFor()).isEqualTo(130);
  }

  @Tag("full")
  @Test
  void aSecondSignalEndsTheRunInTheMiddleOfAStep() throws Exception {
    assumeThatInterruptsArrive();
    // One step an epoch, much longer than a signal takes.
    String[] slow = {
      "--set", "network=[{dense=1500},relu,{dense=1500},relu,{dense=10}]",
      "--set", "data={generatedRows=3000,generatedTestRows=10}",
      "--set", "training.batchSize=3000",
      "--set", "training.checkpoint={folder=state,everyEpochs=0}"
    };
    Process process = start(slow, IN_PROCESS);
    try (BufferedReader err = process.errorReader()) {
      awaitEpoch(1, err);
      signal("INT", process);
      signal("TERM", process);
      assertThat(err.lines()).noneMatch(line -> line.startsWith("stopped by"));
    }
    assertThat(process.waitFor()).isIn(130, 143); // the JVM may see them in either order
    assertThat(folder.resolve("state")).doesNotExist();
  }

  @Test
  void theHandlersBeforeAreThereAgainWhenTrainingIsOver() {
    assumeThatInterruptsArrive();
    for (String name : List.of("INT", "TERM")) {
      Object before = Signals.register(name, () -> {});
      try {
        Object ours = current(name);
        try (StopSignals signals = new StopSignals(() -> {})) {
          assertThat(signals.received()).isEmpty();
          assertThat(current(name)).isNotSameAs(ours);
        }
        assertThat(current(name)).isSameAs(ours);
      } finally {
        Signals.unregister(name, before);
      }
    }
  }

  /** A build that a script starts in the background ignores them, and so do its processes. */
  private static void assumeThatInterruptsArrive() {
    assumeThat(String.valueOf(current("INT"))).isNotEqualTo("SIG_IGN");
  }

  private static Object current(String name) {
    Object handler = Signals.registerDefault(name);
    Signals.unregister(name, handler);
    return handler;
  }

  /** Starts a run that does not end by itself. */
  private Process start(String[] settings, String... more) throws IOException {
    String[] endless = {"--model", "model", "--set", "training.epochs=1000000"};
    Object[] arguments =
        Stream.of(new String[] {"train"}, settings, more, endless).flatMap(Stream::of).toArray();
    return JobProcess.builder(List.of(), arguments).directory(folder.toFile()).start();
  }

  private static void awaitEpoch(int epoch, BufferedReader err) throws IOException {
    StringBuilder read = new StringBuilder();
    for (String line = ""; !line.startsWith("epoch " + epoch + "/"); ) {
      line = err.readLine();
      assertThat(line).as("the process ended: %s", read).isNotNull();
      read.append(line).append('\n');
    }
  }

  private static void signal(String name, Process process) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  /** Trains to the end inside this JVM; what it said on the way. */
  private String train(long epochs, String model, String... more) {
    String[] run = {
      "train", "--set", "training.epochs=" + epochs, "--model", folder.resolve(model).toString()
    };
    CommandRun done =
        CommandRun.of(
            Stream.of(run, SMALL, IN_PROCESS, more).flatMap(Stream::of).toArray(String[]::new));
    assertThat(done.exitCode()).as(done.err()).isZero();
    return done.err();
  }

  private byte[] weights(String model) throws IOException {
    return Files.readAllBytes(folder.resolve(model).resolve(SavedModel.WEIGHTS));
  }
}
