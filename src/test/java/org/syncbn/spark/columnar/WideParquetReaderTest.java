package org.syncbn.spark.columnar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.SparkInternals;
import org.syncbn.spark.ColumnScan;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;

/** Files of more columns than one reader takes hold what was written. */
@SparkInternals
class WideParquetReaderTest {

  private static final int COLUMNS = 2 * WideParquetReader.COLUMNS + 100;
  private static final int ROWS = 60;

  /** In the last reader's columns; the second file lacks them. */
  private static final int LACKED = COLUMNS - 50;

  private static final List<DataType> TYPES =
      List.of(
          DataTypes.DoubleType,
          DataTypes.LongType,
          DataTypes.StringType,
          DataTypes.DateType,
          DataTypes.createDecimalType(20, 3));

  @TempDir private Path folder;

  @Test
  void batchesOfSeveralRowGroupsFilesAndFoldersHoldTheirRows() {
    write(COLUMNS, "day=1");
    write(LACKED, "day=2");

    Dataset<Row> read =
        DataReader.read(
                SESSION, List.of(folder.toString()), ReadOptions.of(FeatureSelection.allNumeric()))
            .rows();
    StructType schema = read.schema();
    assertThat(schema.fieldNames()).hasSize(COLUMNS + 1).endsWith("c" + (COLUMNS - 1), "day");
    List<String> found =
        ColumnScan.of(read)
            .batches()
            .orElseThrow()
            .flatMap(batch -> texts(batch.rowIterator(), schema))
            .collect();
    List<String> expected = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      expected.add(text(row, COLUMNS) + "|1");
      expected.add(text(row, LACKED) + "|".repeat(COLUMNS - LACKED) + "|2");
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static String text(int row, int columns) {
    return IntStream.range(0, columns)
        .mapToObj(column -> text(value(row, column)))
        .collect(Collectors.joining("|"));
  }

  private static Iterator<String> texts(Iterator<InternalRow> rows, StructType schema) {
    StructField[] fields = schema.fields();
    List<String> texts = new ArrayList<>();
    while (rows.hasNext()) {
      InternalRow row = rows.next();
      texts.add(
          IntStream.range(0, fields.length)
              .mapToObj(i -> text(row.isNullAt(i) ? null : row.get(i, fields[i].dataType())))
              .collect(Collectors.joining("|")));
    }
    return texts.iterator();
  }

  private static String text(Object value) {
    return value == null ? "" : value.toString();
  }

  /** One file of several row groups. */
  private void write(int columns, String name) {
    StructType schema =
        new StructType(
            IntStream.range(0, columns)
                .mapToObj(c -> DataTypes.createStructField("c" + c, type(c), true))
                .toArray(StructField[]::new));
    JavaRDD<InternalRow> rows =
        JavaSparkContext.fromSparkContext(SESSION.sparkContext())
            .parallelize(IntStream.range(0, ROWS).boxed().toList(), 1)
            .map(row -> new GenericInternalRow(values(row, columns)));
    ClassicDataset.ofRows(SESSION.emptyDataFrame(), rows, schema)
        .write()
        .option("parquet.block.size", 64 * 1024)
        .option("parquet.block.size.row.check.min", 10)
        .option("parquet.page.size.row.check.min", 10)
        .parquet(folder.resolve(name).toString());
  }

  private static DataType type(int column) {
    return TYPES.get(column % TYPES.size());
  }

  private static Object[] values(int row, int columns) {
    return IntStream.range(0, columns).mapToObj(column -> value(row, column)).toArray();
  }

  /** As Spark holds it. */
  private static Object value(int row, int column) {
    if ((row + column) % 7 == 0) {
      return null;
    }
    return switch (column % TYPES.size()) {
      case 0 -> column + 0.1 * row;
      case 1 -> (long) column * row;
      case 2 -> UTF8String.fromString(column + " of " + row);
      case 3 -> 20_000 + row + column; // days
      default -> Decimal.apply(BigDecimal.valueOf(1000L * row + column, 3), 20, 3);
    };
  }
}
