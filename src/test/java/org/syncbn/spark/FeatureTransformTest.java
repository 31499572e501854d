package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.SparkInternals;
import org.syncbn.StrictSpark;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.sums.Moments;

@SparkInternals
class FeatureTransformTest {

  private static final double EPS = 1e-5;

  @TempDir Path folder;

  private static Dataset<Row> frame(StructType schema, Object[]... rows) {
    return SESSION.createDataFrame(Arrays.stream(rows).map(RowFactory::create).toList(), schema);
  }

  private static Dataset<Row> frame(String column, DataType type, Object... values) {
    return SESSION.createDataFrame(
        Arrays.stream(values).map(RowFactory::create).toList(), new StructType().add(column, type));
  }

  private static Features features(Dataset<Row> data) {
    return Features.of(data, FeatureSelection.allNumeric());
  }

  private static Dataset<Row> batchNorm(Dataset<Row> data, double eps, MissingValues missing) {
    Features features = features(data);
    List<Moments> moments = FeatureStatistics.fit(data, features).moments();
    return FeatureTransform.normalize(
        data, features, FeatureScaling.batchNorm(features.names(), moments, eps), missing);
  }

  private static Dataset<Row> minMax(
      Dataset<Row> data, double lower, double upper, MissingValues missing) {
    Features features = features(data);
    List<Moments> moments = FeatureStatistics.fit(data, features).moments();
    return FeatureTransform.normalize(
        data, features, FeatureScaling.minMax(features.names(), moments, lower, upper), missing);
  }

  private static List<Object> column(Dataset<Row> data) {
    return data.collectAsList().stream().map(row -> row.get(0)).toList();
  }

  /** Numbers of mixed scales and large offsets, in 12 columns. */
  private static Dataset<Row> random() {
    Random random = new Random(5);
    StructType schema = new StructType();
    for (int c = 0; c < 12; c++) {
      schema = schema.add("c" + c, DataTypes.DoubleType);
    }
    List<Row> rows = new ArrayList<>();
    for (int r = 0; r < 500; r++) {
      rows.add(
          RowFactory.create(
              IntStream.range(0, 12)
                  .mapToObj(c -> 1e9 * (c % 3) + random.nextGaussian() * Math.pow(10, c - 6))
                  .toArray()));
    }
    return SESSION.createDataFrame(rows, schema);
  }

