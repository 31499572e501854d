package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.syncbn.data.Block;
import org.syncbn.data.MissingRule;
import org.syncbn.data.Schema;
import org.syncbn.data.TableEncoding;
import org.syncbn.data.TableEncoding.Category;
import org.syncbn.spark.RowSplit.Part;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.train.DataOptions;

/** The columns of tables become features, and rows become parts. */
class TableEncodingTest {

  private static final Dataset<Row> TABLE =
      SESSION
          .sql(
              """
              SELECT * FROM VALUES
                (1.5D, 'north', 3, 0), (CAST(NULL AS DOUBLE), 'south', 1, 1), (double('NaN'), NULL, 2, 2)
                AS t(price, shop, stars, y)
              """)
          .coalesce(1);

  private static final TableEncoding ENCODING =
      new TableEncoding(
          List.of("price"),
          MissingRule.INDICATOR,
          List.of(10.0),
          List.of("price"),
          List.of(
              new Category("shop", false, List.of("north", "west"), true),
              new Category("stars", true, List.of("1", "3"), false)));

  @Test
  void numbersComeFirstThenIndicatorsThenAFeatureForEachCategory() {
    assertThat(ENCODING.features())
        .containsExactly(
            "price", "price is missing", "shop=north", "shop=west", "shop=*", "stars=1", "stars=3");
    Block block = blocks(ENCODING).first();
    assertThat(row(block, 0)).containsExactly(1.5f, 0, 1, 0, 0, 0, 1);
    assertThat(row(block, 1)).containsExactly(10, 1, 0, 0, 1, 1, 0);
    assertThat(row(block, 2)).containsExactly(10, 1, 0, 0, 1, 0, 0);
  }

  @Test
  void rowsWithoutAllValuesCanBeLeftOut() {
    assertThat(blocks(ENCODING.with(MissingRule.SKIP)).first().rows()).isEqualTo(1);
  }

