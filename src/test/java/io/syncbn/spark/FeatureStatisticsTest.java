package io.syncbn.spark;

import static io.syncbn.spark.LocalSpark.SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureStatisticsTest {

  private static final int ROWS = 10_000;

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
      case 4 -> r % 1000 == 1 ? Float.NaN : (float) x;
      case 5 -> r % 1000 == 2 ? Double.NEGATIVE_INFINITY : x;
      case 6 -> BigDecimal.valueOf(r * 31 % 9_999_999, 2);
      case 7 -> BigDecimal.valueOf((r * 0x9E3779B97F4A7C15L) % 999_999_999_999_999_999L, 4);
      case 8 ->
          new BigDecimal("12345678901234567890.0123456789")
              .add(BigDecimal.valueOf(x * 1e6).setScale(10, java.math.RoundingMode.HALF_EVEN));
      case 9 -> new Double[] {x, r % 50 == 9 ? null : 1.0, 1e300 * (r % 3)};
      case 10 -> new Float[] {(float) x, 0.1f};
      case 11 ->
          r % 4000 < 2000
              ? Vectors.dense(x, -x, 7)
              : Vectors.sparse(3, new int[] {1}, new double[] {x});
      case 12 -> org.apache.spark.mllib.linalg.Vectors.dense(x, 5);
      default -> throw new IllegalArgumentException();
    };
  }

  private static byte[] fit(Dataset<Row> data) {
    return FeatureStatistics.fit(data, Features.of(data, FeatureSelection.allNumeric())).toBytes();
  }

  private static boolean isColumnar(Dataset<Row> data) {
    return Features.classic(data)
        .queryExecution()
        .executedPlan()
        .collect(
            new scala.runtime.AbstractPartialFunction<
                org.apache.spark.sql.execution.SparkPlan, Object>() {
              @Override
              public boolean isDefinedAt(org.apache.spark.sql.execution.SparkPlan plan) {
                return plan instanceof ColumnarToRowExec;
              }

              @Override
              public Object apply(org.apache.spark.sql.execution.SparkPlan plan) {
                return plan;
              }
            })
        .nonEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "orc"})
  void columnarBatchesGiveTheBitsOfRowsForEveryType(String format) {
    Dataset<Row> rows = everyType();
    String path = folder.resolve("data." + format).toString();
    rows.repartition(3).write().format(format).save(path);
    Dataset<Row> files = SESSION.read().format(format).load(path);
    assertThat(isColumnar(files)).isTrue();
    assertThat(fit(files)).isEqualTo(fit(rows));
  }
}
