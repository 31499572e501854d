package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.sums.Moments;

class FeatureStatisticsTest {

  private static final int ROWS = 1_500;

  @TempDir Path folder;

  /** Every type that holds features, with nulls, repeated (dictionary encoded) and other values. */
  private static Dataset<Row> everyType() {
    StructType schema = new StructType();
    for (DataType type :
        List.of(
            DataTypes.ByteType,
            DataTypes.ShortType,
            DataTypes.IntegerType,
            DataTypes.LongType,
            DataTypes.FloatType,
            DataTypes.DoubleType,
            DataTypes.createDecimalType(7, 2),
            DataTypes.createDecimalType(18, 4),
            DataTypes.createDecimalType(38, 10),
            DataTypes.createArrayType(DataTypes.DoubleType),
            DataTypes.createArrayType(DataTypes.FloatType),
            SQLDataTypes.VectorType(),
            new org.apache.spark.mllib.linalg.VectorUDT())) {
      schema = schema.add("plain_" + schema.size(), type).add("nulls " + schema.size(), type);
    }
    schema = schema.add("repeated.double", DataTypes.DoubleType).add("text", DataTypes.StringType);
    List<Row> rows = new ArrayList<>();
    for (int r = 0; r < ROWS; r++) {
      List<Object> values = new ArrayList<>();
      for (int column = 0; column < 13; column++) {
        values.add(value(column, r));
        values.add(r % 7 == 3 ? null : value(column, r));
      }
      values.add(r % 5 * 0.1);
      values.add("text");
      rows.add(RowFactory.create(values.toArray()));
    }
    return SESSION.createDataFrame(rows, schema);
  }

  private static Object value(int column, int r) {
    double x = Math.scalb((r * 0x9E3779B97F4A7C15L) >> 20, r % 11 - 40); // any digits, both signs
    return switch (column) {
      case 0 -> (byte) (r * 37);
      case 1 -> (short) (r * 4099);
      case 2 -> r * 0x9E3779B1;
      case 3 -> r * 0x9E3779B97F4A7C15L;
      case 4 -> r % 500 == 1 ? Float.NaN : (float) x;
      case 5 -> r % 500 == 2 ? Double.NEGATIVE_INFINITY : x;
      case 6 -> BigDecimal.valueOf(r * 31 % 9_999_999, 2);
      case 7 -> BigDecimal.valueOf((r * 0x9E3779B97F4A7C15L) % 999_999_999_999_999_999L, 4);
      case 8 ->
          new BigDecimal("12345678901234567890.0123456789")
              .add(BigDecimal.valueOf(x * 1e6).setScale(10, java.math.RoundingMode.HALF_EVEN));
      case 9 -> new Double[] {x, r % 50 == 9 ? null : 1.0, 1e300 * (r % 3)};
      case 10 -> new Float[] {(float) x, 0.1f};
      case 11 ->
          r % 1000 < 500
              ? Vectors.dense(x, -x, 7)
              : Vectors.sparse(3, new int[] {1}, new double[] {x});
      case 12 -> org.apache.spark.mllib.linalg.Vectors.dense(x, 5);
      default -> throw new IllegalArgumentException();
    };
  }

  private static byte[] fit(Dataset<Row> data) {
    return FeatureStatistics.fit(data, Features.of(data, FeatureSelection.allNumeric())).toBytes();
  }

  private static List<Moments> moments(Dataset<Row> data) {
    return FeatureStatistics.fit(data, Features.of(data, FeatureSelection.allNumeric())).moments();
  }

  private static boolean readsBatches(Dataset<Row> data) {
    return ColumnScan.of(data).batches().isPresent();
  }

  /** One column of numbers in Parquet, 0 to 999, in two files. */
  private Dataset<Row> thousand() {
    String path = folder.resolve("thousand").toString();
    SESSION.range(0, 1000, 1, 2).selectExpr("cast(id as double) x", "id").write().parquet(path);
    return SESSION.read().parquet(path);
  }

  private static Dataset<Row> frame(String column, DataType type, Object... values) {
    return SESSION.createDataFrame(
        Arrays.stream(values).map(RowFactory::create).toList(), new StructType().add(column, type));
  }

  @Test
  void batchesOfParquetGiveTheBitsOfRowsForEveryType() {
    Dataset<Row> rows = everyType();
    String path = folder.resolve("every").toString();
    rows.repartition(3).write().parquet(path);
    Dataset<Row> files = SESSION.read().parquet(path);
    assertThat(readsBatches(files.drop("text"))).isTrue();
    assertThat(readsBatches(rows)).isFalse();
    assertThat(fit(files)).isEqualTo(fit(rows));
  }

