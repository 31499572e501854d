package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.append;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.SavedModel;
import org.syncbn.train.TrainedModel;

/** Training, evaluation and prediction as a person asks for them, and everything asked wrongly. */
@Timeout(180)
@OwnSpark
class TrainJobTest {

  private static final Object[] SMALL = {
    "--set", "network=[{dense=16},batchNorm,relu,{dense=10}]",
    "--set", "data.generatedRows=300",
    "--set", "data.generatedTestRows=50",
    "--set", "training.epochs=2",
    "--set", "training.batchSize=64"
  };

  private static final String SHARES =
      "\\(compute \\d+ %, exchange \\d+ %, driver \\d+ %, skew \\d+\\.\\d\\d\\)";

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void place() {
    model = folder.resolve("model");
  }

  @Test
  void aModelIsTrainedEvaluatedAndPredictsTheSame() throws IOException {
    Path report = folder.resolve("report.json");
    CommandRun trained = train("--model", model, "--report", report);
    assertThat(trained.err()).contains("epoch 1/2: train loss ", "epoch 2/2: ");
    assertThat(trained.err().lines().filter(line -> line.startsWith("epoch ")))
        .hasSize(2)
        .allMatch(line -> line.matches(".* s " + SHARES));
    assertThat(trained.out()).contains("test ", "accuracy", "samples/s", model.toString());
    assertThat(trained.exitCode()).isZero();

    JsonNode json = json(report);
    assertThat(json.path("samplesPerSecond").asDouble()).isPositive();
    assertThat(json.path("seconds").asDouble()).isPositive();
    assertThat(json.path("history")).hasSize(2);
    for (JsonNode epoch : json.path("history")) {
      JsonNode times = epoch.path("times");
      double sum = 0;
      for (String part : List.of("computeSeconds", "exchangeSeconds", "driverSeconds")) {
        assertThat(times.path(part).asDouble(-1)).isNotNegative();
        sum += times.path(part).asDouble();
      }
      assertThat(sum).isPositive().isLessThanOrEqualTo(epoch.path("seconds").asDouble());
      assertThat(times.path("shardSkew").asDouble()).isGreaterThanOrEqualTo(1);
    }
    for (String part : List.of("train", "validation", "test")) {
      assertThat(json.at("/metrics/" + part + "/accuracy").asDouble(-1)).isBetween(0.0, 1.0);
      assertThat(json.at("/metrics/" + part + "/loss").asDouble(-1)).isPositive();
    }
    assertThat(json.at("/provenance/matrixProduct").asText()).isNotEmpty();

    Path evaluation = folder.resolve("evaluation.json");
    CommandRun evaluated = run("evaluate", "--model", model, "--report", evaluation);
    assertThat(evaluated.err()).isEmpty();
    assertThat(evaluated.out()).startsWith("rows 50  loss ");
    assertThat(json(evaluation).get("metrics")).isEqualTo(json.at("/metrics/test"));
  }

  @Test
  void preciseStatisticsAreAskedForByAnOptionOrInTheRunFile() throws IOException {
    String network = "network=[{dense=16},batchNorm,relu,{dropout=0.5},{dense=10}]";
    assertThat(train("--model", model, "--set", network).exitCode()).isZero();
    byte[] averages = Files.readAllBytes(model.resolve(SavedModel.WEIGHTS));

    CommandRun option =
        train("--model", model, "--overwrite", "--set", network, "--precise-statistics");
    assertThat(option.err())
        .contains("the statistics of 1 batch norm are those of all 271 training");
    byte[] precise = Files.readAllBytes(model.resolve(SavedModel.WEIGHTS));
    assertThat(precise).isNotEqualTo(averages);
    JsonNode json = json(model.resolve(SavedModel.DESCRIPTION));
    assertThat(json.at("/training/preciseStatistics").asBoolean()).isTrue();
    assertThat(json.at("/provenance/runningStatistics").asText()).isEqualTo("of all training rows");

    String key = "training.preciseStatistics=true";
    assertThat(train("--model", model, "--overwrite", "--set", network, "--set", key).exitCode())
        .isZero();
    assertThat(Files.readAllBytes(model.resolve(SavedModel.WEIGHTS))).isEqualTo(precise);

    assertThat(
            train(
                    "--model",
                    model,
                    "--overwrite",
                    "--precise-statistics",
                    "--set",
                    "network=[{dense=16},relu,{dense=10}]")
                .err())
        .contains("the network has no batch norm whose running statistics could be recalibrated");
  }

