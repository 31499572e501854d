package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

/** Statistics of rows with weights, of groups of rows, and of their order. */
class GroupStatisticsTest {

  private static final StructType SCHEMA =
      new StructType()
          .add("shop", DataTypes.StringType)
          .add("open", DataTypes.BooleanType)
          .add("x", DataTypes.DoubleType)
          .add("v", SQLDataTypes.VectorType())
          .add("w", DataTypes.FloatType);

  private static final Dataset<Row> SHOPS =
      SESSION.createDataFrame(
          List.of(
              row("north", true, 1.0, 3, 2),
              row("south", null, 5.0, 4, 1),
              row("north", true, 2.0, 5, 1),
              row(null, false, Double.NaN, 6, 0.5),
              row("south", null, null, 7, 3),
              row(null, false, 1e300, 8, 0)),
          SCHEMA);

  private static Row row(String shop, Boolean open, Double x, double v, double weight) {
    return RowFactory.create(shop, open, x, Vectors.dense(v, 0), (float) weight);
  }

  private static Features features(Dataset<Row> data, String... names) {
    return Features.of(data, FeatureSelection.named(List.of(names)));
  }

  private static RowRoles weight(String column) {
    return new RowRoles(Optional.of(column), List.of());
  }

  private static RowRoles by(String... columns) {
    return new RowRoles(Optional.empty(), List.of(columns));
  }

  private static Group group(String... texts) {
    return Group.of(Arrays.asList(texts));
  }

  @Test
  void weightsCountRowsAndZeroLeavesThemOut() {
    GroupSums sums = GroupStatistics.fit(SHOPS, features(SHOPS, "x", "v"), weight("w"));
    assertThat(sums.groups().keySet()).containsExactly(Group.ALL);
    List<Moments> moments = sums.total().moments();
    assertThat(moments.get(0).mean()).isEqualTo((2 * 1.0 + 5 + 2) / 4);
    assertThat(moments.get(0).count()).isEqualTo(3);
    assertThat(moments.get(0).nullCount()).isOne();
    assertThat(moments.get(0).nanCount()).isOne();
    assertThat(moments.get(0).max()).isEqualTo(5);
    assertThat(moments.get(1).weight()).isEqualTo(2 + 1 + 1 + 0.5 + 3);
  }

  @Test
  void everyGroupHasItsOwnSumsAndNullIsAGroup() {
    Features features = features(SHOPS, "x", "v");
    GroupSums sums = GroupStatistics.fit(SHOPS, features, by("shop", "open"));
    assertThat(sums.groups().keySet())
        .containsExactly(group(null, "false"), group("north", "true"), group("south", null));
    assertThat(sums.group(group("north", "true")).moments().get(0).mean()).isEqualTo(1.5);
    assertThat(sums.group(group("south", null)).moments().get(0).nullCount()).isOne();
    assertThat(sums.group(group(null, "false")).moments().get(1).mean()).isEqualTo(7);
    assertThat(sums.total().toBytes()).isEqualTo(FeatureStatistics.fit(SHOPS, features).toBytes());
    assertThat(GroupStatistics.fit(SHOPS.repartition(5), features, by("shop", "open")).toBytes())
        .isEqualTo(sums.toBytes());
  }

  @Test
  void weightsAndGroupsGoTogether() {
    GroupSums sums =
        GroupStatistics.fit(
            SHOPS, features(SHOPS, "x"), new RowRoles(Optional.of("w"), List.of("shop")));
    assertThat(sums.group(group("north")).moments().get(0).mean()).isEqualTo(4.0 / 3);
    assertThat(sums.group(group((String) null)).moments().get(0).count()).isZero();
  }

  static Stream<Arguments> wrongWeights() {
    return Stream.of(
        Arguments.of(
            "cast(null as string)",
            "Column 'w' holds no weight in some row (null); give that row one, 0 leaves it out."),
        Arguments.of("'a'", "Column 'w' holds 'a', which is not a number; weights are numbers."),
        Arguments.of(
            "'-1'", "Column 'w' holds the weight -1.0; weights must be finite and at least 0."),
        Arguments.of(
            "cast('NaN' as float)",
            "Column 'w' holds the weight NaN; weights must be finite and at least 0."),
        Arguments.of("0.00", "All weights in column 'w' are 0, so no row counts."),
        Arguments.of("current_date()", "Column 'w' is date; weights are numbers."));
  }

  @ParameterizedTest
  @MethodSource("wrongWeights")
  void otherWeightsAreRejected(String weight, String sentence) {
    Dataset<Row> data = SESSION.range(3).selectExpr("cast(id as double) x", weight + " w");
    assertThatThrownBy(() -> GroupStatistics.fit(data, features(data, "x"), weight("w")))
        .isInstanceOf(DataException.class)
        .hasMessage(sentence);
  }

  @ParameterizedTest
  @CsvSource({
    "lower('TEXT'), text",
    "1Y, 1",
    "2S, 2",
    "3, 3",
    "4L, 4",
    "true, true",
    "date'2026-11-28', 2026-11-28"
  })
  void textsWholeNumbersBooleansAndDatesMakeGroups(String value, String text) {
    Dataset<Row> data = SESSION.range(2).selectExpr("id", value + " g");
    assertThat(GroupStatistics.fit(data, features(data, "id"), by("g")).groups().keySet())
        .containsExactly(group(text));
  }

