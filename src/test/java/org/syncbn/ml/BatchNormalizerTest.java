package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.attribute.NumericAttribute;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.GroupStatistics;
import org.syncbn.spark.LocalSpark;
import org.syncbn.spark.RowRoles;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;

class BatchNormalizerTest {

  private static final SparkSession SPARK = LocalSpark.SESSION;

  static Dataset<Row> vectors(Vector... vectors) {
    return SPARK.createDataFrame(
        Arrays.stream(vectors).map(RowFactory::create).toList(),
        new StructType().add("features", SQLDataTypes.VectorType()));
  }

  static Dataset<Row> normal(double mean, int rows) {
    Random random = new Random(7);
    return vectors(
        Stream.generate(
                () -> Vectors.dense(mean + random.nextGaussian(), 3 * random.nextGaussian() - 2))
            .limit(rows)
            .toArray(Vector[]::new));
  }

  static List<double[]> values(Dataset<Row> rows, String column) {
    return rows.select(column).collectAsList().stream()
        .map(row -> ((Vector) row.get(0)).toArray())
        .toList();
  }

  static BatchNormalizer stage() {
    return new BatchNormalizer().setInputCol("features").setOutputCol("normalized");
  }

  private static Dataset<Row> numbers(String schema, Row... rows) {
    return SPARK.createDataFrame(List.of(rows), StructType.fromDDL(schema));
  }

  @Test
  void withoutEpsItIsStandardScalerButForTheSampleVariance() {
    Dataset<Row> rows = normal(0, 200);
    List<double[]> ours = values(stage().setEps(0).fit(rows).transform(rows), "normalized");
    List<double[]> theirs =
        values(
            new StandardScaler()
                .setInputCol("features")
                .setOutputCol("scaled")
                .setWithMean(true)
                .setWithStd(true)
                .fit(rows)
                .transform(rows),
            "scaled");
    double factor = Math.sqrt(200.0 / 199.0);
    for (int i = 0; i < ours.size(); i++) {
      for (int j = 0; j < 2; j++) {
        assertThat(ours.get(i)[j]).isCloseTo(theirs.get(i)[j] * factor, within(1e-12));
      }
    }
  }

  @Test
  void isExactFarFromZero() {
    Dataset<Row> rows = vectors(Vectors.dense(1e9 + 1), Vectors.dense(1e9 + 3));
    assertThat(values(stage().setEps(0).fit(rows).transform(rows), "normalized"))
        .containsExactly(new double[] {-1}, new double[] {1});
  }

  @Test
  void theBitsAreThoseOfTheLibraryWhateverThePartitions() {
    Dataset<Row> rows = normal(1e9, 300);
    Features features = Features.of(rows, FeatureSelection.named(List.of("features")));
    String expected =
        new SavedStatistics(
                features.names(),
                List.of(),
                GroupStatistics.fit(rows, features, RowRoles.NONE),
                Map.of())
            .json();
    assertThat(BatchNormalizer.statistics(stage(), rows.repartition(5)).json()).isEqualTo(expected);
    assertThat(BatchNormalizer.statistics(stage(), rows.coalesce(1)).json()).isEqualTo(expected);
  }

  @Test
  void severalColumnsOfNumbersKeepTheOrderOfTheParams() {
    Dataset<Row> rows =
        numbers(
            "a int, b float, c double",
            RowFactory.create(1, 10f, 0.0),
            RowFactory.create(3, 30f, 0.0));
    Dataset<Row> normalized =
        new BatchNormalizer()
            .setInputCols("b", "a")
            .setOutputCols("bn", "an")
            .setEps(0)
            .setGamma(10, 1)
            .setBeta(0, 5)
            .fit(rows)
            .transform(rows);
    assertThat(normalized.columns()).containsExactly("a", "b", "c", "bn", "an");
    assertThat(normalized.select("bn", "an").collectAsList())
        .containsExactly(RowFactory.create(-10f, 4.0), RowFactory.create(10f, 6.0));
  }

