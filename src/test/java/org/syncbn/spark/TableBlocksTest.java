package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.data.Block;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;

/** Tables become blocks of numbers, or a sentence. */
class TableBlocksTest {

  private static final StructType TABLE =
      new StructType()
          .add("a", DataTypes.DoubleType)
          .add("species", DataTypes.StringType)
          .add("v", SQLDataTypes.VectorType())
          .add("n", DataTypes.IntegerType);

  @Test
  void aTableBecomesBlocksWithItsClasses() {
    Dataset<Row> table =
        table(
            RowFactory.create(1.5, "rose", Vectors.dense(2, 3), 4),
            RowFactory.create(-1.0, "lily", Vectors.sparse(2, new int[] {1}, new double[] {7}), 5));
    List<String> classes = LabelValues.of(table, "species").names();
    assertThat(classes).containsExactly("lily", "rose");
    TableBlocks blocks = blocks(table, classes);
    assertThat(blocks.schema().features()).containsExactly("a", "v[0]", "v[1]");
    assertThat(blocks.blocks(table).collect())
        .containsExactly(
            Block.ofFloats(
                2, new float[] {1.5f, 2, 3, -1, 0, 7}, new float[] {1, 0}, new float[] {4, 5}));
  }

  /** Of more rows than are read at a time, of rows and of batches. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sparseVectorsHaveZerosWhereTheyStoreNone(boolean inBatches, @TempDir Path folder) {
    int width = 3_000;
    List<Row> rows = new ArrayList<>();
    float[] expected = new float[50 * (1 + width)];
    for (int row = 0; row < 50; row++) {
      int place = row * 61 % width;
      double[] values = {row, -1};
      Vector sparse = Vectors.sparse(width, new int[] {place, width - 1}, values);
      rows.add(RowFactory.create(0.5, "rose", row % 7 == 0 ? sparse.toDense() : sparse, 1));
      expected[row * (1 + width)] = 0.5f;
      expected[row * (1 + width) + 1 + place] = row;
      expected[(row + 1) * (1 + width) - 1] = -1;
    }
    Dataset<Row> table = table(rows.toArray(Row[]::new));
    if (inBatches) {
      table.write().parquet(folder.resolve("sparse").toString());
      table = LocalSpark.SESSION.read().parquet(folder.resolve("sparse").toString());
    }
    Block block = blocks(table, List.of("rose")).blocks(table).collect().get(0);
    assertThat(block).isEqualTo(Block.ofFloats(50, expected, new float[50], filled(50, 1)));
  }

  private static float[] filled(int length, float value) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return values;
  }

  @Test
  void aTableWithAMissingOrInfiniteValueIsRejected() {
    Dataset<Row> missing = table(RowFactory.create(null, "rose", Vectors.dense(2, 3), 4));
    Dataset<Row> infinite = table(RowFactory.create(1 / 0.0, "rose", Vectors.dense(2, 3), 4));
    Dataset<Row> foreign = table(RowFactory.create(1.0, "tulip", Vectors.dense(2, 3), 4));
    List<String> classes = List.of("rose");
    assertThatThrownBy(() -> blocks(missing, classes).blocks(missing).collect())
        .rootCause()
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Column 'a' has a missing value");
    assertThatThrownBy(() -> blocks(infinite, classes).blocks(infinite).collect())
        .rootCause()
        .hasMessageStartingWith("Column 'a' has the value Infinity");
    assertThatThrownBy(() -> blocks(foreign, classes).blocks(foreign).collect())
        .rootCause()
        .hasMessage("Column 'species' has the label 'tulip', which is none of [rose].");
    Dataset<Row> unlabelled = table(RowFactory.create(1.0, null, Vectors.dense(2, 3), 4));
    assertThatThrownBy(() -> blocks(unlabelled, classes).blocks(unlabelled).collect())
        .rootCause()
        .hasMessage("Column 'species' has a row without a label; leave such rows out.");
    assertThatThrownBy(() -> blocks(foreign, List.of()).blocks(foreign).collect())
        .rootCause()
        .hasMessage("Column 'species' has the value 'tulip', which is not a number.");
  }

  @Test
  void aWeightThatIsMissingOrNegativeIsRejected() {
    Dataset<Row> missing = table(RowFactory.create(1.0, "rose", Vectors.dense(2, 3), null));
    Dataset<Row> negative = table(RowFactory.create(1.0, "rose", Vectors.dense(2, 3), -4));
    List<String> classes = List.of("rose");
    assertThatThrownBy(() -> blocks(missing, classes).blocks(missing).collect())
        .rootCause()
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Column 'n' has a missing value");
    assertThatThrownBy(() -> blocks(negative, classes).blocks(negative).collect())
        .rootCause()
        .isInstanceOf(DataException.class)
        .hasMessage("Column 'n' has the value -4; row weights must be at least 0.");
  }

  private static TableBlocks blocks(Dataset<Row> table, List<String> classes) {
    return new TableBlocks(
        table,
        TableEncoder.ofNumbers(
            Features.of(table, FeatureSelection.named(List.of("a", "v"))), Optional.empty()),
        List.of("species"),
        classes,
        List.of(),
        Optional.of("n"));
  }

  private static Dataset<Row> table(Row... rows) {
    return LocalSpark.SESSION.createDataFrame(List.of(rows), TABLE).coalesce(1);
  }
}
