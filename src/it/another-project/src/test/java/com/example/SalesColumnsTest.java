package com.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.OnSparkCluster;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.MergeLaw;
import org.syncbn.train.RunFile;

class SalesColumnsTest {

  private static final MergeLaw<ColumnSums> LAW =
      new MergeLaw<>(
          ColumnSums::new,
          (sums, value) -> sums.add(value == null ? 0 : value),
          (left, right) -> {
            left.merge(right);
            return left;
          },
          ColumnSums::toBytes);

  @OnSparkCluster(kinds = ClusterKind.EXECUTORS)
  void aColumnIsNormalizedOnExecutors(SparkSession spark) {
    List<Row> rows =
        SalesColumns.normalized(spark.sql("VALUES (1, 10.0D), (2, 30.0D) AS sales(id, price)"))
            .orderBy("id")
            .collectAsList();

    assertThat(rows).extracting(row -> Math.round(row.getDouble(1))).containsExactly(-1L, 1L);
  }

  @Provide
  Arbitrary<List<Double>> values() {
    return MergeLaw.values();
  }

  @Property(tries = 20, seed = "1")
  void sumsObeyTheLawOfMerging(@ForAll("values") List<Double> values, @ForAll long seed) {
    LAW.holdsFor(values, seed);
  }

  @Test
  void librariesInTheJarAreNotInTheWayOfTheProjectsOwn() {
    for (String relocated :
        List.of(
            "com.typesafe.config.Config",
            "picocli.CommandLine",
            "me.tongfei.progressbar.ProgressBar",
            "ch.randelshofer.fastdoubleparser.JavaDoubleParser")) {
      assertThatThrownBy(() -> Class.forName(relocated))
          .as(relocated)
          .isInstanceOf(ClassNotFoundException.class);
    }
    assertThat(
            RunFile.parse("network = [{ dense = 2 }], training.epochs = 3", List.of())
                .training()
                .epochs())
        .isEqualTo(3);
  }
}
