package org.syncbn.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataException;
import scala.jdk.javaapi.CollectionConverters;

class NormalizerTest {

  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("shop", DataTypes.StringType)
          .add("price", DataTypes.DoubleType)
          .add("amount", DataTypes.DoubleType)
          .add("rate", DataTypes.DoubleType);

  /** Of a price near 1e9 a sum of squares in doubles would keep no digit of the variance. */
  private static Dataset<Row> sales(Row... rows) {
    return SESSION.createDataFrame(List.of(rows), SCHEMA);
  }

  private static Row sale(long id, String shop, Double price, double amount) {
    return RowFactory.create(id, shop, price, amount, 2.0);
  }

  private static final Dataset<Row> SALES =
      sales(
          sale(1, "north", 1e9 + 1, 10),
          sale(2, "north", 1e9 + 3, 30),
          sale(3, "south", 1e9 + 5, 10),
          sale(4, "south", 1e9 + 7, 50));

  private static List<Double> values(Dataset<Row> rows, String column) {
    return rows.orderBy("id").select(column).collectAsList().stream()
        .map(row -> row.isNullAt(0) ? null : row.getDouble(0))
        .toList();
  }

  @Test
  void aFitAndATransformAreTwoLines() {
    FittedNormalizer fitted = Normalizer.batchNorm().withoutColumns("id").fit(SALES);
    Dataset<Row> normalized = fitted.transform(SALES);

    double deviation = Math.sqrt(5 + 1e-5); // of 1, 3, 5, 7
    assertThat(values(normalized, "price"))
        .containsExactly(-3 / deviation, -1 / deviation, 1 / deviation, 3 / deviation);
    assertThat(normalized.columns()).isEqualTo(SALES.columns());
    assertThat(values(normalized, "rate")).containsOnly(0.0);
  }

  @Test
  void statisticsAreThoseOfTheFileOfTheJob(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("statistics.json");
    FittedNormalizer fitted =
        Normalizer.of(Kind.MIN_MAX.method().withRange(-1, 1)).withColumns("price").fit(SALES);
    Files.writeString(file, fitted.statistics().json());

    SavedStatistics saved = SavedStatistics.parse(Files.readString(file), file.toString());
    NormalizationMethod method = NormalizationMethod.of(saved.method().orElseThrow()).orElseThrow();
    FittedNormalizer again = Normalizer.of(method).with(saved);

    assertThat(again.statistics().json()).isEqualTo(fitted.statistics().json());
    assertThat(values(again.transform(SALES), "price"))
        .isEqualTo(values(fitted.transform(SALES), "price"));
    assertThat(values(again.transform(SALES), "price")).startsWith(-1.0).endsWith(1.0);
  }

  @Test
  void statisticsOfPartsMergeToThoseOfTheWhole() {
    Normalizer wanted = Normalizer.batchNorm().withColumns("price", "amount");
    FittedNormalizer north = wanted.fit(SALES.where("shop = 'north'"));
    FittedNormalizer south = wanted.fit(SALES.where("shop = 'south'"));
    FittedNormalizer none = wanted.fit(SALES.where("shop = 'west'"));

    assertThat(
            none.mergedWith(south.statistics()).mergedWith(north.statistics()).statistics().json())
        .isEqualTo(wanted.fit(SALES).statistics().json());
  }

  @Test
  void eachGroupHasItsOwnStatistics() {
    FittedNormalizer fitted =
        Normalizer.of(Kind.BATCH_NORM.method().withEps(0))
            .withColumns("price")
            .by("shop")
            .with(UnseenGroups.GLOBAL)
            .fit(SALES);

    assertThat(values(fitted.transform(SALES), "price")).containsExactly(-1.0, 1.0, -1.0, 1.0);
    // The mean of all is 1e9 + 4, and their variance 5.
    assertThat(values(fitted.transform(sales(sale(5, "west", 1e9 + 4, 0))), "price"))
        .containsExactly(0.0);
  }

  @Test
  void weightsCountRowsSeveralTimes() {
    FittedNormalizer weighted =
        Normalizer.batchNorm().withColumns("price").withWeight("amount").fit(SALES);

    // (10 * 1 + 30 * 3 + 10 * 5 + 50 * 7) / 100
    assertThat(weighted.statistics().moments().get(0).mean()).isEqualTo(1e9 + 5);
    assertThat(
            Normalizer.batchNorm()
                .withoutColumns("id")
                .withWeight("amount")
                .features(SALES)
                .names())
        .containsExactly("price", "rate");
  }

