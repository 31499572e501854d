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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Experiments as a person asks for them, and everything asked wrongly. */
@Timeout(180)
class ExperimentJobTest {

  private static final String VERDICT = "Verdict: holds: with statistics of each shard ";

  @TempDir private Path folder;

  @Test
  void theListHasALineForEachExperimentWithItsClaim() {
    CommandRun list = succeeded(run("experiment", "list"));
    assertThat(list.out().lines())
        .anyMatch(
            line -> line.matches("convergence +Batch normalization makes training converge.*"))
        .anyMatch(line -> line.matches("partitions +Where shards are not alike.*"));
    assertThat(list.err()).isEmpty();
  }

  @Test
  void anUnknownNameIsAnErrorThatNamesTheNearest() {
    CommandRun run = run("experiment", "partition");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("error: there is no experiment 'partition'; did you mean 'partitions'?");
    assertThat(run("experiment", "xyz").err())
        .startsWith("error: there is no experiment 'xyz' (see");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1"})
  void thereIsAtLeastOneSeed(String seeds) {
    CommandRun run = run("experiment", "partitions", "--seeds", seeds);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("error: --seeds must be at least 1, was " + seeds);
  }

  @Test
  void withoutItsDataNothingIsTriedOrWritten() throws IOException {
    Path missing = folder.resolve("no-such-folder");
    Path report = folder.resolve("report.html");
    failed(
        run("experiment", "partitions", "--data", missing, "--report", report), missing.toString());
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aReportThatCannotBeWrittenIsAnErrorBeforeAnythingIsTried() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    CommandRun run =
        run("experiment", "--quick", "partitions", "--report", file.resolve("report.html"));
    failed(run, file.toString());
    assertThat(run.err()).doesNotContain("seed 1");
  }

  @Tag("full")
  @Test
  void aPageShowsWhatWasFoundAndJsonTheSameWithOtherThreads() throws IOException {
    Path page = folder.resolve("page.html");
    CommandRun run = succeeded(partitions("--report", page));
    assertThat(run.out())
        .startsWith("partitions\nClaim: Where shards are not alike")
        .contains("\nSource: Ioffe 2017", "sorted, each shard ", VERDICT);
    assertThat(run.err()).contains("sorted, all shards, seed 1 of 1", "The report is " + page);
    assertThat(page)
        .content()
        .contains("Ioffe 2017", "<svg", "Test accuracy over steps", "sorted, all shards")
        .doesNotContain("src=\"http", "<link");

    Path report = folder.resolve("report.json");
    assertThat(succeeded(partitions("--report", report, "--threads", "1")).out())
        .isEqualTo(run.out());
    JsonNode json = new ObjectMapper().readTree(report.toFile());
    assertThat(json.path("seeds").asInt()).isEqualTo(1);
    assertThat(json.path("quick").asBoolean()).isTrue();
    JsonNode partitions = json.at("/experiments/0");
    assertThat(partitions.path("name").asText()).isEqualTo("partitions");
    assertThat(run.out())
        .contains(partitions.path("claim").asText(), partitions.path("sentence").asText());
    assertThat(partitions.path("verdict").asText()).isEqualTo("holds");
    assertThat(partitions.at("/table/columns/1").asText()).isEqualTo("test accuracy, %");
    assertThat(partitions.at("/table/rows")).hasSize(7);
    assertThat(partitions.at("/charts/1/title").asText()).isEqualTo("Test accuracy over steps");
    assertThat(partitions.at("/charts/1/table/rows").size()).isGreaterThan(3);
  }

  @Test
  void aDocumentInMarkdownHasItsPicturesInAFolderBesideIt() throws IOException {
    Path document = folder.resolve("found.md");
    succeeded(partitions("--report", document));
    assertThat(document)
        .content()
        .startsWith("# Experiments\n")
        .contains(
            "\n## partitions\n",
            "\n**Holds:** with statistics of each shard ",
            "(found/partitions-1.svg)",
            "(found/partitions-2.svg)");
    for (String picture : new String[] {"partitions-1.svg", "partitions-2.svg"}) {
      assertThat(folder.resolve("found").resolve(picture)).content().startsWith("<svg");
    }
  }

  private static CommandRun partitions(Object... options) {
    return run("experiment", CommandRun.append(new Object[] {"--quick", "partitions"}, options));
  }
}
