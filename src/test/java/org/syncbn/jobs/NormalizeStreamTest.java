package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.append;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;

@OwnSpark
class NormalizeStreamTest {

  private static CommandRun.Session session;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    session = CommandRun.session();
  }

  @AfterAll
  static void close() {
    session.close();
  }

  private Object[] stream(Object... more) {
    return append(
        new Object[] {
          "--stream",
          "--trigger",
          "available-now",
          "--eps",
          "0",
          "--input",
          folder.resolve("in"),
          "--output",
          folder.resolve("out.csv"),
          "--checkpoint",
          folder.resolve("state")
        },
        more);
  }

  private void arrives(String name, String text) throws IOException {
    Path file = folder.resolve("in").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** The rows of a batch, in any order, without the header. */
  private List<String> rows(int batch) throws IOException {
    List<String> rows = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder.resolve("out.csv/batch=" + batch))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".csv")).toList()) {
        List<String> lines = Files.readAllLines(file);
        rows.addAll(lines.subList(1, lines.size()));
      }
    }
    return rows.stream().sorted().toList();
  }

  @Test
  void eachBatchIsNormalizedWithTheStatisticsOfAllFilesSoFar() throws IOException {
    Path statistics = folder.resolve("s.json");
    Object[] arguments = stream("--statistics", statistics);
    arrives("a.csv", "id,x\na,1\nb,3\n");
    succeeded(run("normalize", append(arguments, "--columns", "x")));
    assertThat(rows(0)).containsExactly("a,-1.0", "b,1.0");

    arrives("c d[1].csv", "id,x\nc,5\nd,7\n");
    succeeded(run("normalize", append(arguments, "--columns", "x")));
    // 1, 3, 5 and 7: mean 4, variance 5.
    assertThat(rows(0)).containsExactly("a,-1.0", "b,1.0");
    assertThat(rows(1)).containsExactly("c," + 1 / Math.sqrt(5), "d," + 3 / Math.sqrt(5));
    Path whole = folder.resolve("whole.json");
    succeeded(
        run(
            "normalize",
            "--input",
            folder.resolve("in"),
            "--columns",
            "x",
            "--eps",
            "0",
            "--statistics",
            whole));
    assertThat(statistics).hasSameBinaryContentAs(whole);

    assertThat(succeeded(run("normalize", append(arguments, "--columns", "x"))).out()).isEmpty();
    assertThat(folder.resolve("out.csv/batch=2")).doesNotExist();
    assertThat(statistics).hasSameBinaryContentAs(whole);
  }

  @Test
  void savedStatisticsNormalizeWhatComesAndFoldersAreColumns() throws IOException {
    Path fit = Files.writeString(folder.resolve("fit.csv"), "x\n10\n30\n");
    Path saved = folder.resolve("saved.json");
    succeeded(run("normalize", "--input", fit, "--statistics", saved));
    arrives("shop=007/a.csv", "x\n20\n40\n");
    succeeded(run("normalize", stream("--apply", saved, "--partition-by", "shop")));
    assertThat(rows(0)).containsExactly("0.0", "2.0");
    assertThat(folder.resolve("out.csv/batch=0/shop=007")).isDirectory();
  }

  @Test
  void aBatchThatFailedIsDoneAgainAndCountsOnce() throws IOException {
    Path statistics = folder.resolve("s.json");
    Object[] arguments = stream("--statistics", statistics);
    arrives("a.csv", "x,y\n1,a\n,b\n");
    failed(run("normalize", arguments), "There are missing values");
    assertThat(folder.resolve("out.csv/batch=0")).doesNotExist();
    assertThat(statistics).doesNotExist();
    succeeded(run("normalize", append(arguments, "--missing", "skip")));
    assertThat(rows(0)).containsExactly(",b", "0.0,a");
    assertThat(Files.readString(statistics)).contains("\"count\":1,\"missing\":1");
  }

  @Test
  void anOutputOfSomethingElseIsNotReplaced() throws IOException {
    arrives("a.csv", "x\n1\n3\n");
    Files.createDirectories(folder.resolve("out.csv"));
    failed(
        run("normalize", stream("--statistics", folder.resolve("s.json"))), "does not know of it");
  }

  @Test
  void argumentsThatMakeNoSenseAreRejected() {
    Object[] none = {"--stream", "--input", "in", "--output", "out"};
    for (Object[] wrong :
        List.of(
            none,
            append(none, "--checkpoint", "c"),
            append(none, "--checkpoint", "c", "--statistics", "s", "--overwrite"),
            append(none, "--checkpoint", "c", "--statistics", "s", "--method", "robust"),
            append(none, "--checkpoint", "c", "--statistics", "s", "--trigger", "soon"),
            new Object[] {"--input", "in", "--checkpoint", "c"},
            new Object[] {"--stream", "--checkpoint", "c", "--statistics", "s", "--output", "o"})) {
      CommandRun rejected = run("normalize", wrong);
      assertThat(rejected.exitCode()).isEqualTo(2);
      assertThat(rejected.err()).startsWith("error: ").containsAnyOf("--stream", "--trigger");
    }
  }
}
