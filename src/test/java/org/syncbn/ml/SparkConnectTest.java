package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.ml.BatchNormalizerTest.normal;
import static org.syncbn.ml.BatchNormalizerTest.stage;

import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.connect.service.SparkConnectService;
import org.apache.spark.sql.connect.service.SparkConnectService$;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.spark.LocalSpark;
import org.syncbn.spark.files.DataException;
import scala.Option;

/**
 * Stages through a server of Spark Connect, which builds them by name and uid, sets their params
 * from a message, saves each fitted model to its local disk and asks for its size.
 */
class SparkConnectTest {

  private static ConnectClient client;

  @BeforeAll
  static void startTheServer() {
    var context = LocalSpark.SESSION.sparkContext();
    SparkEnv.get().conf().set("spark.connect.grpc.binding.address", "127.0.0.1");
    SparkEnv.get().conf().set("spark.connect.grpc.binding.port", "0");
    SparkConnectService.start(context);
    client = new ConnectClient(SparkConnectService$.MODULE$.localPort());
  }

  @AfterAll
  static void stopTheServer() {
    client.close();
    SparkConnectService.stop(Option.empty(), Option.empty());
  }

  /** A stage with params of each type, and data. */
  record Example(Estimator<?> stage, Dataset<Row> rows) {

    @Override
    public String toString() {
      return stage.getClass().getSimpleName();
    }
  }