  @Test
  void otherTypesAndTooManyGroupsAreRejected() {
    Dataset<Row> data =
        SESSION.range(0, 10_001, 1, 3).selectExpr("id", "cast(id as double) d", "id k");
    Features features = features(data, "d");
    assertThatThrownBy(() -> GroupStatistics.fit(data, features, by("d")))
        .hasMessage("Column 'd' is double; group by strings, integers, booleans or dates.");
    assertThatThrownBy(() -> GroupStatistics.fit(data, features, by("k")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "There are more than 10,000 groups of k, the most for so many features; group by"
                + " columns with fewer values.");
    assertThat(GroupStatistics.mostGroups(500)).isEqualTo(2000);
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4", "5", "1001"})
  void quartilesAreThoseOfSortedValues(int count) {
    Random random = new Random(count);
    double[][] columns = {
      random.doubles(count, -1e3, 1e3).toArray(),
      random.ints(count, -2, 3).asDoubleStream().toArray(),
      random.longs(count).mapToDouble(Double::longBitsToDouble).toArray(),
      random.doubles(count).map(x -> (x - 0.5) * 1e-310).toArray(),
      random.doubles(count).map(x -> Double.NaN).toArray()
    };
    StructType schema = new StructType();
    for (int c = 0; c < columns.length; c++) {
      schema = schema.add("c" + c, DataTypes.DoubleType);
    }
    List<Row> rows =
        IntStream.range(0, count)
            .mapToObj(
                r -> RowFactory.create(Arrays.stream(columns).map(c -> (Object) c[r]).toArray()))
            .toList();
    Dataset<Row> data = SESSION.createDataFrame(rows, schema).repartition(3);
    Features features = Features.of(data, FeatureSelection.allNumeric());
    List<Quartiles> found =
        FeatureQuartiles.fit(
                data, features, RowRoles.NONE, GroupStatistics.fit(data, features, RowRoles.NONE))
            .get(Group.ALL);
    for (int c = 0; c < columns.length; c++) {
      assertThat(found.get(c)).as("column %d", c).isEqualTo(quartiles(columns[c]));
    }
  }

  @Test
  void everyGroupHasItsOwnQuartiles() {
    Dataset<Row> data = SESSION.range(0, 300, 1, 4).selectExpr("id", "-id y", "id % 3 g");
    Features features = features(data, "id", "y");
    Map<Group, List<Quartiles>> found =
        FeatureQuartiles.fit(data, features, by("g"), GroupStatistics.fit(data, features, by("g")));
    for (int g = 0; g < 3; g++) {
      int rest = g;
      double[] values = IntStream.range(0, 100).mapToDouble(i -> 3 * i + rest).toArray();
      double[] negative = Arrays.stream(values).map(x -> -x).toArray();
      assertThat(found.get(group("" + g))).containsExactly(quartiles(values), quartiles(negative));
    }
  }

  @Test
  void manyFeaturesTakeMorePassesToTheSameQuartiles() {
    DataType type = DataTypes.createArrayType(DataTypes.DoubleType);
    Random random = new Random(5);
    double[][] rows =
        IntStream.range(0, 7)
            .mapToObj(r -> random.doubles(20_000).toArray())
            .toArray(double[][]::new);
    Dataset<Row> data =
        SESSION.createDataFrame(
            Arrays.stream(rows).map(row -> RowFactory.create((Object) row)).toList(),
            new StructType().add("a", type));
    Features features = features(data, "a");
    List<Quartiles> found =
        FeatureQuartiles.fit(
                data, features, RowRoles.NONE, GroupStatistics.fit(data, features, RowRoles.NONE))
            .get(Group.ALL);
    for (int f = 0; f < 20_000; f += 999) {
      int feature = f;
      assertThat(found.get(f))
          .isEqualTo(quartiles(Arrays.stream(rows).mapToDouble(row -> row[feature]).toArray()));
    }
  }

  private static Quartiles quartiles(double[] values) {
    double[] sorted =
        Arrays.stream(values).filter(Double::isFinite).map(x -> x + 0.0).sorted().toArray();
    return sorted.length == 0
        ? Quartiles.OF_NOTHING
        : new Quartiles(quartile(sorted, 1), quartile(sorted, 2), quartile(sorted, 3));
  }

  private static double quartile(double[] sorted, int quartile) {
    int below = (int) Quartiles.placeBelow(quartile, sorted.length);
    return Quartiles.between(
        quartile, sorted.length, sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]);
  }

  @Test
  void orderedBitsAreInTheOrderOfValues() {
    double[] ascending = {
      -Double.MAX_VALUE, -1, -Double.MIN_VALUE, 0, Double.MIN_VALUE, 1, Double.MAX_VALUE
    };
    for (int i = 0; i < ascending.length; i++) {
      long bits = FeatureQuartiles.ordered(ascending[i]);
      assertThat(FeatureQuartiles.value(bits)).isEqualTo(ascending[i]);
      if (i > 0) {
        assertThat(Long.compareUnsigned(FeatureQuartiles.ordered(ascending[i - 1]), bits))
            .isNegative();
      }
    }
  }
}
