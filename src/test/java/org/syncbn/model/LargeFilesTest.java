package org.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files beyond the two gigabytes that one Java array holds. */
@Tag("full")
class LargeFilesTest {

  private static final String HEAP = "-Xmx48m";

  @TempDir private Path folder;

  @Test
  @Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aCheckpointOfMoreThanTwoGigabytesTakesAHeapOfMegabytes() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-cp",
                System.getProperty("java.class.path"),
                WriteAndRead.class.getName(),
                folder.resolve("step").toString())
            .redirectErrorStream(true)
            .start();
    try {
      String said = new String(process.getInputStream().readAllBytes());
      assertThat(said).isEqualTo("equal");
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.size(folder.resolve("step").resolve(SavedModel.TRAINING)))
        .isGreaterThan(Integer.MAX_VALUE);
  }

  /** Writes a checkpoint whose numbers are computed, and compares what comes back. */
  static final class WriteAndRead {

    private static final int SIZE = 300_000_000;

    private WriteAndRead() {}

    public static void main(String[] arguments) throws IOException {
      LocalFolder folder = new LocalFolder(Path.of(arguments[0]));
      new SavedModel(
              JsonNodeFactory.instance.objectNode(),
              Map.of("weight", StoredArray.ofFloats(WriteAndRead::floats, 3)),
              arrays())
          .save(folder);
      ModelReader reader = ModelReader.open(folder);
      reader.weights((name, array) -> compareFloats(array));
      reader.training(
          (name, array) -> {
            if (array.type() == StoredArray.Type.F64) {
              compareDoubles(array);
            } else {
              compareFloats(array);
            }
          });
      System.out.print("equal");
    }

    private static Map<String, StoredArray> arrays() {
      Map<String, StoredArray> arrays = new LinkedHashMap<>();
      arrays.put("momentum", StoredArray.ofFloats(WriteAndRead::floats, 3, SIZE / 3));
      arrays.put("average", StoredArray.ofDoubles(WriteAndRead::doubles, SIZE));
      return arrays;
    }

    private static void floats(int from, float[] run, int length) {
      for (int i = 0; i < length; i++) {
        run[i] = Float.intBitsToFloat((from + i) * 0x3C6EF35 & 0x7F7FFFFF);
      }
    }

    private static void doubles(int from, double[] run, int length) {
      for (int i = 0; i < length; i++) {
        run[i] = (from + i) * 0x1p-40;
      }
    }

    private static void compareFloats(StoredArray array) {
      float[] expected = new float[StoredArray.RUN];
      array.floatsTo(
          (from, run, length) -> {
            floats(from, expected, length);
            for (int i = 0; i < length; i++) {
              require(run[i] == expected[i], from + i);
            }
          });
    }

    private static void compareDoubles(StoredArray array) {
      double[] expected = new double[StoredArray.RUN];
      array.doublesTo(
          (from, run, length) -> {
            doubles(from, expected, length);
            for (int i = 0; i < length; i++) {
              require(run[i] == expected[i], from + i);
            }
          });
    }

    private static void require(boolean equal, int place) {
      if (!equal) {
        throw new IllegalStateException("another number came back at place " + place);
      }
    }
  }
}
