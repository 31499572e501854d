package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.syncbn.SparkInternals;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;

@SparkInternals
class GroupTransformTest {

  private static final List<String> BY = List.of("shop", "day");

  private static final StructType SCHEMA =
      new StructType()
          .add("shop", DataTypes.StringType)
          .add("day", DataTypes.IntegerType)
          .add("x", DataTypes.IntegerType)
          .add("f", DataTypes.FloatType)
          .add("v", SQLDataTypes.VectorType())
          .add("a", DataTypes.createArrayType(DataTypes.DoubleType));

  private static Row row(String shop, Integer day, Integer x, double other) {
    return RowFactory.create(
        shop,
        day,
        x,
        (float) other,
        Vectors.sparse(3, new int[] {1}, new double[] {other}),
        new double[] {other, 2 * other});
  }

  private static final Dataset<Row> DATA =
      SESSION.createDataFrame(
          List.of(
              row("a", 1, 1, 2), row("a", 1, 3, 6), row("a", null, 10, 20), row("a", null, 50, 60)),
          SCHEMA);

  private static final Features FEATURES =
      Features.of(DATA, FeatureSelection.named(List.of("x", "f", "v", "a")));

  private static GroupScalings minMax(UnseenGroups unseen) {
    GroupSums sums = GroupStatistics.fit(DATA, FEATURES, new RowRoles(Optional.empty(), BY));
    TreeMap<Group, FeatureScaling> ofGroups = new TreeMap<>();
    sums.groups()
        .forEach(
            (group, table) ->
                ofGroups.put(
                    group, FeatureScaling.minMax(FEATURES.names(), table.moments(), 0, 1)));
    return new GroupScalings(
        ofGroups, unseen, FeatureScaling.minMax(FEATURES.names(), sums.total().moments(), 0, 1));
  }

  private static List<Row> normalized(
      Dataset<Row> data, UnseenGroups unseen, MissingValues missing) {
    return GroupTransform.normalize(data, FEATURES, BY, minMax(unseen), missing).collectAsList();
  }

  @Test
  void everyRowIsNormalizedByItsOwnGroup() {
    List<Row> rows = normalized(DATA, UnseenGroups.ERROR, MissingValues.ERROR);
    for (int r = 0; r < 4; r++) {
      double expected = r % 2;
      Row row = rows.get(r);
      assertThat(row.getString(0)).isEqualTo("a");
      assertThat(row.getDouble(2)).isEqualTo(expected);
      assertThat(row.getFloat(3)).isEqualTo((float) expected);
      assertThat(((Vector) row.get(4)).toArray()).containsExactly(0, expected, 0);
      assertThat(row.<Double>getList(5)).containsExactly(expected, expected);
    }
  }

  @Test
  void unseenGroupsFollowThePolicy() {
    Dataset<Row> unseen =
        SESSION.createDataFrame(List.of(row("b", 1, 50, 60), row("b", 1, null, 7)), SCHEMA);
    assertThatThrownBy(() -> normalized(unseen, UnseenGroups.ERROR, MissingValues.MEAN))
        .satisfies(
            failure ->
                assertThat(DataException.of((Exception) failure))
                    .hasMessage(
                        "There are no statistics of the group 'b', '1' of shop, day; skip such"
                            + " rows, or normalize them with the statistics of all groups."));
    List<Row> skipped = normalized(unseen, UnseenGroups.SKIP, MissingValues.MEAN);
    assertThat(skipped.get(0).getDouble(2)).isEqualTo(50);
    assertThat(((Vector) skipped.get(0).get(4)).toArray()).containsExactly(0, 60, 0);
    assertThat(skipped.get(1).isNullAt(2)).isTrue();
    List<Row> global = normalized(unseen, UnseenGroups.GLOBAL, MissingValues.MEAN);
    assertThat(global.get(0).getDouble(2)).isEqualTo(1);
    // The mean of 1, 3, 10 and 50 among 1 to 50.
    assertThat(global.get(1).getDouble(2)).isEqualTo((16.0 - 1) / 49);
  }

  @Test
  void sparseVectorsStaySparseWhereZeroStaysZero() {
    Features vector = Features.of(DATA, FeatureSelection.named(List.of("v")));
    FeatureScaling maxAbs =
        FeatureScaling.maxAbs(vector.names(), FeatureStatistics.fit(DATA, vector).moments());
    Vector first =
        (Vector)
            FeatureTransform.normalize(DATA, vector, maxAbs, MissingValues.ERROR).first().get(4);
    assertThat(first).isEqualTo(Vectors.sparse(3, new int[] {1}, new double[] {2.0 / 60}));
    assertThat(first).isInstanceOf(SparseVector.class);
    FeatureScaling unit =
        FeatureScaling.unitVariance(
            vector.names(), FeatureStatistics.fit(DATA, vector).moments(), 0);
    assertThat(
            FeatureTransform.normalize(DATA, vector, unit.inverse(), MissingValues.MEAN)
                .first()
                .get(4))
        .isInstanceOf(SparseVector.class);
  }
}
