package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.util.List;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;

class FeaturesTest {

  private static final Dataset<Row> DATA =
      SESSION.sql(
          "select 1 as id, 2.5D as `a.b`, 'x' as text, array(1D, 2D) as block, true as flag, 3.5BD"
              + " as d");

  private static Features of(Dataset<Row> data, String... names) {
    return Features.of(data, FeatureSelection.named(List.of(names)));
  }

  @Test
  void allNumericColumnsAreTakenInTheOrderOfTheData() {
    Features features = Features.of(DATA, FeatureSelection.allNumeric());
    assertThat(features.names()).containsExactly("id", "a.b", "block[0]", "block[1]", "d");
    assertThat(features.size()).isEqualTo(5);
  }

  @Test
  void columnsAreLeftOut() {
    assertThat(Features.of(DATA, FeatureSelection.allNumericExcept(List.of("id", "text"))).names())
        .containsExactly("a.b", "block[0]", "block[1]", "d");
  }

  @Test
  void namesAreLiteralAndTheOrderIsThatOfTheData() {
    assertThat(of(DATA, "d", "a.b").names()).containsExactly("a.b", "d");
    assertThat(of(SESSION.sql("select 1 as `a``b`, 2 as `c d`"), "a`b", "c d").size()).isEqualTo(2);
  }

  @Test
  void anUnknownColumnIsRejectedWithTheNearest() {
    assertThatThrownBy(() -> of(DATA, "blok"))
        .isInstanceOf(DataException.class)
        .hasMessage("There is no column 'blok'; did you mean 'block'?");
    assertThatThrownBy(() -> of(DATA, "temperature"))
        .hasMessage("There is no column 'temperature'; there are id, a.b, text, block, flag, d.");
    assertThatThrownBy(
            () -> Features.of(DATA, FeatureSelection.allNumericExcept(List.of("labl", "idd"))))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("There is no column 'labl'");
  }

  @Test
  void aTextColumnIsRejected() {
    assertThatThrownBy(() -> of(DATA, "text"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Column 'text' is string, not a number;");
  }

  @Test
  void dataWithoutANumericColumnAreRejected() {
    assertThatThrownBy(() -> Features.of(DATA.select("text"), FeatureSelection.allNumeric()))
        .isInstanceOf(DataException.class)
        .hasMessage("There is no numeric column among text.");
    assertThatThrownBy(
            () ->
                Features.of(
                    DATA.select("id", "text"), FeatureSelection.allNumericExcept(List.of("id"))))
        .hasMessage("There is no numeric column left among id, text.");
  }

  @Test
  void twoFeaturesOfOneNameAreRejected() {
    Dataset<Row> data = SESSION.sql("select 1 as a, 2 as a, 3 as b");
    assertThat(of(data, "b").names()).containsExactly("b");
    assertThatThrownBy(() -> of(data, "a"))
        .hasMessage("2 columns have the name 'a'; rename all but one.");
    assertThatThrownBy(() -> Features.of(data, FeatureSelection.allNumeric()))
        .isInstanceOf(DataException.class)
        .hasMessage("Two features have the name 'a'; rename one.");
  }

  @Test
  void theWidthOfABlockComesFromItsAttributesOrItsFirstValue() {
    Dataset<Row> assembled =
        new VectorAssembler()
            .setInputCols(new String[] {"id", "d"})
            .setOutputCol("v")
            .transform(SESSION.sql("select 1 as id, 3.5D as d"));
    assertThat(of(assembled.where("id > 1"), "v").names()).containsExactly("v[0]", "v[1]");
    Dataset<Row> late = SESSION.sql("select * from values (null), (array(1F, 2F, 3F)) as t(f)");
    assertThat(of(late, "f").size()).isEqualTo(3);
    assertThatThrownBy(() -> of(late.where("f is null"), "f"))
        .hasMessage("Column 'f' holds no array<float>, so the length of its blocks is unknown.");
    assertThatThrownBy(() -> of(SESSION.sql("select cast(array() as array<double>) as e"), "e"))
        .hasMessage("Column 'e' cannot hold 0 features.");
  }

  @Test
  void savedNamesOfFeaturesFindTheirColumnsWithoutAJob() {
    Dataset<Row> data = SESSION.sql("select 0 as x, array(1D, 2D) as v, 2 as `w[1]`, 'a' as text");
    assertThat(Features.ofFeatures(data, List.of("v[0]", "v[1]", "w[1]")).columns())
        .containsExactlyElementsOf(of(data, "v", "w[1]").columns());
  }

  @Test
  void columnsMayStandInAnotherOrderThanTheirSavedNames() {
    Dataset<Row> data = SESSION.sql("select 0 as x, array(1D, 2D) as v, 2 as `w[1]`, 'a' as text");
    List<String> names = List.of("w[1]", "v[0]", "v[1]", "x");
    Features features = Features.ofFeatures(data, names);
    assertThat(features.names()).isEqualTo(names);
    assertThat(features.columns()).extracting(FeatureColumn::ordinal).containsExactly(2, 1, 0);
  }

  @Test
  void savedNamesOfOtherDataAreRejected() {
    assertThatThrownBy(() -> Features.ofFeatures(DATA, List.of("idx")))
        .isInstanceOf(DataException.class)
        .hasMessage("There is no column 'idx'; did you mean 'id'?");
    for (List<String> names : List.of(List.of("block[1]"), List.of("id", "block"))) {
      assertThatThrownBy(() -> Features.ofFeatures(DATA, names))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "Feature '%s' has another position in its column, or another length.",
              names.get(names.size() - 1));
    }
    assertThatThrownBy(() -> Features.ofFeatures(DATA, List.of("text")))
        .hasMessageStartingWith("Column 'text' is string, not a number;");
  }
}
