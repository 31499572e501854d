package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;

/** What {@code --dry-run} prints, and that it writes nothing. */
@OwnSpark
class DryRunTest {

  private static CommandRun.Session session;

  @TempDir private Path folder;
  private Path table;

  @BeforeAll
  static void start() {
    session = CommandRun.session();
  }

  @AfterAll
  static void stop() {
    session.close();
  }

  @BeforeEach
  void writeTable() throws IOException {
    StringBuilder csv = new StringBuilder("height,weight,kind\n");
    for (int i = 0; i < 12; i++) {
      csv.append(i).append(',').append(i % 5 + 0.5).append(i % 2 == 0 ? ",cat\n" : ",dog\n");
    }
    table = Files.writeString(folder.resolve("animals.csv"), csv);
  }

  @Test
  void normalizeShowsFilesRowsColumnsAndPlaces() throws IOException {
    Path output = folder.resolve("out");
    Path statistics = folder.resolve("s.json");
    CommandRun run =
        succeeded(
            run(
                "normalize",
                "--input",
                table,
                "--exclude",
                "weight",
                "--output",
                output,
                "--statistics",
                statistics,
                "--dry-run"));
    assertThat(run.out())
        .startsWith("Input: 12 rows\n")
        .containsPattern("height +\\S+ +to normalize\n")
        .containsPattern("weight +\\S+ +left as it is\n")
        .contains("Input from 1 file:\n", table.getFileName().toString())
        .contains("Would write " + output + "\n", "Would write " + statistics + "\n")
        .endsWith("Nothing was written.\n");
    assertThat(names()).containsExactly("animals.csv");
    Files.createDirectory(output);
    failed(run("normalize", "--input", table, "--output", output, "--dry-run"), "--overwrite");
  }

  @Test
  void normalizeNeedsAnInputToShow() {
    CommandRun run = run("normalize", "--dry-run");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--dry-run needs an --input or a --table");
  }

  @Test
  void trainEvaluateAndPredictShowTheRolesOfColumns() throws IOException {
    Path model = folder.resolve("model");
    Object[] training = {
      "--engine",
      "in-process",
      "--set",
      "data={format=csv,label=kind,path=\"%s\",testPath=\"%s\"}".formatted(table, table),
      "--set",
      "network=[{dense=2}]",
      "--set",
      "training={epochs=1,batchSize=4}",
      "--model",
      model
    };
    assertThat(succeeded(run("train", CommandRun.append(training, "--dry-run"))).out())
        .startsWith("Training rows: 12 rows\n")
        .containsPattern("height +\\S+ +feature\n")
        .containsPattern("kind +string +label\n")
        .contains("Test rows: 12 rows\n", "Would train 1 epoch with mini-batches of at most 4 rows")
        .contains("Would write " + model)
        .endsWith("Nothing was written.\n");
    assertThat(names()).containsExactly("animals.csv");

    succeeded(run("train", training));
    assertThat(succeeded(run("evaluate", "--model", model, "--dry-run")).out())
        .startsWith("Test rows of the run: 12 rows\n")
        .containsPattern("kind +string +label\n");
    Path output = folder.resolve("predicted");
    assertThat(
            succeeded(
                    run(
                        "predict",
                        "--model",
                        model,
                        "--input",
                        table,
                        "--output",
                        output,
                        "--dry-run"))
                .out())
        .startsWith("Input: 12 rows\n")
        .contains("Would write " + output);
    assertThat(names()).containsExactly("animals.csv", "model");
  }

  @Test
  void trainReadsTextsAsTheRunSays() throws IOException {
    Path commas = Files.writeString(folder.resolve("commas.csv"), "w;kind\n1,5;cat\n2,5;dog\n");
    String data =
        "data={format=csv,label=kind,path=\"%1$s\",testPath=\"%1$s\",text{decimalComma=true}}"
            .formatted(commas);
    CommandRun run =
        run("train", "--set", data, "--set", "network=[{dense=2}]", "--model", "m", "--dry-run");
    assertThat(succeeded(run).out())
        .startsWith("Training rows: 2 rows\n")
        .contains("Test rows: 2 rows\n")
        .containsPattern("w +double +feature\n");
  }

  @Test
  void trainShowsImages() throws IOException {
    assertThat(
            succeeded(
                    run(
                        "train",
                        "--set",
                        "data.generatedRows=30",
                        "--model",
                        folder.resolve("m"),
                        "--dry-run"))
                .out())
        .startsWith("Training images: 30 rows of [28, 28, 1]\n");
    assertThat(names()).containsExactly("animals.csv");
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
