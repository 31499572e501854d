package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.SavedModel;

/** What the heap takes when a run is saved and resumed: runs of numbers, never whole arrays. */
class CheckpointMemoryTest {

  /** 1.6 million weights, two arrays of optimizer state and an average in double. */
  private static final RunOptions OPTIONS =
      RunFile.parse(
          """
          network = [flatten, { dense { units = 2048 } }, relu, { dense { units = 10 } }]
          optimizer { adam { learningRate = 0.001 } }
          data { generatedRows = 64, generatedTestRows = 0 }
          training { epochs = 2, batchSize = 64, weightAveraging { ema { decay = 0.9 } } }
          """,
          List.of());

  /** Less than one array of the files, and room for what the first JSON takes. */
  private static final int LIMIT = 4 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path folder;

  @Test
  void aCheckpointIsWrittenAndReadARunOfNumbersAtATime() throws IOException {
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    long written;
    try (Runs.Run run = new Runs.Run(OPTIONS, 1)) {
      run.run.keepCheckpointsIn(checkpoints);
      Trainer[] trainer = new Trainer[1];
      trainer[0] =
          run.run.trainer(
              run.engine,
              new TrainingListener() {
                @Override
                public void onEpoch(EpochResult result) {
                  trainer[0].stop();
                }
              });
      trainer[0].run(); // an epoch of one step
      long before = THREADS.getCurrentThreadAllocatedBytes();
      trainer[0].run(); // only saves
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(LIMIT);
      written = size(checkpoints);
      assertThat(written).isGreaterThan(7L * LIMIT);
    }
    try (Runs.Run run = new Runs.Run(OPTIONS, 1)) {
      run.run.keepCheckpointsIn(checkpoints);
      long before = THREADS.getCurrentThreadAllocatedBytes();
      assertThat(run.run.resume()).isEqualTo(1);
      long optimizerState = 2L * Float.BYTES * run.run.plan().network().weightCount();
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
          .isLessThan(LIMIT + optimizerState);
    }
  }

  private static long size(LocalFolder checkpoints) throws IOException {
    Path newest = Path.of(Checkpoints.newest(checkpoints).orElseThrow().path());
    return Files.size(newest.resolve(SavedModel.WEIGHTS))
        + Files.size(newest.resolve(SavedModel.TRAINING));
  }
}