  @Test
  void batchesOfOrcGiveTheBitsOfRowsForEveryTypeThatOrcKeeps() {
    Dataset<Row> rows =
        everyType().drop("plain_22", "nulls 22", "plain_24", "nulls 24"); // ORC forgets vectors
    String path = folder.resolve("every").toString();
    rows.repartition(3).write().orc(path);
    Dataset<Row> files = SESSION.read().orc(path);
    assertThat(readsBatches(files.drop("text"))).isTrue();
    assertThat(fit(files)).isEqualTo(fit(rows));
  }

  @Test
  void anyNumberOfPartitionsAndAnyOrderOfRowsGivesTheSameBits() {
    Dataset<Row> data = everyType();
    byte[] expected = fit(data.coalesce(1));
    for (int partitions : new int[] {2, 7, 32}) {
      assertThat(fit(data.repartition(partitions))).isEqualTo(expected);
    }
    assertThat(fit(data.orderBy(functions.rand(3)))).isEqualTo(expected);
  }

  @Test
  void theExactMomentsComeOut() {
    Moments moments = moments(thousand().select("x")).get(0);
    assertThat(moments.count()).isEqualTo(1000);
    assertThat(moments.mean()).isEqualTo(499.5);
    assertThat(moments.populationVariance()).isEqualTo((1000.0 * 1000 - 1) / 12);
  }

  @Test
  void filtersLimitsCastsAndExpressionsAboveFilesAreRespected() {
    Dataset<Row> data = thousand();
    assertThat(moments(data.where("x < 10")).get(0).count()).isEqualTo(10);
    assertThat(moments(data.limit(17)).get(0).count()).isEqualTo(17);
    assertThat(moments(data.selectExpr("cast(x + 1000 as int) y")).get(0).min()).isEqualTo(1000);
    assertThat(moments(data.select("id", "x"))).hasSize(2);
    assertThat(moments(data.sample(0.5, 1)).get(0).count()).isBetween(300L, 700L);
    assertThat(moments(data.distinct()).get(0).count()).isEqualTo(1000);
  }

  @Test
  void cachedDataAndViewsGiveTheSameBits() {
    Dataset<Row> data = thousand();
    byte[] expected = fit(data);
    data.createOrReplaceTempView("thousand");
    assertThat(fit(SESSION.sql("select * from thousand"))).isEqualTo(expected);
    data.cache();
    assertThat(fit(data)).isEqualTo(expected);
    data.unpersist();
  }

  @Test
  void partitionColumnsAreFeatures() {
    String path = folder.resolve("partitioned").toString();
    SESSION.range(0, 30).selectExpr("id", "id % 3 k").write().partitionBy("k").parquet(path);
    assertThat(moments(SESSION.read().parquet(path)).get(1).mean()).isEqualTo(1);
  }

  @Test
  void onlyFeatureColumnsAreRead() {
    QueryExecution query =
        FeatureStatistics.scan(
                thousand(),
                Features.of(
                        SESSION.read().parquet(folder.resolve("thousand").toString()),
                        FeatureSelection.named(List.of("x")))
                    .columns())
            .query();
    assertThat(query.executedPlan().toString()).contains("ReadSchema: struct<x:double>");
  }

  @Test
  void noRowsNoPartitionsAndASingleRowAreDefined() {
    StructType schema = new StructType().add("x", DataTypes.DoubleType);
    assertThat(moments(SESSION.createDataFrame(List.<Row>of(), schema)).get(0).count()).isZero();
    assertThat(moments(SESSION.emptyDataFrame().withColumn("x", functions.lit(1.0))).get(0).count())
        .isZero();
    assertThat(moments(thousand().where("x < 0").repartition(4)).get(0).count()).isZero();
    Moments single = moments(frame("x", DataTypes.DoubleType, 3.5)).get(0);
    assertThat(single.mean()).isEqualTo(3.5);
    assertThat(single.populationVariance()).isZero();
    assertThat(single.sampleVariance()).isNaN();
  }

  @Test
  void aFileWithoutRowsIsDefined() {
    String path = folder.resolve("empty").toString();
    thousand().where("x < 0").write().parquet(path);
    assertThat(moments(SESSION.read().parquet(path)).get(0).count()).isZero();
  }

