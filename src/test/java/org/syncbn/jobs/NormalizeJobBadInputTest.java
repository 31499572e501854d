package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.OwnSpark;
import org.syncbn.model.SavedStatistics;
import org.syncbn.sums.TableSums;

/** Whatever is wrong ends in one sentence, the right exit code, and nothing half-written. */
@OwnSpark
class NormalizeJobBadInputTest {

  private static CommandRun.Session session;

  @TempDir Path folder;
  private Path csv;
  private Path output;
  private Path statistics;

  @BeforeAll
  static void open() {
    session = CommandRun.session();
  }

  @AfterAll
  static void close() {
    session.close();
  }

  @BeforeEach
  void data() throws IOException {
    csv =
        Files.writeString(
            folder.resolve("people.csv"),
            "age,income,city,rooms\n30,1000.5,Ulm,1\n40,2000.5,Bonn,1\n50,,Ulm,1\n");
    output = folder.resolve("new/out");
    statistics = folder.resolve("new/statistics.json");
  }

  @Test
  void aMissingFile() {
    assertFails(input(folder.resolve("no.csv")), "There is no file or folder", "no.csv");
  }

  @Test
  void anEmptyFolder() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty.csv"));
    assertFails(input(empty), "empty.csv holds no data file");
  }

  @Test
  void aFileOfAnotherProgram() throws IOException {
    Path workbook = Files.writeString(folder.resolve("people.xlsx"), "PK\u0003\u0004 and so on");
    assertFails(
        input(workbook),
        "people.xlsx is a ZIP archive or an Excel workbook, which cannot be read; unpack it, or"
            + " save its table as CSV.");
  }

  @Test
  void noNumericColumn() throws IOException {
    Path text = Files.writeString(folder.resolve("text.csv"), "a,b\nx,y\n");
    assertFails(input(text), "There is no numeric column among a, b.");
    assertFails(
        input(csv, "--exclude", "age,income", "--exclude", "rooms"),
        "There is no numeric column left");
  }

  @Test
  void aColumnThatIsNotThere() {
    assertFails(
        input(csv, "--columns", "incme"), "There is no column 'incme'; did you mean 'income'?");
    assertFails(input(csv, "--exclude", "cty"), "There is no column 'cty'; did you mean 'city'?");
  }

  @Test
  void aListOfColumnsWithAnEmptyName() {
    assertFails(input(csv, "--columns", ","), "',' is not a list of columns");
    assertFails(input(csv, "--exclude", "age,,income"), "'age,,income' is not a list of columns");
  }

  @Test
  void aColumnOfText() {
    assertFails(
        input(csv, "--columns", "age,city"), "column 'city' has 'Ulm', which is not a number");
  }

  @Test
  void missingValuesUnlessSomethingIsSaidAboutThem() {
    assertFails(
        input(csv), "There are missing values (null, NaN or infinite) in income (1)", "--missing");
  }

  @Test
  void aColumnWithoutAnyValue() throws IOException {
    Path gaps =
        Files.writeString(folder.resolve("gaps.json"), "{\"a\": 1, \"b\": \"NaN\"}\n{\"a\": 2}\n");
    session.spark().sql("select 1.0D as a, cast(null as double) as b").write().parquet(at("gaps"));
    assertFails(
        input(at("gaps"), "--format", "parquet", "--missing", "skip"),
        "All values of 'b' are missing");
    assertThat(gaps).exists();
  }

  @Test
  void noRow() {
    session.spark().sql("select 1.0D as a").where("a > 1").write().parquet(at("norow.parquet"));
    assertFails(input(at("norow.parquet")), "The input has no rows");
  }

  @Test
  void aDamagedParquetFile() throws IOException {
    session
        .spark()
        .range(10)
        .selectExpr("id * 1.5D as x")
        .coalesce(1)
        .write()
        .parquet(at("d.parquet"));
    Path part = only(Path.of(at("d.parquet")), ".parquet");
    byte[] bytes = Files.readAllBytes(part);
    Files.write(part, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Files.delete(part.resolveSibling("." + part.getFileName() + ".crc"));
    assertFails(input(at("d.parquet")), part.getFileName().toString());
  }

  @Test
  void aCsvFieldThatIsNoNumber() throws IOException {
    Path wrong = Files.writeString(folder.resolve("wrong.csv"), "a,b\n1,2\n3,oops\n4,5\n6,7\n");
    assertFails(input(wrong), "wrong.csv", "line 3", "'b'", "'oops'");
  }

  @Test
  void anOutputThatExists() throws IOException {
    Files.createDirectories(output);
    Path inside = Files.writeString(output.resolve("kept"), "as it was");
    CommandRun run = run(input(csv, "--missing", "skip"));
    assertSentence(run, 1, "exists", "--overwrite");
    assertThat(inside).hasContent("as it was");
    assertThat(output.getParent()).isDirectoryContaining(output::equals);
  }

  @Test
  void placesThatAreTheSameOrLieWithinEachOther() {
    Object[] skip = {"--missing", "skip"};
    statistics = output.resolve("s.json");
    assertFails(input(csv, skip), "one inside the other");
    statistics = output;
    assertFails(input(csv, skip), "out would be written twice");
    statistics = output.resolveSibling("s.json");
    Path again = output.resolveSibling(".").resolve("s.json");
    assertFails(
        input(csv, "--missing", "skip", "--report", again), "s.json would be written twice");
  }

  @Test
  void aPlaceThatWouldDestroyWhatIsRead() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data/deep")).getParent();
    Path part = Files.writeString(data.resolve("deep/part.csv"), "x\n1\n2\n");
    Path link = Files.createSymbolicLink(folder.resolve("link"), data);
    for (Object input : List.of(part, data.resolve("*/*.csv"), link.resolve("deep"))) {
      CommandRun run =
          CommandRun.run(
              "normalize", "--input", input, "--format", "csv", "--output", data, "--overwrite");
      assertSentence(run, 1, "would remove", "which is an input");
    }
    assertSentence(
        CommandRun.run("normalize", "--input", data, "--output", data.resolve("normalized")),
        1,
        "is inside");
    assertSentence(
        CommandRun.run("normalize", "--input", part, "--statistics", part),
        1,
        "part.csv is an input");
    Path saved = saved(new SavedStatistics(List.of("x"), filled(1)));
    assertSentence(
        CommandRun.run(
            "normalize", "--input", part, "--apply", saved, "--output", saved, "--overwrite"),
        1,
        "other.json is an input");
    assertThat(part).hasContent("x\n1\n2\n");
    assertThat(saved).isRegularFile();
    assertThat(entries(data)).containsExactly("deep");
  }

  @Test
  void anOutputToBeReplacedStaysWhenTheRunFails() throws IOException {
    Files.createDirectories(output);
    Path inside = Files.writeString(output.resolve("kept"), "as it was");
    CommandRun run = run(input(csv, "--overwrite"));
    assertSentence(run, 1, "missing values");
    assertThat(inside).hasContent("as it was");
    assertThat(entries(output.getParent())).containsExactly("out");
  }

  @Test
  void aPlaceThatCannotBeWritten() {
    output = csv.resolve("out");
    CommandRun run = run(input(csv, "--missing", "skip"));
    assertSentence(run, 1, "Cannot write", "people.csv/out");
    assertThat(statistics).doesNotExist();
    output = folder.resolve("out");
    statistics = csv.resolve("s.json");
    run = run(input(csv, "--missing", "skip"));
    assertSentence(run, 1, "Cannot write", "s.json");
    assertThat(output).doesNotExist();
  }

  @Test
  void statisticsOfOtherColumns() throws IOException {
    Path other = saved(new SavedStatistics(List.of("age", "height"), filled(2)));
    assertFails(
        input(csv, "--missing", "skip", "--merge", other),
        "other.json cannot be merged with the input: there are no statistics of 'income'.");
    CommandRun run =
        CommandRun.run("normalize", "--input", csv, "--apply", other, "--output", output);
    assertSentence(run, 1, "other.json does not fit the input: There is no column 'height'");
    assertThat(output.getParent()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "'\"version\": 1', '\"version\": 3', format version 3",
    "'\"format\"', '\"form\"', is not a statistics file",
    "'{', '', is not JSON",
    "'\"count\":1', '\"count\":2', contradicts itself",
    "'\"mean\":7.0', '\"mean\":8.0', contradicts itself",
    "'\"exact\":\"Yw', '\"exact\":\"Yx', damaged",
    "'\"exact\":\"Yw', '\"exact\":\"#', contradicts itself",
    "'\"features\"', '\"characters\"', has no feature",
  })
  void aDamagedOrNewerStatisticsFile(String written, String instead, String sentence)
      throws IOException {
    Path file = saved(new SavedStatistics(List.of("age"), filled(1)));
    String good = Files.readString(file);
    assertThat(good).contains(written);
    Files.writeString(file, good.replaceFirst(java.util.regex.Pattern.quote(written), instead));
    assertFails(input(csv, "--columns", "age", "--merge", file), "other.json", sentence);
  }

  @Test
  void aStatisticsFileThatIsNotThere() {
    assertFails(input(csv, "--merge", folder.resolve("no.json")), "There is no file", "no.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--inptu x | Unknown options: '--inptu', 'x'; did you mean --input or --inverse?",
        "--input x --format exel | 'exel' is not one of parquet, orc, csv, json, libsvm",
        "--input x --method maxmin | 'maxmin' is not one of batch-norm, min-max",
        "--input x --missing drop | 'drop' is not one of error, skip, mean",
        "--input x --eps -1 | --eps must be at least 0",
        "--input x --eps NaN | --eps must be at least 0",
        "--input x --eps little | 'little' is not a double",
        "--input x --eps 1 --method min-max | --eps belongs to --method batch-norm",
        "--input x --range 0,1 | --range belongs to --method min-max",
        "--input x --method min-max --range 1,0 | '1,0' is not a range of a lower",
        "--input x --method min-max --range 1 | '1' is not a range of a lower",
        "--input x --columns a --exclude b | --columns and --exclude cannot be combined",
        "--input x --apply s --merge t --output o | --apply and --merge cannot be combined",
        "--input x --apply s --columns a --output o | --apply normalizes the columns of its file",
        "--input x --apply s --statistics t --output o | --apply computes no statistics",
        "--input x --apply s | --apply needs an --output",
        "--input x --verify | --verify reads the output",
        "--input x --method max-abs --eps 1 | --eps belongs to --method batch-norm and"
            + " unit-variance",
        "--input x --weight w --method robust | --weight cannot be combined with --method robust",
        "--input x --merge s --method robust | --merge cannot be combined with --method robust",
        "--input x --unseen skip | --unseen needs --apply",
        "--input x --apply s --output o --method robust --unseen global | --unseen global cannot"
            + " be combined",
        "--input x --inverse | --inverse needs the statistics of --apply",
        "--input x --apply s --output o --inverse --missing mean | --missing mean cannot be"
            + " combined with it",
        "--input x --apply s --output o --weight w | so --weight and --by cannot be combined"
            + " with it",
        "--input x --apply s --output o --by g | so --weight and --by cannot be combined with it",
        "--input x --sample 0 | --sample shows 1 to 1000 rows",
        "--input x --sample 5 --output o | --sample writes nothing",
        "--input x --suffix _n | --suffix names columns of the output",
        "--input x --output-type float | --output-type needs",
        "--sample 5 | --input is missing",
        "--merge s --by g | without --input there are no columns",
        "--output o | --input is missing",
        "--merge s --output o | --input is missing",
        "--merge s --columns a | without --input",
        "--input | Missing required parameter for option",
      })
  void wrongArguments(String arguments, String sentence) {
    CommandRun run = CommandRun.run("normalize", (Object[]) arguments.strip().split(" "));
    assertSentence(run, 2, sentence.strip());
  }

  @Test
  void aCommandThatIsNotThere() {
    assertSentence(
        CommandRun.of(), 2, "name a command: normalize, train, evaluate, predict, bench");
    assertSentence(CommandRun.of("normalise"), 2, "normalise", "did you mean", "normalize");
    assertSentence(CommandRun.of("bench"), 2, "name a benchmark: normalize");
  }

  @Test
  void aMasterOtherThanThatOfTheRunningSession() {
    assertSentence(
        run(input(csv, "--master", "local[7]")), 1, "already runs in this JVM", "local[7]");
  }

  private Object[] input(Object path, Object... more) {
    return Stream.concat(
            Stream.of("--input", path, "--output", output, "--statistics", statistics),
            Stream.of(more))
        .toArray();
  }

  private static CommandRun run(Object[] arguments) {
    return CommandRun.run("normalize", arguments);
  }

  private void assertFails(Object[] arguments, String... parts) {
    assertSentence(run(arguments), 1, parts);
    assertThat(output.getParent()).doesNotExist();
  }

  private static void assertSentence(CommandRun run, int exitCode, String... parts) {
    assertThat(run.err().lines()).as(run.err()).hasSize(1);
    assertThat(run.err()).startsWith("error: ").contains(parts);
    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(run.out()).isEmpty();
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private Path saved(SavedStatistics statistics) throws IOException {
    return Files.writeString(folder.resolve("other.json"), statistics.json());
  }

  private static TableSums filled(int columns) {
    TableSums sums = new TableSums(columns);
    for (int c = 0; c < columns; c++) {
      sums.column(c).add(7);
    }
    return sums;
  }

  private static List<String> entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path only(Path folder, String ending) {
    return entries(folder).stream()
        .filter(name -> name.endsWith(ending) && !name.startsWith("."))
        .map(folder::resolve)
        .reduce(
            (a, b) -> {
              throw new IllegalStateException("two files: " + a + ", " + b);
            })
        .orElseThrow();
  }
}
