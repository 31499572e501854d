package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.append;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.tensor.CounterRandom;

/** {@code jobs/train} on tables as people have them. */
class TrainOnAnyTableTest {

  private static final int ROWS = 300;

  private static CommandRun.Session session;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    session = CommandRun.session();
  }

  @AfterAll
  static void stop() {
    session.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "softmaxCrossEntropy; 4; 4,2,-1,30; -1,2,4,30",
        "softmaxCrossEntropy; 2; no,yes; no,yes",
        "softmaxCrossEntropy; 3; 1.5,0.5,2.5; 0.5,1.5,2.5",
        "binaryCrossEntropy; 1; 4,2; 2,4",
        "binaryCrossEntropy; 1; -1,1; -1,1",
        "binaryCrossEntropy; 1; yes,no; no,yes"
      })
  void labelsOfAnyValuesAreClasses(String loss, int outputs, String values, String classes)
      throws IOException {
    String[] labels = values.split(",");
    Path table = table("a,y", i -> number(i) + "," + labels[i % labels.length]);
    CommandRun trained =
        succeeded(train(table, "network=[{dense=%d}]".formatted(outputs), "loss=" + loss));
    String listed = classes.replace(",", ", ");
    assertThat(trained.out().lines().filter(line -> line.startsWith("classes")))
        .singleElement()
        .asString()
        .endsWith("%d: %s".formatted(labels.length, listed));
    Path predicted = folder.resolve("predicted.csv");
    succeeded(run("predict", "--model", model(), "--input", table, "--output", predicted));
    assertThat(session.spark().read().option("header", true).csv(predicted.toString()))
        .satisfies(
            rows ->
                assertThat(rows.select("predictedLabel").distinct().collectAsList())
                    .allMatch(row -> List.of(labels).contains(row.getString(0))));
    succeeded(run("evaluate", "--model", model(), "--input", table));
  }

  @Test
  void aDryRunChecksLabelsAgainstTheNetwork() throws IOException {
    Path table = table("a,y", i -> number(i) + "," + (1 + i % 7));
    failed(
        run("train", append(options(table, "network=[{dense=3}]"), "--dry-run")),
        "the network has 3 outputs, but the labels are 7 classes: 1, 2, 3, 4, 5, 6, 7; give its"
            + " last layer 7 units");
    CommandRun looked =
        succeeded(run("train", append(options(table, "network=[{dense=7}]"), "--dry-run")));
    assertThat(looked.out()).contains("Classes: 7: 1, 2, 3, 4, 5, 6, 7");
  }

  private Path table(String header, IntFunction<String> row) throws IOException {
    Path table = folder.resolve("table.csv");
    return Files.writeString(
        table,
        header
            + "\n"
            + IntStream.range(0, ROWS).mapToObj(row).collect(Collectors.joining("\n"))
            + "\n");
  }

  private static double number(int row) {
    return CounterRandom.of(4).gaussian(row);
  }

  private Path model() {
    return folder.resolve("model");
  }

  private CommandRun train(Path table, String... settings) throws IOException {
    return run("train", options(table, settings));
  }

  private Object[] options(Path table, String... settings) throws IOException {
    Path file = folder.resolve("run.conf");
    Files.writeString(
        file,
        """
        data { format = csv, label = y, path = "%s" }
        training { epochs = 1, batchSize = 64 }
        """
            .formatted(table));
    Object[] options = {file, "--model", model(), "--overwrite", "--engine", "in-process"};
    for (String setting : settings) {
      options = append(options, "--set", setting);
    }
    return options;
  }
}
