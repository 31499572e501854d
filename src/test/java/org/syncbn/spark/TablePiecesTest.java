package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.data.Block;
import org.syncbn.data.MissingRule;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.ShardData;
import org.syncbn.data.TableEncoding;
import org.syncbn.data.TableEncoding.Category;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.sums.TableSums;

/** Columnar batches and rows become the same numbers, which one pass sorts into their parts. */
class TablePiecesTest {

  private static final int ROWS = 3000;
  private static final long SEED = 11;
  private static final List<String> CLASSES = List.of("a", "b", "ü");
  private static final RowPartitioner PARTITIONER = new RowPartitioner(3, SEED, 0);

  /** With nulls, repeated rows, blocks, and columns that are read in another order. */
  private static final TableEncoding ENCODING =
      new TableEncoding(
          List.of("whole", "number", "block[0]", "block[1]"),
          MissingRule.INDICATOR,
          List.of(0.5, 0.25, 1.0, 2.0),
          List.of("number"),
          List.of(new Category("kind", false, List.of("x", "y"), true)));

  @TempDir private static Path folder;
  private static Dataset<Row> batches;
  private static Dataset<Row> rows;

  /** A table as it is stored. */
  private enum Stored {
    BATCHES,
    ROWS;

    Dataset<Row> table() {
      return this == BATCHES ? batches : rows;
    }
  }

  @BeforeAll
  static void write() {
    String place = folder.resolve("table").toString();
    LocalSpark.SESSION
        .range(0, ROWS, 1, 3)
        .selectExpr(
            "elt(1 + id % 3, 'a', 'b', 'ü') AS label",
            "if(id % 7 = 0, NULL, float(id % 701) / 3) AS number",
            "array(double(id % 13), double(-id)) AS block",
            "elt(1 + id % 4, 'x', 'y', 'z', NULL) AS kind",
            "decimal(id % 5) / 4 AS weight",
            "id % 97 AS whole")
        .write()
        .parquet(place);
    batches =
        DataReader.read(
                LocalSpark.SESSION,
                List.of(place),
                ReadOptions.of(FeatureSelection.allNumericExcept(List.of("weight"))))
            .rows();
    rows = batches.where("whole >= 0").repartition(5);
    assertThat(isColumnar(batches)).isTrue();
    assertThat(isColumnar(rows)).isFalse();
  }

  private static boolean isColumnar(Dataset<Row> data) {
    return ColumnScan.of(data).batches().isPresent();
  }

  @ParameterizedTest
  @EnumSource(Stored.class)
  void onePassFindsTheRowsOfTwoPartsThatFiltersFind(Stored stored) {
    Dataset<Row> table = stored.table();
    RowSplit split = split(table);
    JavaRDD<ShardData> pieces =
        blocks(table)
            .pieces(table, split, RowSplit.Part.TRAINING, Optional.of(RowSplit.Part.VALIDATION));
    List<ShardData> found =
        PARTITIONER.partition(
            all(pieces.map(ShardData::training)), all(pieces.map(ShardData::validation)));
    assertThat(found)
        .isEqualTo(
            PARTITIONER.partition(
                filtered(RowSplit.Part.TRAINING), filtered(RowSplit.Part.VALIDATION)));
    assertThat(found.stream().mapToInt(shard -> shard.validation().rows()).sum())
        .isBetween(300, 700); // 3000 * 0.8 * 0.2, repeated rows together
  }

  /** The rows of a part, filtered one by one before they are read. */
  private static Block filtered(RowSplit.Part part) {
    return all(blocks(rows).blocks(split(rows).rows(rows, part)));
  }

  @ParameterizedTest
  @EnumSource(Stored.class)
  void theSumsOfAPartAreThoseOfItsFilteredRows(Stored stored) {
    Dataset<Row> table = stored.table();
    Features numbers = Features.ofFeatures(rows, ENCODING.numbers());
    for (RowSplit.Part part : RowSplit.Part.values()) {
      TableSums expected = FeatureStatistics.fit(split(rows).rows(rows, part), numbers);
      assertThat(split(table).sums(table, part).toBytes()).isEqualTo(expected.toBytes());
      assertThat(expected.moments().get(1).missing()).isPositive();
    }
  }

  @Test
  void wideRowsComeInBlocksOfSomeMegabytes() {
    Dataset<Row> wide =
        LocalSpark.SESSION
            .range(0, 40, 1, 1)
            .selectExpr("id AS label", "transform(sequence(1, 100000), i -> double(i + id)) AS x");
    TableBlocks blocks =
        new TableBlocks(
            wide,
            TableEncoder.ofNumbers(
                Features.of(wide, FeatureSelection.named(List.of("x"))), Optional.empty()),
            List.of("label"),
            List.of(),
            List.of(),
            Optional.empty());
    List<Integer> rowsOfBlocks = blocks.blocks(wide).map(Block::rows).collect();
    assertThat(rowsOfBlocks).containsExactly(16, 16, 8);
  }

  private static RowSplit split(Dataset<Row> table) {
    return new RowSplit(table, ENCODING, SEED, 0.2, 0.2);
  }

  private static TableBlocks blocks(Dataset<Row> table) {
    return new TableBlocks(
        table,
        new TableEncoder(table, ENCODING, Optional.empty()),
        List.of("label"),
        CLASSES,
        List.of(),
        Optional.of("weight"));
  }

  private static Block all(JavaRDD<Block> blocks) {
    return Block.concatenate(blocks.collect());
  }
}
