package org.syncbn.spark.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableFormatTest {

  @ParameterizedTest
  @CsvSource({
    "DELTA,   4.0.1, io.delta:delta-spark_2.13:4.0.0",
    "DELTA,   4.1.0, io.delta:delta-spark_4.1_2.13:4.1.0",
    "DELTA,   4.2.3, io.delta:delta-spark_4.2_2.13:4.4.0",
    "DELTA,   4.3.0, io.delta:delta-spark_4.2_2.13:4.4.0 (none is known for Spark 4.3)",
    "ICEBERG, 4.1.0, org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0",
  })
  void theConnectorIsThatOfTheMinorVersionOfSpark(
      TableFormat format, String spark, String expected) {
    assertThat(format.packages(spark)).isEqualTo(expected);
  }
}