  static Stream<Example> examples() {
    return Stream.of(
        new Example(
            stage().setEps(0.5).setCenter(false).setGamma(2, 3).setHandleInvalid("mean"),
            normal(1e9, 30)),
        new Example(
            new BatchNormalizer().setInputCols("id").setOutputCols("normalized"),
            LocalSpark.SESSION.range(9).toDF()),
        new Example(
            NeuralNetworkClassifierTest.stage()
                .setMaxIter(1)
                .setInputCols("a", "b")
                .setProbabilityCol("p")
                .setThresholds(new double[] {1, 2, 3}),
            NeuralNetworkClassifierTest.NUMBERS),
        new Example(
            NeuralNetworkRegressorTest.stage().setMaxIter(1), NeuralNetworkClassifierTest.ROWS));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void fitsTransformsSavesAndLoads(Example example, @TempDir Path folder) {
    Estimator<?> stage = example.stage();
    Model<?> expected = (Model<?>) stage.fit(example.rows());
    example.rows().createOrReplaceGlobalTempView("examples");
    var rows = client.table("global_temp.examples");
    String path = folder.toString();

    String model = client.fit(stage, rows);
    List<Row> transformed = appended(example, client.transform(model, stage, rows));
    assertThat(transformed)
        .isNotEmpty()
        .isEqualTo(appended(example, expected.transform(example.rows())));

    client.save(model, path + "/model");
    var read = client.loadModel(expected.getClass(), path + "/model");
    assertThat(read.getUid()).isEqualTo(stage.uid());
    assertThat(appended(example, client.transform(read.getObjRef().getId(), stage, rows)))
        .isEqualTo(transformed);

    client.save(stage, path + "/stage");
    var readStage = client.loadStage(stage.getClass(), path + "/stage");
    assertThat(readStage.getUid()).isEqualTo(stage.uid());
    assertThat(readStage.getParams().getParamsMap()).hasSize(stage.paramMap().size());
  }

  private static List<Row> appended(Example example, Dataset<Row> transformed) {
    List<String> given = List.of(example.rows().columns());
    return transformed
        .selectExpr(
            Arrays.stream(transformed.columns())
                .filter(name -> !given.contains(name))
                .map("cast(`%s` as string)"::formatted)
                .toArray(String[]::new))
        .collectAsList();
  }

  static Stream<Class<?>> stagesOfOurs() {
    return Stream.of(Estimator.class, Transformer.class)
        .flatMap(SparkConnectTest::stages)
        .filter(stage -> stage.getName().startsWith("org.syncbn."));
  }

  /** As the server finds them: one without a public no-arg constructor fails all. */
  private static Stream<Class<?>> stages(Class<?> kind) {
    return ServiceLoader.load(kind).stream().map(ServiceLoader.Provider::type);
  }

  @Test
  void stagesOfSparkAreFoundBesideOurs() {
    assertThat(stages(Estimator.class)).contains(StandardScaler.class, BatchNormalizer.class);
    assertThat(stages(Transformer.class))
        .contains(StandardScalerModel.class, BatchNormalizerModel.class);
    assertThat(stagesOfOurs())
        .containsAll(
            examples().<Class<?>>map(example -> example.stage().getClass()).distinct().toList());
  }

  @ParameterizedTest
  @MethodSource("stagesOfOurs")
  void theServerCanBuildTheStageAndSetItsParams(Class<?> stage) throws Exception {
    Params built = (Params) stage.getConstructor(String.class).newInstance("someUid");
    assertThat(built.uid()).isEqualTo("someUid");
    assertThat(Modifier.isStatic(stage.getMethod("read").getModifiers())).isTrue();
    assertThat(Modifier.isStatic(stage.getMethod("load", String.class).getModifiers())).isTrue();
    // The server takes texts for params of Spark's own classes, which leave the class out.
    assertThat(built.params())
        .filteredOn(param -> isOurs(stage, param.name()))
        .isNotEmpty()
        .allSatisfy(param -> assertThat(param.dataClass()).as(param.name()).isNotNull());
    if (built instanceof Model) {
      // The default of Model would walk the whole session.
      assertThat(stage.getMethod("estimatedSize").getDeclaringClass()).isEqualTo(stage);
    }
  }

  private static boolean isOurs(Class<?> stage, String param) {
    try {
      return stage.getMethod(param).getDeclaringClass().getName().startsWith("org.syncbn.");
    } catch (NoSuchMethodException e) {
      throw new AssertionError("There is no method " + param, e);
    }
  }

  @Test
  void aFittedModelIsKeptOnTheServersDiskWhateverTheDefaultFileSystem() {
    normal(0, 5).createOrReplaceGlobalTempView("examples");
    var hadoop = LocalSpark.SESSION.sparkContext().hadoopConfiguration();
    String before = hadoop.get("fs.defaultFS");
    hadoop.set("fs.defaultFS", "hdfs://nowhere.invalid:1");
    try {
      assertThat(client.fit(stage(), client.table("global_temp.examples"))).isNotEmpty();
    } finally {
      hadoop.set("fs.defaultFS", before);
    }
  }

  @Test
  void normalizedValuesAreTakenBackByAParam() {
    Dataset<Row> rows = normal(5, 20);
    BatchNormalizerModel ofClassic = stage().fit(rows);
    List<Row> expected =
        ofClassic
            .inverse()
            .setOutputCol("raw")
            .transform(ofClassic.transform(rows))
            .selectExpr("cast(raw as string)")
            .collectAsList();
    rows.createOrReplaceGlobalTempView("examples");
    var remote = client.table("global_temp.examples");
    String model = client.fit(stage(), remote);
    var normalized = client.transform(model, stage(), remote);
    BatchNormalizerModel inverse =
        new BatchNormalizerModel().setInputCol("normalized").setOutputCol("raw");
    inverse.set(inverse.inverted(), true);
    assertThat(
            client
                .transform(model, inverse, normalized)
                .selectExpr("cast(raw as string)")
                .collectAsList())
        .isEqualTo(expected);
    inverse.setGamma(0, 1);
    assertThatThrownBy(() -> client.transform(model, inverse, normalized).collectAsList())
        .hasMessageEndingWith("A gamma is 0, so raw values cannot be restored.");
  }

  @Test
  void badInputIsOneSentenceOnTheClientToo() {
    normal(0, 5).createOrReplaceGlobalTempView("examples");
    var rows = client.table("global_temp.examples");
    BatchNormalizer missing = new BatchNormalizer().setInputCol("feature");
    String expected = "There is no column 'feature'; did you mean 'features'?";
    assertThatThrownBy(() -> client.fit(missing, rows))
        .hasMessage(DataException.class.getName() + ": " + expected);
    String model = client.fit(stage(), rows);
    assertThatThrownBy(() -> client.transform(model, missing, rows).collectAsList())
        .hasMessage(DataException.class.getName() + ": " + expected);
  }

  @Test
  void dataOfTheClientAreNotForStagesOfTheClientsJvm() {
    normal(0, 5).createOrReplaceGlobalTempView("examples");
    Dataset<Row> rows = client.table("global_temp.examples");
    BatchNormalizerModel model = stage().fit(normal(0, 5));
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(() -> stage().fit(rows), () -> model.transform(rows))) {
      assertThatThrownBy(call)
          .isInstanceOf(DataException.class)
          .hasMessage(
              "Spark Connect sessions cannot run this; submit the job to the cluster itself.");
    }
  }
}
