package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages of reports, from the jobs that write them and from saved JSON. */
@Timeout(180)
class ReportJobTest {

  @TempDir private Path folder;
  private Path json;

  @BeforeEach
  void place() {
    json = folder.resolve("run.json");
  }

  private CommandRun train(Path report, String... settings) {
    Object[] arguments =
        Stream.concat(
                Stream.of(
                    "--engine",
                    "in-process",
                    "--set",
                    "network=[{dense=16},batchNorm,relu,{dense=10}]",
                    "--set",
                    "data.generatedRows=300",
                    "--set",
                    "data.generatedTestRows=50",
                    "--set",
                    "training.epochs=2",
                    "--set",
                    "training.batchSize=64",
                    "--model",
                    folder.resolve("model"),
                    "--overwrite",
                    "--report",
                    report),
                Stream.of(settings))
            .toArray();
    return run("train", arguments);
  }

  private Path normalized(String name, String rows) throws IOException {
    Path table = folder.resolve("table.csv");
    Path report = folder.resolve(name);
    Files.writeString(table, "x,y\n" + rows);
    succeeded(
        run(
            "normalize",
            "--input",
            table,
            "--statistics",
            folder.resolve("s.json"),
            "--report",
            report));
    return report;
  }

  @Test
  void aReportOfTrainingHoldsItsStepsAndLayers() throws IOException {
    succeeded(train(json));
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.path("job").asText()).isEqualTo("train");
    assertThat(report.at("/steps/step")).hasSize(10);
    assertThat(report.at("/steps/loss")).hasSize(10).allMatch(loss -> loss.asDouble() > 0);
    assertThat(report.path("layers")).hasSize(2);
    assertThat(report.at("/layers/1/batchNorms/0/channels").asInt()).isEqualTo(16);
    assertThat(report.at("/layers/1/gradientNorms/0.weight").asDouble()).isPositive();
  }

  @Test
  void thePageOfARunIsThatOfItsSavedJson() throws IOException {
    CommandRun trained = succeeded(train(json));
    Path page = folder.resolve("run.html");
    assertThat(succeeded(run("report", json, "--output", page)).out())
        .isEqualTo("page  %s\n".formatted(page));
    assertThat(Files.readString(page))
        .contains("<pre>" + trained.out().strip().replace(System.lineSeparator(), "\n") + "</pre>")
        .contains(
            "<figcaption>Loss</figcaption>", "<figcaption>Loss of each mini-batch</figcaption>");
    Path direct = folder.resolve("direct.html");
    succeeded(train(direct));
    assertThat(Files.readString(direct))
        .startsWith("<!DOCTYPE html>")
        .contains("<h2>Batch norms</h2>");
  }

  @Test
  void aRunThatMeasuresItShowsTheConfusionMatrixOfItsValidationRows() throws IOException {
    succeeded(
        train(
            json,
            "--set",
            "training.metrics=[accuracy,confusionMatrix]",
            "--set",
            "data.validation={fraction=0.2}"));
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    double right = 0;
    double all = 0;
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 10; j++) {
        double weight = report.path("confusionMatrix").get(i).get(j).asDouble();
        all += weight;
        right += i == j ? weight : 0;
      }
    }
    assertThat(right / all).isEqualTo(report.at("/metrics/validation/accuracy").asDouble());
    Path page = folder.resolve("run.html");
    succeeded(run("report", json, "--output", page));
    assertThat(Files.readString(page)).contains("<h2>Confusion matrix</h2>", "disc as disc: ");
  }

  @Test
  void twoRunsAreLaidOverEachOther() throws IOException {
    Path other = folder.resolve("other.json");
    succeeded(train(json));
    succeeded(train(other, "--set", "seed=2"));
    Path page = folder.resolve("both.html");
    succeeded(run("report", json, other, "--output", page));
    assertThat(Files.readString(page))
        .contains("run.json train</text>", "other.json train</text>", "<tr><td>seed<td");
  }

  @Test
  void reportsOfTwoJobsAreOneSentenceAndLeaveNothing() throws IOException {
    succeeded(train(json));
    Path other = normalized("n.json", "1,2\n3,4\n");
    Path page = folder.resolve("both.html");
    failed(
        run("report", json, other, "--output", page),
        "only reports of one job can be laid over each other");
    failed(run("report", folder.resolve("s.json"), "--output", page), "s.json is not a report");
    failed(run("report", folder.resolve("none.json"), "--output", page), "none.json");
    assertThat(page).doesNotExist();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("."))).isEmpty();
    }
  }

  @Test
  void aPageOfStatisticsNamesItsFeatures() throws IOException {
    assertThat(Files.readString(normalized("n.html", "1,5\n3,5\n")))
        .contains("<tr><td>x<td>2<td>0<td>2<td>1<td>1<td>3<td>1<td>\n")
        .contains("Constant, so of no use for learning: y.");
  }

  @Test
  void histogramsAreTheSameForAnyNumberOfFiles() throws IOException {
    Path one = Files.createDirectory(folder.resolve("one"));
    Path three = Files.createDirectory(folder.resolve("three"));
    StringBuilder all = new StringBuilder("x,y\n");
    for (int part = 0; part < 3; part++) {
      StringBuilder rows = new StringBuilder();
      for (int i = part * 100; i < part * 100 + 100; i++) {
        rows.append(i).append(',').append(i % 7 == 0 ? "" : i * i).append('\n');
      }
      all.append(rows);
      Files.writeString(three.resolve(part + ".csv"), "x,y\n" + rows);
    }
    Files.writeString(one.resolve("all.csv"), all);
    JsonNode[] features = new JsonNode[2];
    for (int i = 0; i < 2; i++) {
      Path input = i == 0 ? one : three;
      succeeded(
          run(
              "normalize",
              "--input",
              input,
              "--missing",
              "skip",
              "--report",
              json,
              "--histograms"));
      features[i] = new ObjectMapper().readTree(json.toFile()).path("features");
    }
    assertThat(features[0]).isEqualTo(features[1]);
    JsonNode x = features[0].get(0).path("histogram");
    assertThat(x.path("high").asDouble()).isEqualTo(299);
    assertThat(x.path("counts")).hasSize(20).allMatch(count -> count.asInt() == 15);
    assertThat(features[0].get(1).at("/histogram/counts")).hasSize(20);
    Path page = folder.resolve("n.html");
    succeeded(run("report", json, "--output", page));
    assertThat(Files.readString(page))
        .contains("<h2>Histograms</h2>", "<figcaption>y</figcaption>");
  }

  @Test
  void histogramsNeedAReportAndAnInputThatIsFitted() {
    assertThat(run("normalize", "--input", "a.csv", "--histograms").err())
        .contains("--histograms are shown by the report, so they need --report");
    assertThat(
            run("normalize", "--input", "a.csv", "--weight", "w", "--histograms", "--report", json)
                .err())
        .contains("--apply, --weight and --stream cannot be combined with it");
  }

  @Test
  void aReportThatCannotBeWrittenIsSaidBeforeTheWork() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    CommandRun trained = train(file.resolve("run.html"));
    failed(trained, "Cannot write " + file.resolve("run.html"));
    assertThat(trained.err()).doesNotContain("epoch 1/2");
    assertThat(folder.resolve("model")).doesNotExist();
  }

  @Test
  void aPageNeedsAPlace() {
    assertThat(run("report", json).exitCode()).isEqualTo(2);
  }
}