  @Test
  void coresThatWouldIdleAreWarnedOf() {
    String[] idle = {"--set", "shards=2", "--threads", "3"};
    assertThat(train(append(new Object[] {"--model", model}, (Object[]) idle)).err())
        .startsWith("warning: 2 shards leave 3 cores idle for 33 % of the time");
    assertThat(train("--model", model, "--threads", 2).err()).doesNotContain("warning");
  }

  @Test
  void predictionsKeepTheOrderOfTheRows() throws IOException {
    Path data = images(60, 10);
    Path output = folder.resolve("out/predictions.csv");
    assertThat(
            train(
                    "--model",
                    model,
                    "--set",
                    "data.format=idx",
                    "--set",
                    "data.path=" + data,
                    "--set",
                    "training.batchSize=20",
                    "--set",
                    "data.validation=none")
                .exitCode())
        .isZero();
    Files.delete(data.resolve("train-images-idx3-ubyte.gz")); // only test rows are read now
    CommandRun predicted = run("predict", "--model", model, "--input", data, "--output", output);
    assertThat(predicted.err()).isEmpty();
    assertThat(predicted.exitCode()).isZero();
    List<String> lines = csv(output);
    assertThat(lines).hasSize(11);
    assertThat(lines.get(0)).isEqualTo("row,label,prediction,probability,predictedLabel");
    for (int row = 0; row < 10; row++) {
      String[] fields = lines.get(row + 1).split(",", 4);
      assertThat(fields).startsWith(Integer.toString(row), row + ".0");
      assertThat(fields[3]).endsWith("," + (int) Double.parseDouble(fields[2]));
    }
    failed(
        run("evaluate", "--model", model, "--format", "csv"),
        "--format, --table and the options for texts are for tables");
  }

