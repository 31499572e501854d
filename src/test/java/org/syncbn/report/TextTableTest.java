package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTableTest {

  @Test
  void theFirstColumnIsAlignedToTheLeftTheOthersToTheRight() {
    assertThat(new TextTable("name", "n", "").row("a", "1,000", "ok").row("longer", "2", ""))
        .hasToString(
            """
            name        n
            ------  -----  --
            a       1,000  ok
            longer      2
            """);
  }

  @Test
  void aRowHasAsManyCellsAsThereAreTitles() {
    assertThatThrownBy(() -> new TextTable("a").row("b", "c"))
        .hasMessage("a row of 2 cells in a table of 1 columns");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 0",
    "-0.0, 5, 0",
    "41, 5, 41",
    "41.123456, 5, 41.123",
    "-0.00012345678, 3, -0.000123",
    "0.00001234, 3, 1.23e-5",
    "123456789, 3, 123456789",
    "1e9, 3, 1e+9",
    "1.7976931348623157e308, 3, 1.8e+308",
    "0.99996, 4, 1",
    "NaN, 4, NaN",
    "-Infinity, 4, -Infinity",
  })
  void numbersKeepTheirSignificantDigits(double value, int digits, String text) {
    assertThat(TextTable.number(value, digits)).isEqualTo(text);
  }
}
