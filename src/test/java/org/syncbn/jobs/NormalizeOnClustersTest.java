package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.Gate;
import org.syncbn.cluster.OnSparkCluster;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.model.SavedStatistics;
import org.syncbn.sums.TableSums;

/** The same statistics file on every kind of cluster, and after an executor was killed. */
@OwnSpark
class NormalizeOnClustersTest {

  private static final int ROWS = 4_000;
  private static final int FILES = 4;

  @TempDir Path folder;

  private static final String STRICT = "spark.kryo.registrationRequired=true";
  private static final String GATED = "spark.hadoop.fs.file.impl=org.syncbn.jobs.GatedFileSystem";

  @OnSparkCluster(kinds = ClusterKind.THREADS, conf = STRICT)
  void threadsFitWriteAndVerify(SparkSession spark) {
    fitsWritesAndVerifies(sample(spark));
  }

  @Tag("full")
  @OnSparkCluster(kinds = ClusterKind.STANDALONE, conf = STRICT)
  void aStandaloneClusterDoesTheSame(SparkSession spark) {
    fitsWritesAndVerifies(sample(spark));
  }

  private void fitsWritesAndVerifies(String sample) {
    Path statistics = folder.resolve("statistics.json");
    CommandRun run =
        CommandRun.run(
            "normalize",
            "--input",
            sample,
            "--missing",
            "skip",
            "--statistics",
            statistics,
            "--output",
            folder.resolve("out"),
            "--verify");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(statistics).hasContent(expected());
  }

  @OnSparkCluster(
      kinds = ClusterKind.EXECUTORS,
      conf = {STRICT, GATED})
  void executorsDoTheSameAndOneKilledDuringTheFitChangesNothing(
      SparkCluster cluster, SparkSession spark) throws Exception {
    String sample = sample(spark);
    fitsWritesAndVerifies(sample);
    fitWhileAnExecutorIsKilled(cluster, spark, sample);
  }

  @Tag("full")
  @OnSparkCluster(kinds = ClusterKind.STANDALONE, conf = GATED)
  void anExecutorKilledDuringTheFitChangesNothingOnAStandaloneCluster(
      SparkCluster cluster, SparkSession spark) throws Exception {
    fitWhileAnExecutorIsKilled(cluster, spark, sample(spark));
  }

  private void fitWhileAnExecutorIsKilled(SparkCluster cluster, SparkSession spark, String sample)
      throws Exception {
    Path statistics = folder.resolve("statistics-after-a-loss.json");
    try (Gate gate = new Gate()) {
      String port = String.valueOf(gate.port());
      CompletableFuture<CommandRun> run =
          CompletableFuture.supplyAsync(
              () -> {
                spark.sparkContext().setLocalProperty(GatedFileSystem.GATE, port);
                return CommandRun.run(
                    "normalize",
                    "--input",
                    sample,
                    "--missing",
                    "skip",
                    "--statistics",
                    statistics);
              });
      gate.awaitArrivals(2); // both executors are reading
      cluster.killExecutor();
      gate.open();
      assertThat(run.get(90, TimeUnit.SECONDS).err()).isEmpty();
    }
    assertThat(statistics).hasContent(expected());
  }

  private String sample(SparkSession spark) {
    String path = folder.resolve("sample.parquet").toString();
    SensorSample.rows(spark, ROWS, FILES).write().parquet(path);
    return path;
  }

  /** The statistics file of the sample, made without Spark. */
  private static String expected() {
    List<Integer> ordinals = new ArrayList<>();
    List<String> names = new ArrayList<>();
    StructField[] fields = SensorSample.SCHEMA.fields();
    for (int i = 0; i < fields.length; i++) {
      if (fields[i].dataType() instanceof NumericType) {
        ordinals.add(i);
        names.add(fields[i].name());
      }
    }
    TableSums sums = new TableSums(names.size());
    for (int r = 0; r < ROWS; r++) {
      Row row = SensorSample.row(r);
      for (int c = 0; c < ordinals.size(); c++) {
        if (row.isNullAt(ordinals.get(c))) {
          sums.column(c).addNulls(1);
        } else {
          sums.column(c).add(((Number) row.get(ordinals.get(c))).doubleValue());
        }
      }
    }
    return new SavedStatistics(names, sums).json();
  }
}