  @Test
  void aMissingValueIsOtherwiseASentence() {
    TableEncoding strict = TableEncoding.ofNumbers(List.of("price")).with(MissingRule.ERROR);
    assertThatThrownBy(() -> blocks(strict).collect())
        .rootCause()
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Column 'price' has a missing value; a network needs all: leave such rows out, replace"
                + " them, or set data.missing to mean, indicator or skip.");
    TableEncoding texts =
        new TableEncoding(
            List.of(),
            MissingRule.ERROR,
            List.of(),
            List.of(),
            List.of(new Category("shop", false, List.of("north"), false)));
    assertThatThrownBy(() -> blocks(texts).collect())
        .rootCause()
        .hasMessageStartingWith("Column 'shop' has a missing value");
  }

  @Test
  void textsAndFewWholeNumbersAreCategoriesAndIdentifiersAreLeftOut() {
    Dataset<Row> table =
        SESSION
            .range(0, 2000, 1, 3)
            .selectExpr(
                "id + 7 AS id",
                "concat('name ', id) AS name",
                "id % 4 AS quarter",
                "id % 2 AS flag",
                "id % 50 AS many",
                "id / 7 AS x",
                "IF(id < 3, 'rare', concat('c', id % 3)) AS kind",
                "concat('t', id % 1500) AS texts",
                "concat('r', id % 600) AS rare",
                "id % 2 = 0 AS even",
                "id AS y");
    TableSources found = sources(table, List.of());
    assertThat(found.encoding().numbers()).containsExactly("flag", "many", "x");
    assertThat(found.encoding().categories())
        .containsExactly(
            new Category("kind", false, List.of("c0", "c1", "c2"), true),
            new Category("even", false, List.of("false", "true"), false),
            new Category("quarter", true, List.of("0", "1", "2", "3"), false));
    assertThat(found.notes())
        .containsExactly(
            "Column 'name' is left out: more than half of its values are distinct, as those of"
                + " identifiers and free text are; name it in data.features to use it.",
            "Column 'texts' is left out: more than half of its values are distinct, as those of"
                + " identifiers and free text are; name it in data.features to use it.",
            "Column 'rare' is left out: none of its values occurs in 5 rows.",
            "Column 'id' is left out: its values are all distinct, as identifiers are; name it in"
                + " data.features to use it.");
    assertThat(sources(table.repartition(7), List.of())).isEqualTo(found);
    assertThat(sources(table, List.of("id", "x")).encoding().numbers()).containsExactly("id", "x");
  }

  @Test
  void categoriesAreThoseThatAreFrequentInTheTrainingRows() {
    Dataset<Row> table =
        SESSION
            .range(200)
            .selectExpr(
                "IF(id < 100, 'held out', concat('c', id % 3)) AS absent",
                "IF(id < 104, 'mostly held out', concat('c', id % 3)) AS rare",
                "IF(id < 100, 3, id % 3) AS number",
                "IF(id < 100, 'all', NULL) AS nothing",
                "id AS y");
    TableSources all = sources(table, List.of());
    assertThat(all.encoding().categories().get(0).values())
        .containsExactly("c0", "c1", "c2", "held out");
    TableSources found =
        all.ofTraining(
            table.where("y >= 100"),
            new RowSplit(table, all.encoding(), 0, 0, 0),
            FeatureSelection.allNumericExcept(List.of("y")),
            DataOptions.Categories.DEFAULTS);
    List<String> known = List.of("c0", "c1", "c2");
    assertThat(found.encoding().categories())
        .containsExactly(
            new Category("absent", false, known, false),
            new Category("rare", false, known, true),
            new Category("nothing", false, List.of("all"), true),
            new Category("number", true, List.of("0", "1", "2"), false));
    assertThat(found.notes()).isEqualTo(all.notes());
  }

  @Test
  void fewTextsMostOfWhichAreDistinctAreLeftOut() {
    Dataset<Row> table =
        SESSION
            .range(200)
            .selectExpr(
                "concat('t', IF(id < 100, 0, id)) AS most", // 101 of 200 are distinct
                "concat('t', IF(id < 101, 0, id)) AS half",
                "IF(id < 150, NULL, concat('t', id)) AS few", // of 50 rows
                "id % 2 AS x",
                "id AS y");
    assertThat(sources(table, List.of()).notes())
        .containsExactly(
            "Column 'most' is left out: more than half of its values are distinct, as those of"
                + " identifiers and free text are; name it in data.features to use it.",
            "Column 'few' is left out: none of its values occurs in 5 rows.");
  }

  @Test
  void manyTextsAreEmbedded() {
    Category category = manyTexts(List.of(), DataOptions.Categories.DEFAULTS);
    assertThat(category.values()).contains("t1731", "t250").doesNotContain("t10");
    assertThat(category)
        .isEqualTo(Category.embedded("text", category.values()))
        .extracting(Category::units, Category::width)
        .containsExactly(50, 1);
    Category most = manyTexts(List.of(), embedding(100));
    assertThat(most.values()).hasSize(100).contains("t1731", "t1730").doesNotContain("t250");
    assertThat(most.units()).isEqualTo((int) Math.round(1.6 * Math.pow(101, 0.56)));
    assertThat(manyTexts(List.of("text"), embedding(100)).values()).hasSize(100);
  }

  @Test
  void theMostFrequentOfManyTextsHaveFeaturesWhereNoneAreEmbedded() {
    Category category = manyTexts(List.of(), embedding(0));
    assertThat(category.others()).isTrue();
    assertThat(category.isEmbedded()).isFalse();
    assertThat(category.values()).hasSize(64).contains("t1731", "t1730").doesNotContain("t10");
    assertThat(manyTexts(List.of("text"), DataOptions.Categories.DEFAULTS)).isEqualTo(category);
  }

  private static DataOptions.Categories embedding(int most) {
    DataOptions.Categories usual = DataOptions.Categories.DEFAULTS;
    return new DataOptions.Categories(
        usual.numbersUpTo(), usual.most(), usual.fewestRows(), Optional.of(most));
  }

  /** What becomes of 1,732 texts, of which t0 is the rarest and t1731 the most frequent one. */
  private static Category manyTexts(List<String> named, DataOptions.Categories rules) {
    Dataset<Row> table =
        SESSION
            .range(30_000)
            .selectExpr("concat('t', cast(sqrt(id) * 10 AS int)) AS text", "id AS y");
    return sources(table, named, rules).encoding().categories().get(0);
  }

  @Test
  void anEmbeddedColumnIsTheLastFeature() {
    Category shop = Category.embedded("shop", List.of("south", "west"));
    TableEncoding encoding =
        new TableEncoding(
            List.of("price"),
            MissingRule.INDICATOR,
            List.of(10.0),
            List.of(),
            List.of(shop, new Category("stars", true, List.of("1", "3"), false)));
    assertThat(encoding.features()).containsExactly("price", "stars=1", "stars=3", "shop");
    assertThat(encoding.embedded()).containsExactly(new Schema.Embedded(3, 3));
    Block block = blocks(encoding).first();
    assertThat(row(block, 0)).as("an unknown shop").containsExactly(1.5f, 0, 1, 0);
    assertThat(row(block, 1)).containsExactly(10, 1, 0, 1);
    assertThat(row(block, 2)).as("no shop").containsExactly(10, 0, 0, 0);
  }

  @Test
  void countsOfValuesDoNotDependOnTheOrderOfMerging() {
    String[] values = {"a", "b", "a", null, "c"};
    ValueCounts all = new ValueCounts();
    ValueCounts[] each =
        Arrays.stream(values)
            .map(
                value -> {
                  ValueCounts one = new ValueCounts();
                  one.add(value);
                  all.add(value);
                  return one;
                })
            .toArray(ValueCounts[]::new);
    ValueCounts merged = new ValueCounts();
    for (int i = each.length - 1; i >= 0; i--) {
      ValueCounts read = ValueCounts.fromBytes(ValueCounts.toBytes(new ValueCounts[] {each[i]}))[0];
      merged = read.merge(merged);
    }
    assertThat(merged.counts()).isEqualTo(all.counts()).containsEntry("a", 2L);
    assertThat(merged.missing()).isEqualTo(1);
    assertThat(merged.hasRepetition()).isTrue();
    for (int i = 0; i < ValueCounts.MOST; i++) {
      merged.add("v" + i);
    }
    assertThat(merged.areMany()).isTrue();
  }

  @Test
  void rowsArePartedByTheirContentAlone() {
    Dataset<Row> table =
        SESSION
            .range(0, 5000, 1, 2)
            .selectExpr("id / 3 AS price", "concat('s', id % 7) AS shop", "1L AS stars", "id AS y");
    Set<Long> test = ids(table, Part.TEST);
    Set<Long> validation = ids(table, Part.VALIDATION);
    Set<Long> training = ids(table, Part.TRAINING);
    // 4 standard deviations of a binomial
    assertThat(test.size()).isBetween(1000 - 113, 1000 + 113);
    assertThat(validation.size()).isBetween(400 - 77, 400 + 77);
    assertThat(training.size() + validation.size() + test.size()).isEqualTo(5000);
    Dataset<Row> other =
        table
            .repartition(5)
            .selectExpr("y", "cast(stars AS double) AS stars", "shop", "float(price) AS price");
    assertThat(ids(other, Part.TEST)).isEqualTo(test);
    assertThat(ids(other, Part.VALIDATION)).isEqualTo(validation);
  }

  @Test
  void rowsThatAgreeInWhatTheNetworkReadsAreInOnePart() {
    Dataset<Row> equal =
        SESSION.range(100).selectExpr("-0.0D AS price", "'s' AS shop", "2 AS stars", "id AS y");
    assertThat(List.of(ids(equal, Part.TRAINING), ids(equal, Part.TEST)))
        .extracting(Set::size)
        .contains(100);
  }

  private static Set<Long> ids(Dataset<Row> table, Part part) {
    RowSplit split = new RowSplit(table, ENCODING, 3, 0.2, 0.1);
    Set<Long> ids = new TreeSet<>();
    split.rows(table, part).select("y").collectAsList().forEach(row -> ids.add(row.getLong(0)));
    return ids;
  }

  private static TableSources sources(Dataset<Row> table, List<String> named) {
    return sources(table, named, DataOptions.Categories.DEFAULTS);
  }

  private static TableSources sources(
      Dataset<Row> table, List<String> named, DataOptions.Categories rules) {
    return TableSources.of(
        table,
        named.isEmpty()
            ? FeatureSelection.allNumericExcept(List.of("y"))
            : FeatureSelection.named(named),
        rules,
        MissingRule.ERROR);
  }

  private static JavaRDD<Block> blocks(TableEncoding encoding) {
    TableEncoder encoder = new TableEncoder(TABLE, encoding, Optional.empty());
    Dataset<Row> complete = encoder.complete(TABLE);
    return new TableBlocks(complete, encoder, List.of("y"), List.of(), List.of(), Optional.empty())
        .blocks(complete);
  }

  private static float[] row(Block block, int row) {
    float[] values = new float[block.features()];
    for (int i = 0; i < values.length; i++) {
      values[i] = block.feature(row, i);
    }
    return values;
  }
}