  /** The lines of a folder of CSV files, the header once. */
  private static List<String> csv(Path output) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(output)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".csv")).sorted().toList()) {
        List<String> more = Files.readAllLines(file);
        lines.addAll(lines.isEmpty() ? more : more.subList(1, more.size()));
      }
    }
    return lines;
  }

  @Test
  void tablesWithTextLabelsAreStandardizedByTheStatisticsOfNormalize() throws IOException {
    StringBuilder csv = new StringBuilder("height,weight,kind\n");
    for (int i = 0; i < 240; i++) {
      boolean cat = i % 2 == 0;
      csv.append(1e6 + (cat ? 0 : 3) + i % 7 * 0.1).append(',').append(i % 5);
      csv.append(cat ? ",cat\n" : ",dog\n");
    }
    Path table = Files.writeString(folder.resolve("animals.csv"), csv);
    Path statistics = folder.resolve("statistics.json");
    Path output = folder.resolve("predictions.csv");
    Path report = folder.resolve("report.json");
    try (CommandRun.Session session = CommandRun.session()) {
      assertThat(session.spark()).isNotNull();
      assertThat(
              run("normalize", "--input", table, "--exclude", "kind", "--statistics", statistics)
                  .exitCode())
          .isZero();
      Object[] tables = {
        "--set",
        "data={format=csv,label=kind,path=\"%s\",testPath=\"%s\"}".formatted(table, table),
        "--set",
        "network=[{dense=8},relu,{dense=2}]",
        "--set",
        "training={epochs=20,batchSize=32}",
        "--set",
        "data.statistics=" + statistics,
        "--model",
        model,
        "--report",
        report
      };
      CommandRun trained = run("train", tables);
      assertThat(trained.err()).doesNotContain("error: ");
      assertThat(json(report).at("/metrics/test/accuracy").asDouble()).isEqualTo(1);
      Files.delete(statistics); // the model has its own copy
      assertThat(run("evaluate", "--model", model).out()).contains("accuracy 1.0000");
      run("predict", "--model", model, "--input", table, "--output", output);
      assertThat(csv(output).subList(1, 3))
          .satisfiesExactly(
              first -> assertThat(first).startsWith("1000000.0,0,cat,0.0,").endsWith(",cat"),
              second -> assertThat(second).startsWith("1000003.1,1,dog,1.0,").endsWith(",dog"));
      Path other = Files.writeString(folder.resolve("other.csv"), "height,kind\n1,cat\n");
      failed(run("evaluate", "--model", model, "--input", other), "weight");
      Path birds = Files.writeString(folder.resolve("b.csv"), "height,weight,kind\n1,2,bird\n");
      failed(
          run("evaluate", "--model", model, "--input", birds),
          "Column 'kind' has the label 'bird', which is none of [cat, dog].");
    }
  }

  @Test
  void wrongSettingsAreWrongArguments() {
    wrong("unknown setting 'training.epoch'; did you mean 'epochs'?", "--set", "training.epoch=3");
    wrong("there is no run file no.conf", "no.conf");
    wrong("'network[0]' knows no 'dens'; did you mean 'dense'?", "--set", "network=[dens]");
    wrong("--resume needs a checkpoint folder", "--resume");
    wrong("--threads", "--threads", "two");
    assertThat(run("evaluate").exitCode()).isEqualTo(2);
    assertThat(run("predict", "--model", model).exitCode()).isEqualTo(2);
  }

  @Test
  void settingsReachKindsAndKeysThatTheRunFileDoesNotName() {
    Path state = folder.resolve("state");
    String[] settings = {
      "--set=optimizer.adam.learningRate=0.002", "--set=training.checkpoint.everySteps=4"
    };
    Object[] places = {"--model", model, "--checkpoint", state};
    assertThat(train(append(places, (Object[]) settings)).exitCode()).isZero();
    assertThat(state.resolve("step-0000000010")).exists();
    model = folder.resolve("another");
    fails("training.checkpoint has no folder: set training.checkpoint.folder", settings);
  }

  @Test
  void aRunStartsFromASavedModel() throws IOException {
    assertThat(train("--model", model).exitCode()).isZero();
    Path second = folder.resolve("second");
    Object[] still = {"--set=optimizer.sgd.learningRate=0", "--initial-model", model};
    assertThat(train(append(still, "--model", second)).exitCode()).isZero();
    TrainedModel first = TrainedModel.load(new LocalFolder(model));
    assertThat(TrainedModel.load(new LocalFolder(second)).arrays().weights().toArray())
        .isEqualTo(first.arrays().weights().toArray());
    failed(
        train("--initial-model", folder.resolve("none"), "--model", folder.resolve("third")),
        "none");
  }

  @Test
  void whatDoesNotFitIsOneSentence() throws IOException {
    fails("training.batchSize is 5000, but there are only", "--set", "training.batchSize=5000");
    fails(
        "the network has 12 outputs, but no training row is of class 10",
        "--set",
        "network=[{dense=12}]");
    fails("row 3 has the label 3, but the classes are 0 to 2", "--set", "network=[{dense=3}]");
    fails(
        "layer 0", // the window is larger than the image
        "--set",
        "network=[{conv2d{filters=2,kernel=40}},flatten,{dense=10}]");
    fails("add a flatten layer", "--set", "network=[{conv2d{filters=2,kernel=3}}]");
    fails("lower the learning rate (it was 1.0E30)", "--set", "optimizer={sgd{learningRate=1e30}}");
    fails("there is no folder " + folder.resolve("none"), idx(folder.resolve("none")));
    fails("holds neither train-images-idx3-ubyte nor", idx(folder));
    Path data = images(60, 10);
    Path images = data.resolve("train-images-idx3-ubyte.gz");
    byte[] bytes = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(bytes, bytes.length / 2));
    fails(images + " is damaged: ", idx(data));
    Files.writeString(images, "these are no images");
    fails(images + " is not an IDX file", idx(data));
    fails("train-images-idx3-ubyte.gz holds no images", idx(images(0, 10, 20)));
    Path mixed = images(60, 10, 8);
    for (String file : List.of("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")) {
      Files.copy(data.resolve(file), mixed.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    fails("training images have the shape [8, 8, 1], test images [28, 28, 1]", idx(mixed));
    assertThat(model).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "--threads, 0, --threads must be at least 1",
    "--threads, -2, --threads must be at least 1",
    "--tasks, 0, --tasks must be at least 1",
    "--tasks, 9, 'the mini-batch is cut into 8 shards, and each task needs one'"
  })
  void aCountThatComputesNothingIsRejectedBeforeAnything(
      String option, String count, String sentence) {
    CommandRun rejected = run("train", "--model", model, option, count);
    assertThat(rejected.exitCode()).isEqualTo(2);
    assertThat(rejected.err()).contains(sentence);
    assertThat(model).doesNotExist();
  }

  @Test
  void aReportThatCannotBeWrittenIsNoticedBeforeTraining() throws IOException {
    Path place = Files.createDirectory(folder.resolve("a-folder"));
    CommandRun rejected =
        run("train", "--engine", "in-process", "--model", model, "--report", place);
    assertThat(rejected.exitCode()).isEqualTo(1);
    assertThat(rejected.err()).contains("a-folder: it is a folder").doesNotContain("epoch 1");
    assertThat(model).doesNotExist();
  }

  @Test
  void writesEventsForTensorBoardWhileItTrains() throws IOException {
    Path events = folder.resolve("events");
    assertThat(train("--model", model, "--tensorboard", events).exitCode()).isZero();
    try (Stream<Path> files = Files.list(events)) {
      String bytes = Files.readString(files.findFirst().orElseThrow(), StandardCharsets.ISO_8859_1);
      assertThat(bytes)
          .contains(
              "brain.Event:2", "loss/train", "accuracy/validation", "learningRate", "scalars");
    }

    Path file = Files.writeString(folder.resolve("file"), "content");
    CommandRun rejected = train("--model", model, "--overwrite", "--tensorboard", file);
    assertThat(rejected.exitCode()).isEqualTo(1);
    assertThat(rejected.err())
        .contains("error: the folder " + file + " cannot take events for TensorBoard: ")
        .doesNotContain("epoch 1");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNoticedBeforeTraining() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "content");
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.createFile(foreign.resolve("letter"));
    for (CommandRun run :
        List.of(
            train("--model", file),
            train("--model", file.resolve("model")),
            train("--model", foreign),
            train("--model", model, "--checkpoint", file))) {
      failed(run, file.getParent().toString());
      assertThat(run.err()).doesNotContain("epoch 1");
    }
    assertThat(file).hasContent("content");
    assertThat(folder).isDirectoryNotContaining(name -> name.toString().endsWith(".part"));
    assertThat(model).doesNotExist();
  }

  @Test
  void aModelThatWasNamedIsReplacedOnlyWhereThatIsAllowed() throws IOException {
    assertThat(train("--model", model).exitCode()).isZero();
    String first = CommandRun.sha256(model.resolve(SavedModel.WEIGHTS));

    CommandRun rejected = train("--model", model, "--set", "seed=2");
    failed(rejected, "the model %s exists; choose another path, or".formatted(model));
    assertThat(rejected.err()).doesNotContain("epoch 1");
    assertThat(CommandRun.sha256(model.resolve(SavedModel.WEIGHTS))).isEqualTo(first);

    assertThat(train("--model", model, "--set", "seed=2", "--overwrite").exitCode()).isZero();
    assertThat(CommandRun.sha256(model.resolve(SavedModel.WEIGHTS))).isNotEqualTo(first);
  }

  @Test
  void damagedAndForeignModelsAreOneSentence() throws IOException {
    assertThat(train("--model", model).exitCode()).isZero();
    Path weights = model.resolve(SavedModel.WEIGHTS);
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 3));
    failed(run("evaluate", "--model", model), "model.safetensors is damaged: it is truncated");
    Files.write(weights, bytes);
    Path narrow = images(60, 10, 14);
    failed(
        run("evaluate", "--model", model, "--input", narrow),
        "the model was trained on 784 features a row [28, 28, 1], the data has 196 [14, 14, 1]");
    failed(run("evaluate", "--model", folder), "is not a model: it has no model.json");
    failed(
        run("evaluate", "--model", folder.resolve("no")),
        "there is no model " + folder.resolve("no"));
    failed(train("--model", folder), "holds something else (it has no model.json)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--engine=in-process", "--engine=gang"})
  void aProcessThatWasKilledResumesToTheSameFile(String engine) throws Exception {
    resumesToTheSameFile(engine);
  }

  @Tag("full")
  @Test
  void aProcessOfATreeThatWasKilledResumesToTheSameFile() throws Exception {
    resumesToTheSameFile("--engine=tree");
  }

  private void resumesToTheSameFile(String engine) throws Exception {
    assertThat(train("--model", model).exitCode()).isZero();
    String whole = CommandRun.sha256(model.resolve(SavedModel.WEIGHTS));

    Path state = folder.resolve("state");
    Object[] small = append(SMALL, engine, "--model", model, "--overwrite");
    String places =
        "training.checkpoint={folder=\"%s\",everySteps=2}".formatted(CheckpointEvents.at(state));
    Process process =
        JobProcess.builder(
                List.of(CheckpointEvents.killAfter(6)), // the first step of the second epoch
                append(
                    append(new Object[] {"train"}, small),
                    "--set",
                    places,
                    "--conf",
                    CheckpointEvents.SETTING))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("output"))).isEqualTo(128 + 9);

    CommandRun resumed = run("train", append(small, "--checkpoint", state, "--resume"));
    assertThat(resumed.err()).contains("resuming after step 6");
    assertThat(resumed.exitCode()).isZero();
    assertThat(CommandRun.sha256(model.resolve(SavedModel.WEIGHTS))).isEqualTo(whole);
  }

  private CommandRun train(Object... arguments) {
    // Without a Spark session: what a person asks for is the same.
    return run("train", append(append(SMALL, "--engine", "in-process"), arguments));
  }

  private void fails(String sentence, String... arguments) {
    failed(train(append(new Object[] {"--model", model}, (Object[]) arguments)), sentence);
  }

  private void wrong(String sentence, String... arguments) {
    CommandRun run = train(append(new Object[] {"--model", model}, (Object[]) arguments));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("error: ").contains(sentence).hasLineCount(1);
  }

  private static String[] idx(Path data) {
    return new String[] {"--set", "data.format=idx", "--set", "data.path=" + data};
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private Path images(int training, int test) throws IOException {
    return images(training, test, 28);
  }

  /** A folder of IDX files with drawn noise. */
  private Path images(int training, int test, int side) throws IOException {
    Path data = Files.createDirectories(folder.resolve("images" + side));
    for (String set : List.of("train", "t10k")) {
      int count = set.equals("train") ? training : test;
      ByteBuffer pixels = ByteBuffer.allocate(16 + count * side * side);
      pixels.putInt(0x803).putInt(count).putInt(side).putInt(side);
      ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
      for (int i = 0; i < count; i++) {
        labels.put((byte) (i % 10));
        for (int pixel = 0; pixel < side * side; pixel++) {
          pixels.put((byte) (pixel * (i % 10 + 1) + i));
        }
      }
      Files.write(data.resolve(set + "-images-idx3-ubyte.gz"), gzip(pixels.array()));
      Files.write(data.resolve(set + "-labels-idx1-ubyte.gz"), gzip(labels.array()));
    }
    return data;
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      packed.write(content);
    }
    return out.toByteArray();
  }
}
