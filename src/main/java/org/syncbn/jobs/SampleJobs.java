package org.syncbn.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;

/**
 * Runs the jobs whose classes an archive for faster starts should hold: a small normalization of
 * CSV and of Parquet, and a training of one epoch with its evaluation.
 */
public final class SampleJobs {

  private static final PrintStream NOWHERE =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

  private SampleJobs() {}

  /** Runs them, and fails if one does. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("syncbn-sample");
    try {
      run(folder);
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private static void run(Path folder) throws IOException {
    Path csv = Files.writeString(folder.resolve("a.csv"), "a,b,c\n1,2,x\n3,5,y\n4,7,x\n");
    String parquet = folder.resolve("a.parquet").toString();
    String statistics = folder.resolve("a.json").toString();
    job("normalize", "--input", csv.toString(), "--output", parquet, "--statistics", statistics);
    job("normalize", "--input", parquet, "--output", folder.resolve("b.csv").toString());
    String model = folder.resolve("model").toString();
    job(
        "train",
        "--model",
        model,
        "--set",
        "training.epochs=1",
        "--set",
        "data.generatedRows=1000",
        "--set",
        "data.generatedTestRows=100");
    job("evaluate", "--model", model);
  }

  private static void job(String... arguments) {
    if (SyncBatchNorm.run(arguments, NOWHERE, NOWHERE) != 0) {
      throw new IllegalStateException("the sample job " + arguments[0] + " failed");
    }
  }
}