  @Test
  void theFormulaIsEvaluatedInDoubleToTheLastBit() {
    Dataset<Row> data = random();
    List<Moments> moments = FeatureStatistics.fit(data, features(data)).moments();
    List<Row> before = data.collectAsList();
    List<Row> after = batchNorm(data, EPS, MissingValues.SKIP).collectAsList();
    for (int r = 0; r < before.size(); r++) {
      for (int c = 0; c < 12; c++) {
        double x = before.get(r).getDouble(c);
        double mean = moments.get(c).mean();
        double populationVariance = moments.get(c).populationVariance();
        assertThat(after.get(r).getDouble(c))
            .isEqualTo((x - mean) / Math.sqrt(populationVariance + EPS));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(MissingValues.class)
  void expressionsGiveTheBitsOfTheScalingUnderEveryPolicy(MissingValues missing) {
    Dataset<Row> data = random();
    Features features = features(data);
    List<Moments> moments = FeatureStatistics.fit(data, features).moments();
    for (FeatureScaling scaling :
        List.of(
            FeatureScaling.batchNorm(features.names(), moments, 0),
            FeatureScaling.minMax(features.names(), moments, -0.1, 0.7))) {
      List<Row> before = data.collectAsList();
      List<Row> after =
          FeatureTransform.normalize(data, features, scaling, missing).collectAsList();
      for (int r = 0; r < before.size(); r++) {
        for (int c = 0; c < 12; c++) {
          assertThat(after.get(r).getDouble(c))
              .isEqualTo(scaling.apply(c, before.get(r).getDouble(c)));
        }
      }
    }
  }

  @Test
  void minimumAndMaximumMeetTheEndsExactly() {
    Dataset<Row> scaled = minMax(random(), 0.1, 0.3, MissingValues.ERROR);
    for (String name : scaled.columns()) {
      Row ends = scaled.selectExpr("min(" + name + ")", "max(" + name + ")").head();
      assertThat(ends).isEqualTo(RowFactory.create(0.1, 0.3));
    }
  }

  @Test
  void otherColumnsTheOrderTheNamesAndTheMetadataStay() {
    StructType schema =
        new StructType()
            .add("text", DataTypes.StringType)
            .add(
                "a.b",
                DataTypes.IntegerType,
                true,
                new MetadataBuilder().putString("unit", "m").build())
            .add("text", DataTypes.StringType)
            .add("f", DataTypes.FloatType)
            .add("`", DataTypes.createDecimalType(10, 2));
    Dataset<Row> data =
        frame(
            schema,
            new Object[] {"x", 1, "y", 1f, new java.math.BigDecimal("1.50")},
            new Object[] {"z", 3, null, 3f, new java.math.BigDecimal("2.50")});
    Dataset<Row> normalized = batchNorm(data, 0, MissingValues.SKIP);
    assertThat(normalized.columns()).containsExactly("text", "a.b", "text", "f", "`");
    assertThat(Arrays.stream(normalized.schema().fields()).map(f -> f.dataType().simpleString()))
        .containsExactly("string", "double", "string", "float", "double");
    assertThat(normalized.schema().apply(1).metadata().getString("unit")).isEqualTo("m");
    assertThat(normalized.collectAsList())
        .containsExactly(
            RowFactory.create("x", -1.0, "y", -1f, -1.0),
            RowFactory.create("z", 1.0, null, 1f, 1.0));
  }

  @Test
  void aConstantBecomesZeroOrTheLowerEnd() {
    Dataset<Row> data = frame("x", DataTypes.DoubleType, 0.1, 0.1, null, Double.NaN);
    assertThat(column(batchNorm(data, 0, MissingValues.SKIP)))
        .containsExactly(0.0, 0.0, null, Double.NaN);
    assertThat(column(batchNorm(data, EPS, MissingValues.MEAN)))
        .containsExactly(0.0, 0.0, 0.0, 0.0);
    assertThat(column(minMax(data, 2, 3, MissingValues.MEAN))).containsExactly(2.0, 2.0, 2.0, 2.0);
  }

  @Test
  void missingValuesPassOrBecomeTheNormalizedMeanOrFail() {
    double inf = Double.POSITIVE_INFINITY;
    Dataset<Row> data =
        frame("x", DataTypes.DoubleType, -1.0, 1.0, null, Double.NaN, inf, -inf, 3.0, 1.0);
    double end = 2 / Math.sqrt(2);
    assertThat(column(batchNorm(data, 0, MissingValues.SKIP)))
        .containsExactly(-end, 0.0, null, Double.NaN, inf, -inf, end, 0.0);
    assertThat(column(batchNorm(data, 0, MissingValues.MEAN)))
        .containsExactly(-end, 0.0, 0.0, 0.0, 0.0, 0.0, end, 0.0);
    assertThat(column(minMax(data, 0, 10, MissingValues.SKIP)))
        .containsExactly(0.0, 5.0, null, Double.NaN, inf, -inf, 10.0, 5.0);
    assertThat(column(minMax(data, 0, 10, MissingValues.MEAN)))
        .containsExactly(0.0, 5.0, 5.0, 5.0, 5.0, 5.0, 10.0, 5.0);
    assertThatThrownBy(() -> batchNorm(data, 0, MissingValues.ERROR).collectAsList())
        .satisfies(
            failure ->
                assertThat(DataException.of((Exception) failure))
                    .hasMessage(
                        "There are missing values (null, NaN or infinite) in 'x'; skip such values"
                            + " or replace them by the mean."));
  }

  @Test
  void vectorsBecomeDenseVectorsOfTheirKind() {
    Dataset<Row> data =
        frame(
            "v",
            SQLDataTypes.VectorType(),
            Vectors.dense(-1, 10),
            null,
            Vectors.sparse(2, new int[] {0}, new double[] {1}),
            Vectors.dense(0, Double.NaN));
    assertThat(column(batchNorm(data, 0, MissingValues.SKIP)))
        .containsExactly(
            Vectors.dense(-1 / Math.sqrt(2.0 / 3), 1),
            null,
            Vectors.dense(1 / Math.sqrt(2.0 / 3), -1),
            Vectors.dense(0, Double.NaN));
    assertThat(column(minMax(data, 0, 1, MissingValues.MEAN)))
        .containsExactly(
            Vectors.dense(0, 1),
            Vectors.dense(0.5, 0.5),
            Vectors.dense(1, 0),
            Vectors.dense(0.5, 0.5));
    assertThatThrownBy(() -> column(batchNorm(data, 0, MissingValues.ERROR)))
        .satisfies(
            failure ->
                assertThat(DataException.of((Exception) failure))
                    .hasMessageContaining("in 'v[0]'; skip"));
  }

  @Test
  void vectorsOfTheOlderPackageStayWhatTheyAre() {
    Dataset<Row> data =
        frame(
            "v",
            new org.apache.spark.mllib.linalg.VectorUDT(),
            org.apache.spark.mllib.linalg.Vectors.dense(1),
            org.apache.spark.mllib.linalg.Vectors.dense(3));
    assertThat(column(batchNorm(data, 0, MissingValues.SKIP)))
        .containsExactly(
            org.apache.spark.mllib.linalg.Vectors.dense(-1),
            org.apache.spark.mllib.linalg.Vectors.dense(1));
  }

  @Test
  void arraysKeepTheirTypeAndTheirNulls() {
    Dataset<Row> doubles =
        frame(
            "a",
            DataTypes.createArrayType(DataTypes.DoubleType),
            new Double[] {-1.0, null},
            new Double[] {1.0, 7.0},
            null);
    assertThat(
            batchNorm(doubles, 0, MissingValues.SKIP)
                .selectExpr("to_json(struct(a))")
                .as(org.apache.spark.sql.Encoders.STRING())
                .collectAsList())
        .containsExactly("{\"a\":[-1.0,null]}", "{\"a\":[1.0,0.0]}", "{}");
    assertThat(
            batchNorm(doubles, 0, MissingValues.MEAN)
                .selectExpr("to_json(struct(a))")
                .as(org.apache.spark.sql.Encoders.STRING())
                .collectAsList())
        .containsExactly("{\"a\":[-1.0,0.0]}", "{\"a\":[1.0,0.0]}", "{\"a\":[0.0,0.0]}");
    Dataset<Row> floats =
        frame(
            "a",
            DataTypes.createArrayType(DataTypes.FloatType),
            new Float[] {-1f, null},
            new Float[] {1f, 7f},
            null);
    Dataset<Row> normalized = minMax(floats, 0, 1, MissingValues.MEAN);
    assertThat(normalized.schema()).isEqualTo(floats.schema());
    assertThat(
            normalized
                .selectExpr("to_json(struct(a))")
                .as(org.apache.spark.sql.Encoders.STRING())
                .collectAsList())
        .containsExactly("{\"a\":[0.0,0.0]}", "{\"a\":[1.0,0.0]}", "{\"a\":[0.5,0.0]}");
  }

  @Test
  void aBlockOfAnotherLengthIsRejected() {
    Dataset<Row> data = frame("v", SQLDataTypes.VectorType(), Vectors.dense(1, 2));
    Dataset<Row> other = frame("v", SQLDataTypes.VectorType(), Vectors.dense(1, 2, 3));
    Features features = features(data);
    FeatureScaling scaling =
        FeatureScaling.batchNorm(
            features.names(), FeatureStatistics.fit(data, features).moments(), EPS);
    assertThatThrownBy(
            () ->
                FeatureTransform.normalize(other, features, scaling, MissingValues.SKIP)
                    .collectAsList())
        .satisfies(
            failure ->
                assertThat(DataException.of((Exception) failure))
                    .hasMessage(
                        "Column 'v' holds blocks of 2 and of 3 features; all must have the same"
                            + " length."));
  }

  @Test
  void interpretedExpressionsGiveTheSame() {
    Dataset<Row> data =
        SESSION.sql("select * from values (array(1D, 2D), 1D), (array(3D, 4D), null) as t(a, x)");
    List<Row> generated = batchNorm(data, EPS, MissingValues.MEAN).collectAsList();
    SESSION.conf().set("spark.sql.codegen.wholeStage", false);
    SESSION.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
    try {
      assertThat(batchNorm(data, EPS, MissingValues.MEAN).collectAsList()).isEqualTo(generated);
    } finally {
      SESSION.conf().unset("spark.sql.codegen.wholeStage");
      SESSION.conf().unset("spark.sql.codegen.factoryMode");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000})
  void wideTablesAreNormalized(int columns) {
    wide(columns);
  }

  @Test
  @Tag("full")
  void tenThousandColumnsAreNormalized() {
    wide(10_000);
  }

  private static void wide(int columns) {
    StructType schema = new StructType();
    for (int c = 0; c < columns; c++) {
      schema = schema.add("c" + c, DataTypes.DoubleType);
    }
    List<Row> rows =
        IntStream.of(-1, 1)
            .mapToObj(
                sign ->
                    RowFactory.create(
                        IntStream.range(0, columns).mapToObj(c -> c + 0.5 * sign).toArray()))
            .toList();
    Dataset<Row> data = SESSION.createDataFrame(rows, schema);
    List<Row> normalized = batchNorm(data, 0, MissingValues.ERROR).collectAsList();
    for (int c = 0; c < columns; c++) {
      assertThat(normalized.get(0).getDouble(c)).isEqualTo(-1);
      assertThat(normalized.get(1).getDouble(c)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(MissingValues.class)
  void rowsOfManyColumnsAreNormalizedAsByExpressions(MissingValues missing) {
    List<String> numbers =
        List.of(
            "cast(%s as double) d%d",
            "cast(%s as float) f%d",
            "cast(%s as bigint) l%d",
            "cast(%s as int) i%d",
            "cast(%s as smallint) s%d",
            "cast(%s as tinyint) t%d",
            "cast(%s as decimal(20, 3)) e%d",
            "cast(%s as int) > 20 b%d");
    String nothing = StrictSpark.IS_SPARK_4_0 ? "cast(null as int) n" : "null n";
    List<String> columns = new ArrayList<>(List.of("id", "cast(id as string) text", "v", nothing));
    for (int c = 0; c < 208; c++) {
      String value = "id * %d / 7 + %d".formatted(c % 5, c % 3);
      String some =
          missing == MissingValues.ERROR ? value : "if(id = %d, null, %s)".formatted(c % 9, value);
      columns.add(numbers.get(c % numbers.size()).formatted(some, c));
    }
    SESSION
        .createDataFrame(
            IntStream.range(0, 20)
                .mapToObj(i -> RowFactory.create((long) i, i % 4 == 0 ? null : Vectors.dense(i, 1)))
                .toList(),
            new StructType()
                .add("id", DataTypes.LongType, false)
                .add("v", SQLDataTypes.VectorType()))
        .selectExpr(columns.toArray(String[]::new))
        .write()
        .parquet(folder.resolve("many").toString());
    Dataset<Row> data = SESSION.read().parquet(folder.resolve("many").toString());
    List<String> names = Arrays.asList(data.columns()).subList(4, data.columns().length);
    Features features = Features.of(data, FeatureSelection.named(names));
    List<Moments> moments = FeatureStatistics.fit(data, features).moments();
    for (FeatureScaling scaling :
        List.of(
            FeatureScaling.batchNorm(names, moments, EPS),
            FeatureScaling.minMax(names, moments, -1, 2),
            FeatureScaling.batchNorm(names, moments, EPS).inverse())) {
      Dataset<Row> byRows = FeatureTransform.normalize(data, features, scaling, missing);
      Dataset<Row> byExpressions =
          FeatureTransform.withExpressions(data, features, scaling, missing);
      assertThat(byRows.schema()).isEqualTo(byExpressions.schema());
      assertThat(byRows.collectAsList()).isEqualTo(byExpressions.collectAsList());
    }
  }

  @Test
  void streamsAreNormalized() throws Exception {
    Dataset<Row> data =
        SESSION.sql("select * from values (1D, array(1D)), (3D, array(5D)) as t(x, a)");
    String path = folder.resolve("input").toString();
    data.coalesce(1).write().parquet(path);
    Features features = features(data);
    FeatureScaling scaling =
        FeatureScaling.batchNorm(
            features.names(), FeatureStatistics.fit(data, features).moments(), 0);
    Dataset<Row> stream = SESSION.readStream().schema(data.schema()).parquet(path);
    Features ofStream = Features.ofFeatures(stream, features.names());
    List<Row> rows = new ArrayList<>();
    StreamingQuery query =
        FeatureTransform.normalize(stream, ofStream, scaling, MissingValues.ERROR)
            .selectExpr("x", "a[0] a")
            .writeStream()
            .foreachBatch(
                (Dataset<Row> batch, Long id) -> {
                  rows.addAll(batch.collectAsList());
                })
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    query.awaitTermination();
    assertThat(rows)
        .containsExactlyInAnyOrder(RowFactory.create(-1.0, -1.0), RowFactory.create(1.0, 1.0));
  }
}
