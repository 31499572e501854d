package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.data.GeneratedImages;
import org.syncbn.data.Schema;
import org.syncbn.model.SettingException;
import org.syncbn.nn.ClassLoss;
import org.syncbn.nn.ClassMetric;
import org.syncbn.nn.LinearSpec;
import org.syncbn.nn.Loss;
import org.syncbn.nn.Metric;
import org.syncbn.nn.Network;
import org.syncbn.nn.NumberMetric;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.nn.Shape;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;

class RunFileTest {

  private static final Path CONF = Path.of("conf");
  private static final Schema IMAGES =
      new Schema(List.of(28, 28, 1), List.of(), GeneratedImages.CLASSES);

  @TempDir private Path folder;

  static Stream<Path> shipped() throws IOException {
    try (Stream<Path> files = Files.list(CONF)) {
      return files
          .filter(file -> file.toString().endsWith(".conf"))
          .filter(file -> !file.getFileName().toString().startsWith("spark"))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void everyShippedFileDescribesANetworkForImages(Path file) {
    RunOptions options = RunFile.read(file, List.of());
    Network network = TrainedModel.network(options.network(), IMAGES, options.seed());
    assertThat(network.output().size()).isEqualTo(10);
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void everyFileReadsBackFromASavedModel(Path file) throws IOException {
    RunOptions options = RunFile.read(file, List.of());
    JsonNode json = new ObjectMapper().readTree(options.json().toString());
    assertThat(RunOptions.of(json)).isEqualTo(options);
  }

  @Test
  void theReferenceFileHoldsTheDefaults() {
    RunOptions reference = RunFile.read(CONF.resolve("reference-run.conf"), List.of());
    RunOptions defaults =
        RunFile.parse(
            "network = [{dense {units = 256, bias = false}}, batchNorm, relu, {dense = 10}]"
                .replace("{dense = 10}", "{dense {units = 10}}"),
            List.of());
    assertThat(reference).isEqualTo(defaults);
  }

  @Test
  void theReferenceFileNamesEveryKey() throws IOException {
    String text = Files.readString(CONF.resolve("reference-run.conf"));
    List<String> keys = new ArrayList<>();
    RunOptions all =
        RunFile.parse(
            "network = [{dense {units = 2}}, batchNorm]",
            List.of(
                "training.earlyStopping={restoreBest=false}",
                "training.weightAveraging={swa=1}",
                "training.reduceOnPlateau={}",
                "training.initialModel={folder=a}",
                "training.parameterGroups=[{match=0,weightDecayFactor=1}]",
                "training.checkpoint={folder=a,everySteps=1,everyEpochs=1,keep=1}",
                "training.clipNorm=1",
                "training.referenceBatchSize=1",
                "training.clipValue=1",
                "data={format=csv,path=a,testPath=a,scale=1,label=a,weight=a,statistics=a,eps=0}",
                "data.image={height=1,width=1,channels=1}"));
    collect(all.json(), keys);
    assertThat(keys).hasSizeGreaterThan(50);
    assertThat(keys).allSatisfy(key -> assertThat(text).containsPattern("\\b" + key + "\\b"));
  }

  /** A model of before the list says {@code {binaryCrossEntropy: 3}}. */
  @Test
  void theNetworkOfBranchesInTheDocumentationIsRead() throws IOException {
    String page = Files.readString(CONF.resolve("../docs/networks.md"));
    int start = page.indexOf("```\nnetwork = [") + "```".length();
    RunOptions options =
        RunFile.parse(page.substring(start, page.indexOf("```", start)), List.of());
    assertThat(RunOptions.of(options.json())).isEqualTo(options);
    Network network = Network.of(Shape.features(8), options.network(), CounterRandom.of(1));
    assertThat(network.parameters())
        .extracting(ParameterBlock::name)
        .containsExactly(
            "0.numbers.1.weight",
            "0.numbers.1.bias",
            "0.categories.1.0.weight",
            "0.categories.1.1.weight",
            "1.weight",
            "1.bias",
            "3.weight",
            "3.bias");
  }

  @Test
  void theWeightOfPositivesIsANumberOrAList() {
    Loss three = new ClassLoss.BinaryCrossEntropy(3);
    assertThat(Runs.options("loss.binaryCrossEntropy=3").loss()).isEqualTo(three);
    assertThat(Runs.options("loss.binaryCrossEntropy.positiveWeight=3").loss()).isEqualTo(three);
    assertThat(Runs.options("loss=binaryCrossEntropy").loss())
        .isEqualTo(new ClassLoss.BinaryCrossEntropy(1));
    RunOptions each = Runs.options("loss.binaryCrossEntropy.positiveWeight=[3, 0.5]");
    assertThat(each.loss())
        .isEqualTo(
            new ClassLoss.BinaryCrossEntropy(new ClassLoss.PositiveWeight(List.of(3.0, 0.5)), 0));
    assertThat(RunOptions.of(each.json())).isEqualTo(each);
    assertThatThrownBy(() -> Runs.options("loss.binaryCrossEntropy.positiveWeight=[]"))
        .hasMessage(
            "loss.binaryCrossEntropy.positiveWeight: there is no weight of positives; 1 is the"
                + " default");
  }

  @Test
  void metricsAreNamedWithAndWithoutAnAverage() {
    RunOptions options =
        Runs.options(
            "training.metrics=[accuracy, {topK = 5}, f1, {f1 = macro}, {rocAuc = perClass}, rmse]");
    assertThat(options.training().metrics())
        .containsExactly(
            new ClassMetric.Accuracy(),
            new ClassMetric.TopK(5),
            new ClassMetric.F1(Metric.Average.AUTO),
            new ClassMetric.F1(Metric.Average.MACRO),
            new ClassMetric.RocAuc(Metric.Average.PER_CLASS),
            new NumberMetric.RootMeanSquaredError());
    assertThat(RunOptions.of(options.json())).isEqualTo(options);
    assertThatThrownBy(() -> Runs.options("training.metrics=[acuracy]"))
        .hasMessageContaining("did you mean 'accuracy'?");
  }

  private static void collect(JsonNode node, List<String> keys) {
    node.fieldNames().forEachRemaining(keys::add);
    node.elements().forEachRemaining(child -> collect(child, keys));
  }

  @Test
  void settingsAreLaidOverTheFile() {
    RunOptions options =
        Runs.options(
            "training.epochs=7",
            "optimizer.momentum.learningRate=1e-3",
            "data.format=idx",
            "data.path=../some where/with:colon",
            "training.epochs=8",
            "data.classes=[a, b]",
            "network=[{dense{units=2}}]");
    assertThat(options.training().epochs()).isEqualTo(8);
    assertThat(options.data().path()).contains(DataPaths.of("../some where/with:colon"));
    assertThat(options.data().classes()).containsExactly("a", "b");
    assertThat(options.network()).containsExactly(LinearSpec.Dense.of(2));
    assertThat(((OptimizerOptions.Momentum) options.optimizer()).learningRate())
        .isEqualTo(Schedule.constant(1e-3));
  }

  @Test
  void aSettingThatNamesAnotherKindReplacesTheOldOne() {
    OptimizerOptions plain =
        RunFile.parse("network = [relu], optimizer = adam", List.of()).optimizer();
    assertThat(Runs.options("optimizer.adam.learningRate=0.001").optimizer()).isEqualTo(plain);
    // also the kind of something inside, and one that came from a setting
    String text =
        "network = [relu], optimizer { adam { beta1 = 0.5, learningRate { step { initial = 1,"
            + " factor = 0.1, everySteps = 3 } } } }, loss { huber { delta = 2 } }";
    RunOptions options =
        RunFile.parse(
            text,
            List.of(
                "optimizer.adam.learningRate.cosine.initial=0.5",
                "optimizer.adam.learningRate.polynomial.initial=0.25",
                "optimizer.adam.learningRate.polynomial.last=0",
                "optimizer.adam.learningRate.polynomial.power=2",
                "loss.softmaxCrossEntropy.labelSmoothing=0.5"));
    OptimizerOptions.Adam adam = (OptimizerOptions.Adam) options.optimizer();
    Optional<Double> noEpochs = Optional.empty();
    assertThat(adam.learningRate())
        .isEqualTo(new Schedule.Polynomial(0.25, 0, Optional.empty(), noEpochs, 2));
    assertThat(adam.beta1()).isEqualTo(0.5);
    assertThat(options.loss()).isInstanceOf(ClassLoss.SoftmaxCrossEntropy.class);
    assertThat(
            RunFile.over(
                    options.json(), "optimizer.adam.learningRate.cosine { initial = 1, last = 0 }")
                .optimizer())
        .isEqualTo(
            new OptimizerOptions.Adam(
                new Schedule.Cosine(1, 0, Optional.empty(), noEpochs), 0.5, 0.999, 1e-8, 0));
    rejected("unknown setting 'optimizer.adam.beta'", "optimizer.adam.beta=1");
    rejected("'optimizer' knows no 'adan'; did you mean 'adam'?", "optimizer.adan.beta1=1");
  }

  @Test
  void checkpointsNeedNoFolderInTheRunFile() {
    assertThat(Runs.options("training.checkpoint.everySteps=7").training().checkpoint())
        .contains(new TrainingOptions.Checkpointing(Optional.empty(), 7, 1, 2));
  }

  @Test
  void aScheduleWithoutALengthTakesTheWholeRun() throws IOException {
    String rate = "optimizer.momentum.learningRate={cosine{initial=0.1,last=0%s}}";
    try (Runs.Run run = new Runs.Run(Runs.options(rate.formatted("")), 1);
        Runs.Run same = new Runs.Run(Runs.options(rate.formatted(",epochs=2")), 1)) {
      run.trainer().run();
      same.trainer().run();
      long steps = run.run.step();
      try (Runs.Run explicit = new Runs.Run(Runs.options(rate.formatted(",steps=" + steps)), 1)) {
        explicit.trainer().run();
        byte[] expected = Runs.weights(explicit, folder.resolve("explicit"));
        assertThat(Runs.weights(run, folder.resolve("whole"))).isEqualTo(expected);
        assertThat(Runs.weights(same, folder.resolve("epochs"))).isEqualTo(expected);
      }
    }
  }

  @Test
  void layersAndOptimizersAreWrittenAsTheMigrationTablesSay() {
    RunOptions options =
        RunFile.parse(
            """
            network = [
              { conv2d { filters = 16, kernel = 3, stride = 2, padding = 1, dilation = 1, groups = 1 } }
              { batchNorm { preset = keras } }, { gelu { form = tanh } }, { maxPool { window = 2 } }
              { averagePool { window = 3, stride = 1, padding = 1, countIncludePad = false } }
              { residual { body = [{ conv2d { filters = 16, kernel = 3, padding = same } }], shortcut = [] } }
              flatten, { dropout = 0.2 }
              { dense { units = 10, bias = false, weightInitializer = heNormal, regularizer { l2 = 1e-4 } } }
            ]
            loss { softmaxCrossEntropy { labelSmoothing = 0.1 } }
            optimizer { rmsprop { centered = true, momentum = 0.9, learningRate { step { initial = 1, factor = 0.1, everyEpochs = 30 } } } }
            training.earlyStopping { monitor = loss, patience = 3, minDelta = 0, restoreBest = true }
            """,
            List.of());
    assertThat(options.network()).hasSize(9);
    assertThat(options.optimizer()).isInstanceOf(OptimizerOptions.Rmsprop.class);
  }

  @Test
  void oldNamesOfKeysAreErrorsThatNameTheNewOnes() {
    assertThatThrownBy(() -> Runs.options("optimizer={momentum{weightOfTrace=0.9}}"))
        .hasMessageContaining("unknown setting 'optimizer.momentum.weightOfTrace'")
        .hasMessageContaining("momentum");
    assertThatThrownBy(() -> Runs.options("network=[{dense{units=2,bias=absent}}]"))
        .hasMessageContaining("network[0].dense.bias: true or false is wanted, not \"absent\"");
  }

  @Test
  void whatOnlyFilesHaveIsAnErrorWithGeneratedImages() {
    assertThatThrownBy(() -> Runs.options("data.path=/data/fashion-mnist"))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining(
            "path is set, but format is generated, which reads no files; set format");
    assertThatThrownBy(() -> Runs.options("data.label=kind")).hasMessageContaining("label is set");
  }

  @Test
  void schedulesAndOtherOptimizersAreWrittenByName() {
    RunOptions options =
        RunFile.parse(
            "network = [{dense {units = 1}}], optimizer { adamW { learningRate { warmUp { then {"
                + " cosine { initial = 1, last = 0, steps = 9 } }, steps = 3 } } } }",
            List.of());
    assertThat(((OptimizerOptions.AdamW) options.optimizer()).learningRate())
        .isEqualTo(new Schedule.Cosine(1, 0, 9).afterWarmUp(3));
    assertThat(RunOptions.of(options.json())).isEqualTo(options);
    for (String rate :
        List.of("{oneCycle=0.1}", "{milestones{initial=0.1,factor=0.1,epochs=[30,60.5]}}")) {
      RunOptions other = Runs.options("optimizer={sgd{learningRate=%s}}".formatted(rate));
      assertThat(RunOptions.of(other.json())).isEqualTo(other);
    }
  }

  @Test
  void mistakesAreSentences() {
    rejected("unknown setting 'training.epoch'; did you mean 'epochs'?", "training.epoch=3");
    rejected(
        "unknown setting 'training.referenceBatch'; did you mean 'referenceBatchSize'?",
        "training.referenceBatch=256");
    rejected(
        "training: referenceBatchSize must be at least 1, was 0", "training.referenceBatchSize=0");
    rejected("'training.epochs' must be a whole number, was \"ten\"", "training.epochs=ten");
    rejected("training: epochs must be at least 1, was 0", "training.epochs=0");
    rejected("'network[0]' knows no 'dens'; did you mean 'dense'?", "network=[dens]");
    rejected("the setting 'network[0].dense.units' is missing", "network=[dense]");
    rejected(
        "unknown setting 'network[0].dense.unit'; did you mean 'units'?",
        "network=[{dense{unit=3}}]");
    rejected(
        "unknown setting 'optimizer.momentum.beta'; there are", "optimizer={momentum{beta=1}}");
    rejected(
        "unknown setting 'network[0].batchNorm.epss'; did you mean 'eps'?",
        "network=[{batchNorm{epss=1}}]");
    rejected(
        "optimizer.sgd.learningRate: a learning rate must be finite and at least 0, was -1.0",
        "optimizer={sgd{learningRate=-1}}");
    rejected("the limit of a gradient's norm must be above 0, was 0.0", "training.clipNorm=0");
    rejected("'optimizer' must be one of adagrad, adam", "optimizer=[]");
    rejected("data: set path to the location of the data", "data.format=idx");
    rejected("'data.format' knows no 'idz'; did you mean 'idx'?", "data.format=idz");
    rejected(
        "data.text: delimiter ';;' is not one character, tab or blanks", "data.text.delimiter=;;");
    rejected(
        "data.text: thousands ',' is the decimal point already",
        "data.text={thousands=\",\",decimalComma=true}");
    rejected(
        "data.text: encoding 'UTF-9' is unknown; name one such as UTF-8, ISO-8859-1 or"
            + " windows-1252",
        "data.text.encoding=UTF-9");
    rejected("data.text: skipLines must be at least 0, was -1", "data.text.skipLines=-1");
    rejected("'data.text.header' knows no 'yes'; ", "data.text.header=yes");
    rejected("write a setting as key=value, not 'epochs'", "epochs");
    rejected("the run file cannot be read: ", "training={");
    assertThatThrownBy(() -> RunFile.read(Path.of("no/such.conf"), List.of()))
        .isInstanceOf(SettingException.class)
        .hasMessage("there is no run file no/such.conf");
    assertThatThrownBy(() -> RunFile.parse("training { epochs = 1", List.of()))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith("the run file cannot be read: ");
    assertThatThrownBy(() -> RunFile.parse("training { epochs = 1 }", List.of()))
        .hasMessage("the setting 'network' is missing");
  }

  private static void rejected(String sentence, String... settings) {
    assertThatThrownBy(() -> Runs.options(settings))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith(sentence);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "20, 20",
    "150, 32",
    "255, 32",
    "512, 64",
    "1000, 64",
    "2047, 128",
    "2048, 256",
    "1000000000000, 256"
  })
  void theDefaultOfTheMiniBatchFitsFewRows(long rows, int batchSize) {
    assertThat(TrainingOptions.DEFAULTS.batchSize(rows)).isEqualTo(batchSize);
    assertThat(RunFile.parse("network = [relu]\ntraining.batchSize = 7", List.of()).training())
        .satisfies(training -> assertThat(training.batchSize(rows)).isEqualTo(7));
  }
}