  @Test
  void normalizedRowsGoBackAndAreVerified() {
    FittedNormalizer fitted = Normalizer.batchNorm().withColumns("price", "amount").fit(SALES);
    Dataset<Row> normalized = fitted.transform(SALES);

    assertThat(values(fitted.inverse().transform(normalized), "amount"))
        .containsExactly(10.0, 30.0, 10.0, 50.0);
    fitted.verify(SALES, normalized).requireAsExpected();
    assertThatThrownBy(() -> fitted.verify(SALES, SALES).requireAsExpected())
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "The verification failed for 2 of 2 features; 'price': its mean is");
  }

  @Test
  void missingValuesAreAnErrorUnlessSaidOtherwise() {
    Dataset<Row> gaps = SALES.union(sales(sale(5, "north", null, 10)));
    Normalizer wanted = Normalizer.batchNorm().withColumns("price");

    assertThatThrownBy(() -> wanted.fit(gaps))
        .isInstanceOf(DataException.class)
        .hasMessage(DataException.missingValues("price (1)").getMessage());
    assertThat(wanted.with(MissingValues.SKIP).fit(gaps).missing()).containsExactly("price (1)");
    assertThat(values(wanted.with(MissingValues.MEAN).fit(gaps).transform(gaps), "price"))
        .endsWith(0.0);
    assertThat(values(wanted.with(MissingValues.SKIP).fit(gaps).transform(gaps), "price"))
        .endsWith((Double) null);
  }

  @Test
  void columnsWithoutSpreadAreTreatedAsAsked() {
    Normalizer wanted = Normalizer.batchNorm().withColumns("rate");

    assertThat(values(wanted.with(ConstantColumns.KEEP).fit(SALES).transform(SALES), "rate"))
        .containsOnly(2.0);
    assertThatThrownBy(() -> wanted.with(ConstantColumns.ERROR).fit(SALES).transform(SALES))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("There is no spread in 'rate'");
  }

  @Test
  void robustStatisticsHoldQuartiles() {
    Normalizer robust = Normalizer.of(Kind.ROBUST.method()).withColumns("price");
    // Quartiles of 1, 3, 5, 7: 2.5, 4, 5.5.
    assertThat(values(robust.fit(SALES).transform(SALES), "price"))
        .containsExactly(-1.0, -1.0 / 3, 1.0 / 3, 1.0);
    SavedStatistics without = Normalizer.batchNorm().withColumns("price").fit(SALES).statistics();
    assertThatThrownBy(() -> robust.with(without).transform(SALES))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("The statistics hold no quartiles");
  }

  @Test
  void aColumnIsAFeatureOrAWeight() {
    assertThatThrownBy(
            () -> Normalizer.batchNorm().withColumns("price").withWeight("price").fit(SALES))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Column 'price' is a weight or makes groups, so it cannot be normalized; leave it out"
                + " of the columns to normalize.");
  }

  @Test
  void nothingIsSetOnTheSessionOfTheCaller() {
    Map<String, String> before = settings();
    SALES.createOrReplaceTempView("sales_of_the_caller");
    Dataset<Row> view = SESSION.sql("SELECT id, price * 2 AS price FROM sales_of_the_caller");

    Normalizer.minMax().withColumns("price").fit(view).transform(view).count();

    assertThat(settings()).isEqualTo(before);
    SESSION.catalog().dropTempView("sales_of_the_caller");
  }

  private static Map<String, String> settings() {
    return new TreeMap<>(CollectionConverters.asJava(SESSION.conf().getAll()));
  }

  @Test
  void methodsKnowWhatTheyHave() {
    assertThat(Arrays.stream(Kind.values()).filter(Kind::hasEps))
        .containsExactly(Kind.BATCH_NORM, Kind.UNIT_VARIANCE);
    assertThatThrownBy(() -> Kind.MAX_ABS.method().withEps(1))
        .hasMessage("max-abs has no eps and no range.");
    assertThatThrownBy(() -> Kind.MIN_MAX.method().withRange(1, 1))
        .hasMessageContaining("must be below the upper end");
    for (Kind kind : Kind.values()) {
      kind.method()
          .saved(ConstantColumns.ZERO)
          .ifPresent(saved -> assertThat(NormalizationMethod.of(saved)).contains(kind.method()));
    }
  }
}