  @Test
  void missingValuesAreCountedByKind() {
    Moments moments =
        moments(
                frame(
                    "x",
                    DataTypes.DoubleType,
                    1.0,
                    null,
                    Double.NaN,
                    Double.NaN,
                    Double.POSITIVE_INFINITY,
                    Double.NEGATIVE_INFINITY))
            .get(0);
    assertThat(moments.count()).isEqualTo(1);
    assertThat(moments.nullCount()).isEqualTo(1);
    assertThat(moments.nanCount()).isEqualTo(2);
    assertThat(moments.missing()).isEqualTo(5);
  }

  @Test
  void aNullVectorIsANullOfEachOfItsFeatures() {
    Dataset<Row> data =
        frame(
            "v",
            SQLDataTypes.VectorType(),
            Vectors.sparse(3, new int[] {2}, new double[] {6}),
            null,
            Vectors.dense(2, 0, 0));
    assertThat(moments(data)).extracting(Moments::nullCount).containsExactly(1L, 1L, 1L);
    assertThat(moments(data)).extracting(Moments::mean).containsExactly(1.0, 0.0, 3.0);
  }

  @Test
  void wideTablesAreReadInBatchesInOneScan() {
    wide(350);
  }

  @Test
  @Tag("full")
  void tenThousandColumnsAreReadInBatchesInOneScan() {
    wide(10_000);
  }

  private void wide(int columns) {
    StructType schema = new StructType();
    for (int c = 0; c < columns; c++) {
      schema = schema.add("c" + c, DataTypes.DoubleType);
    }
    List<Row> rows =
        IntStream.range(0, 5)
            .mapToObj(
                r ->
                    RowFactory.create(
                        IntStream.range(0, columns).mapToObj(c -> c + 0.1 * r).toArray()))
            .toList();
    Dataset<Row> data = SESSION.createDataFrame(rows, schema);
    String path = folder.resolve("wide").toString();
    data.coalesce(1).write().parquet(path);
    Dataset<Row> files = SESSION.read().parquet(path);
    assertThat(readsBatches(files)).isTrue();
    assertThat(readsBatches(files.where("c0 < 0"))).isFalse();
    Features features = Features.of(files, FeatureSelection.allNumeric());
    assertThat(groups(files, features)).hasSize(1);
    assertThat(groups(data, features)).hasSize(1);
    assertThat(fit(files)).isEqualTo(fit(data));
    assertThat(SESSION.conf().get("spark.sql.codegen.maxFields")).isEqualTo("100");
    files.cache();
    assertThat(readsBatches(files)).isTrue();
    assertThat(fit(files)).isEqualTo(fit(data));
    files.unpersist();
  }

  private static List<List<FeatureColumn>> groups(Dataset<Row> data, Features features) {
    List<FeatureColumn> columns = features.columns();
    return FeatureStatistics.groups(FeatureStatistics.scan(data, columns), columns);
  }

  @Test
  void blocksOfUnequalLengthAreRejected() {
    DataType type = DataTypes.createArrayType(DataTypes.DoubleType);
    Dataset<Row> data = frame("a b", type, new Double[] {1.0, 2.0}, new Double[] {3.0});
    String expected =
        "Column 'a b' holds blocks of 2 and of 1 features; all must have the same length.";
    assertThatThrownBy(() -> fit(data.coalesce(1)))
        .isInstanceOf(DataException.class)
        .hasMessage(expected);
    String path = folder.resolve("unequal").toString();
    data.coalesce(1).write().parquet(path);
    Dataset<Row> files = SESSION.read().parquet(path);
    assertThat(readsBatches(files)).isTrue();
    assertThatThrownBy(() -> fit(files)).isInstanceOf(DataException.class).hasMessage(expected);
  }

  @Test
  void aStreamIsRejected() {
    Dataset<Row> stream = SESSION.readStream().format("rate").load();
    Features features = Features.of(stream, FeatureSelection.allNumeric());
    assertThatThrownBy(() -> FeatureStatistics.fit(stream, features))
        .hasMessage("Statistics need data with an end, which a stream does not have.");
  }

  @Test
  void aFileThatWasDamagedAfterItsFooterWasReadIsASentence() throws Exception {
    Dataset<Row> data = thousand();
    Features features = Features.of(data, FeatureSelection.named(List.of("x")));
    for (java.io.File file : folder.resolve("thousand").toFile().listFiles()) {
      if (file.getName().endsWith(".parquet")) {
        Files.write(file.toPath(), "damaged".repeat(1000).getBytes(StandardCharsets.UTF_8));
      }
      Files.deleteIfExists(file.toPath().resolveSibling("." + file.getName() + ".crc"));
    }
    assertThatThrownBy(() -> FeatureStatistics.fit(data, features))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("thousand/part-")
        .hasMessageContaining("is not a Parquet file");
  }
}
