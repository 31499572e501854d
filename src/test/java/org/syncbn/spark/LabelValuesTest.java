package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.spark.files.DataException;

/** The values of a label column, in their order. */
class LabelValuesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "10, 2, -1, 2; -1,2,10",
        "CAST(0.5 AS DOUBLE), 3.0D, -0.0D, 0.0D; 0,0.5,3",
        "CAST(0.1 AS FLOAT), CAST(3e7 AS FLOAT); 0.1,30000000",
        "'10', '2', '-1'; -1,2,10",
        "'yes', 'No', '1'; 1,No,yes",
        "true, false, true; false,true",
        "CAST(2.50 AS DECIMAL(5, 2)), 4; 2.5,4"
      })
  void numbersStandInTheirOrderAndOtherValuesInThatOfTexts(String values, String names) {
    assertThat(LabelValues.of(labels(values), "y").names()).containsExactly(names.split(","));
  }

  @Test
  void tooManyValuesAreNoClasses() {
    Dataset<Row> many = LocalSpark.SESSION.range(10_001).selectExpr("concat('row ', id) as y");
    assertThat(LabelValues.of(many.limit(10_000), "y").areTooMany()).isFalse();
    assertThat(LabelValues.of(many, "y").areTooMany()).isTrue();
  }

  @Test
  void aMissingLabelIsASentence() {
    assertThatThrownBy(() -> LabelValues.of(labels("'a', null"), "y"))
        .isInstanceOf(DataException.class)
        .hasMessage("Column 'y' has a row without a label; leave such rows out.");
    assertThatThrownBy(() -> LabelValues.of(labels("double('NaN'), 1D"), "y"))
        .hasMessage("Column 'y' has the value NaN, which is not a class.");
    assertThatThrownBy(() -> LabelValues.of(labels("array(1D)"), "y"))
        .hasMessage("Column 'y' is array<double>; a label is a number or a text.");
  }

  private static Dataset<Row> labels(String values) {
    return LocalSpark.SESSION.sql("SELECT explode(array(%s)) AS y".formatted(values));
  }
}
