package org.syncbn.spark.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TableStateTest {

  @Test
  void nothingSaidIsTheStateOfNow() {
    assertThat(TableState.of(Map.of()).isNow()).isTrue();
    assertThat(TableState.NOW.options()).isEmpty();
  }

  @Test
  void theNamesOfIcebergMeanThoseOfSpark() {
    assertThat(TableState.of(Map.of("snapshot-id", "5")).options())
        .isEqualTo(TableState.of(Map.of("versionasof", " 5 ")).options())
        .isEqualTo(Map.of("versionAsOf", "5"));
    assertThat(TableState.of(Map.of("as-of-timestamp", "1")).options())
        .isEqualTo(Map.of("timestampAsOf", "1970-01-01 00:00:00.001"));
  }

  @Test
  void whatIsNotUnderstoodIsRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableState.of(Map.of("readChangeFeed", "true")))
        .withMessageStartingWith("'readChangeFeed' is not an option of a table");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableState.of(Map.of("versionAsOf", "1", "timestampAsOf", "2026-01-01")))
        .withMessage("give a version or a timestamp, not both");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableState.of(Map.of("as-of-timestamp", "today")))
        .withMessageContaining("not a number of milliseconds");
  }
}