  @Test
  void anArrayStaysAnArray() {
    Dataset<Row> rows =
        numbers("x array<int>", RowFactory.create(List.of(1, 2)), RowFactory.create(List.of(3, 2)));
    BatchNormalizer stage = new BatchNormalizer().setInputCol("x").setEps(0);
    Dataset<Row> normalized = stage.fit(rows).transform(rows);
    assertThat(normalized.columns()).containsExactly("x", stage.uid() + "__output");
    assertThat(normalized.collectAsList().stream().map(row -> row.<Double>getList(1)).toList())
        .containsExactly(List.of(-1.0, 0.0), List.of(1.0, 0.0));
    assertThat(normalized.schema()).isEqualTo(stage.transformSchema(rows.schema()));
  }

  @Test
  void minMaxHasARange() {
    Dataset<Row> rows = vectors(Vectors.dense(5), Vectors.dense(7), Vectors.dense(9));
    Dataset<Row> normalized =
        stage().setMethod("min-max").setMin(-1).setMax(1).fit(rows).transform(rows);
    assertThat(values(normalized, "normalized"))
        .containsExactly(new double[] {-1}, new double[] {0}, new double[] {1});
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void centerAndScaleAreSeparateSteps(boolean center) {
    Dataset<Row> rows = vectors(Vectors.dense(1, 4), Vectors.dense(5, 4));
    Dataset<Row> normalized =
        stage().setEps(0).setCenter(center).setScale(false).fit(rows).transform(rows);
    assertThat(values(normalized, "normalized"))
        .containsExactly(
            center ? new double[] {-2, 0} : new double[] {1, 4},
            center ? new double[] {2, 0} : new double[] {5, 4});
  }

  @Test
  void sparseVectorsStaySparseWithoutCentering() {
    Dataset<Row> rows =
        vectors(
            Vectors.sparse(3, new int[] {1}, new double[] {4}),
            Vectors.sparse(3, new int[] {}, new double[] {}));
    Dataset<Row> normalized =
        stage().setCenter(false).setEps(0).setGamma(1, 3, 1).fit(rows).transform(rows);
    assertThat(normalized.select("normalized").head().get(0))
        .isInstanceOf(SparseVector.class)
        .isEqualTo(Vectors.sparse(3, new int[] {1}, new double[] {6}));
    Dataset<Row> shifted = stage().setCenter(false).setBeta(0, 0, 1).fit(rows).transform(rows);
    assertThat(shifted.select("normalized").head().<Vector>getAs(0).toArray()[2]).isEqualTo(1);
  }

  @Test
  void invalidValuesAreAnErrorOrDropTheirRowOrAreKeptOrBecomeTheMean() {
    Dataset<Row> rows =
        vectors(Vectors.dense(1, 1), Vectors.dense(Double.NaN, 9), Vectors.dense(3, 5), null);
    assertThatThrownBy(() -> stage().fit(rows))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("There are missing values (null, NaN or infinite) in features[0]");
    BatchNormalizer stage = stage().setEps(0);
    assertThat(values(stage.setHandleInvalid("skip").fit(rows).transform(rows), "normalized"))
        .containsExactly(new double[] {-1, -1}, new double[] {1, 1});
    List<Row> kept = stage.setHandleInvalid("keep").fit(rows).transform(rows).collectAsList();
    assertThat(kept.get(1).<Vector>getAs("normalized").apply(0)).isNaN();
    assertThat(kept.get(3).<Vector>getAs("normalized")).isNull();
    List<double[]> means =
        values(stage.setHandleInvalid("mean").fit(rows).transform(rows), "normalized");
    assertThat(means.get(1)[0]).isZero();
    assertThat(means.get(3)).containsExactly(0, 0);
  }

  @Test
  void rowsWithoutAFiniteNumberOrElementAreSkipped() {
    Dataset<Row> rows =
        numbers(
            "x double, y array<double>",
            RowFactory.create(1.0, List.of(1.0)),
            RowFactory.create(Double.POSITIVE_INFINITY, List.of(Double.NaN)),
            RowFactory.create(null, null),
            RowFactory.create(3.0, Arrays.asList((Double) null)));
    BatchNormalizerModel ofNumber =
        new BatchNormalizer().setInputCol("x").setHandleInvalid("skip").fit(rows);
    assertThat(ofNumber.transform(rows).count()).isEqualTo(2);
    BatchNormalizerModel ofArray =
        new BatchNormalizer().setInputCol("y").setHandleInvalid("skip").fit(rows);
    assertThat(ofArray.transform(rows).count()).isEqualTo(1);
  }

  @Test
  void weightsCountRowsSoManyTimes() {
    Dataset<Row> rows =
        numbers("x double, w double", RowFactory.create(1.0, 3.0), RowFactory.create(5.0, 1.0));
    BatchNormalizer stage = new BatchNormalizer().setInputCol("x").setWeightCol("w").setEps(0);
    Row found = stage.fit(rows).statistics().head();
    assertThat(found.<Double>getAs("mean")).isEqualTo(2);
    assertThat(found.<Double>getAs("populationVariance")).isEqualTo(3);
    assertThatThrownBy(() -> stage.fit(numbers("x double, w double", RowFactory.create(1.0, -1.0))))
        .hasMessage("Column 'w' holds the weight -1.0; weights must be finite and at least 0.");
    assertThatThrownBy(() -> stage.fit(numbers("x double, w double", RowFactory.create(1.0, 0.0))))
        .hasMessage("All weights in column 'w' are 0, so no row counts.");
  }

  @Test
  void eachGroupHasItsOwnStatistics() {
    String schema = "shop string, x double";
    Dataset<Row> rows =
        numbers(
            schema,
            RowFactory.create("a", 1.0),
            RowFactory.create("a", 3.0),
            RowFactory.create("b", 10.0),
            RowFactory.create("b", 30.0));
    BatchNormalizerModel model =
        new BatchNormalizer()
            .setInputCol("x")
            .setOutputCol("y")
            .setGroupCol("shop")
            .setEps(0)
            .fit(rows);
    assertThat(model.transform(rows).select("y").collectAsList())
        .containsExactly(
            RowFactory.create(-1.0),
            RowFactory.create(1.0),
            RowFactory.create(-1.0),
            RowFactory.create(1.0));
    assertThat(model.statistics().select("feature", "group", "count", "mean").collectAsList())
        .containsExactly(
            RowFactory.create("x", "a", 2L, 2.0), RowFactory.create("x", "b", 2L, 20.0));

    Dataset<Row> unseen = numbers(schema, RowFactory.create("c", 11.0));
    assertThatThrownBy(() -> model.transform(unseen).collectAsList())
        .hasStackTraceContaining("There are no statistics of the group 'c' of shop");
    assertThat(model.setHandleUnseenGroup("keep").transform(unseen).head().getDouble(2))
        .isEqualTo(11);
    assertThat(model.setHandleUnseenGroup("global").transform(unseen).head().getDouble(2))
        .isEqualTo(0);
  }

  @Test
  void attributesKeepTheirNames() {
    AttributeGroup group =
        new AttributeGroup(
            "features",
            new Attribute[] {
              NumericAttribute.defaultAttr().withName("age"),
              NumericAttribute.defaultAttr().withName("income")
            });
    Dataset<Row> plain = normal(0, 5);
    Dataset<Row> rows = plain.select(plain.col("features").as("features", group.toMetadata()));
    Dataset<Row> normalized = stage().fit(rows).transform(rows);
    AttributeGroup of = AttributeGroup.fromStructField(normalized.schema().apply("normalized"));
    assertThat(Arrays.stream(of.attributes().get()).map(a -> a.name().get()))
        .containsExactly("age", "income");
    AttributeGroup unnamed =
        AttributeGroup.fromStructField(
            stage().fit(plain).transform(plain).schema().apply("normalized"));
    assertThat(unnamed.size()).isEqualTo(2);
  }

  @Test
  void worksOnStreams(@TempDir Path folder) throws Exception {
    Dataset<Row> rows = normal(5, 20);
    String input = folder.resolve("input").toString();
    rows.write().parquet(input);
    BatchNormalizerModel model = stage().setHandleInvalid("skip").fit(rows);
    Dataset<Row> stream = SPARK.readStream().schema(rows.schema()).parquet(input);
    List<double[]> found = new ArrayList<>();
    StreamingQuery query =
        model
            .transform(stream)
            .writeStream()
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .foreachBatch(
                (batch, id) -> {
                  found.addAll(values(batch, "normalized"));
                })
            .start();
    query.awaitTermination();
    assertThat(found)
        .hasSize(20)
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyInAnyOrderElementsOf(values(model.transform(rows), "normalized"));
  }

  @Test
  void faultsOfTheSchemaAreFoundWithoutData() {
    StructType schema = StructType.fromDDL("id string, x double, y double");
    assertFault(new BatchNormalizer(), schema, "Neither inputCol nor inputCols is set");
    assertFault(
        new BatchNormalizer().setInputCol("x").setInputCols("y"), schema, "Both inputCol and");
    assertFault(new BatchNormalizer().setInputCol("z"), schema, "There is no column 'z'");
    assertFault(
        new BatchNormalizer().setInputCol("id"), schema, "Column 'id' is string, not a number");
    assertFault(
        new BatchNormalizer().setInputCol("x").setOutputCol("y"),
        schema,
        "There is a column 'y' already; name another output column.");
    assertFault(new BatchNormalizer().setInputCols("x"), schema, "outputCols is not set");
    assertFault(
        new BatchNormalizer().setInputCols("x", "y").setOutputCols("a"),
        schema,
        "There are 2 inputCols and 1 outputCols");
    assertFault(
        new BatchNormalizer().setInputCols("v").setOutputCols("a"),
        new StructType().add("v", SQLDataTypes.VectorType()),
        "Column 'v' of inputCols is");
    assertFault(
        new BatchNormalizer().setInputCol("x").setMethod("min-max").setCenter(false),
        schema,
        "center and scale belong to the method batch-norm");
    assertFault(
        new BatchNormalizer().setInputCol("x").setMethod("min-max").setMin(2),
        schema,
        "The lower end of a range must be below the upper end, but the range was 2.0 to 1.0.");
    assertThatThrownBy(() -> new BatchNormalizer().setMethod("mean"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BatchNormalizer().setEps(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertFault(BatchNormalizer stage, StructType schema, String message) {
    assertThatThrownBy(() -> stage.transformSchema(schema)).hasMessageStartingWith(message);
  }

  @Test
  void faultsOfTheDataAreSentences() {
    assertThatThrownBy(
            () ->
                new BatchNormalizer()
                    .setInputCol("x")
                    .setHandleInvalid("keep")
                    .fit(numbers("x double", RowFactory.create((Object) null))))
        .hasMessage("All values of 'x' are missing; exclude the column.");
    assertThatThrownBy(() -> stage().fit(vectors(Vectors.dense(1), Vectors.dense(1, 2))))
        .hasMessage(
            "Column 'features' holds blocks of 1 and of 2 features; all must have the same"
                + " length.");
    assertThatThrownBy(() -> stage().setGamma(1).fit(normal(0, 3)))
        .hasMessage("gamma has 1 values, but there are 2 features; give one for each.");
    BatchNormalizerModel model = stage().fit(normal(0, 3));
    Dataset<Row> longer = vectors(Vectors.dense(1, 2, 3));
    assertThatThrownBy(() -> model.transform(longer).collectAsList())
        .hasStackTraceContaining("Column 'features' holds blocks of 2 and of 3 features");
    assertThatThrownBy(
            () ->
                model.transformSchema(
                    new StructType().add(new AttributeGroup("features", 3).toStructField())))
        .hasMessage("Column 'features' has 3 features, but the model was fitted to 2.");
    assertThatThrownBy(() -> new BatchNormalizerModel().transform(longer))
        .hasMessageStartingWith("This BatchNormalizerModel has no statistics");
  }

  @Test
  void everyParamKnowsTheClassOfItsValuesAndExplainsItself() {
    for (Param<?> param : new BatchNormalizerModel().params()) {
      assertThat(param.dataClass()).as(param.name()).isNotNull();
    }
    assertThat(Arrays.stream(new BatchNormalizer().params()).map(Param::name))
        .containsExactly(
            "beta",
            "center",
            "eps",
            "gamma",
            "groupCol",
            "handleInvalid",
            "handleUnseenGroup",
            "inputCol",
            "inputCols",
            "max",
            "method",
            "min",
            "outputCol",
            "outputCols",
            "scale",
            "weightCol");
    assertThat(stage().explainParams())
        .contains("eps: added to the variance by batch-norm (>= 0) (default: 1.0E-5)")
        .contains("(default: batch-norm)");
  }
}
