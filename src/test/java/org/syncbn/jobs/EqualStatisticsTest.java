package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;

/** Equal data give equal statistics files, whatever stands between. */
@OwnSpark
class EqualStatisticsTest {

  private static final int ROWS = 3_000;

  @TempDir Path folder;

  @Test
  void forAnyPartitionsOrderFormatAndPath() throws IOException {
    List<String> files = new ArrayList<>();
    try (CommandRun.Session session = CommandRun.session()) {
      SparkSession spark = session.spark();
      Dataset<Row> sample = SensorSample.rows(spark, ROWS, 4);
      for (int partitions : new int[] {1, 2, 7}) {
        String path = at("p" + partitions + ".parquet");
        sample
            .repartitionByRange(partitions, functions.xxhash64(functions.col("read_at_millis")))
            .write()
            .parquet(path);
        files.add(statistics(path, "--conf", "spark.sql.files.maxPartitionBytes=20000"));
      }
      String shuffled = at("shuffled.parquet");
      sample.orderBy(functions.rand(1)).write().parquet(shuffled);
      files.add(statistics(shuffled));
      files.add(statistics(shuffled, "--conf", "spark.sql.parquet.enableVectorizedReader=false"));
      sample.write().orc(at("s.orc"));
      files.add(statistics(at("s.orc")));
      sample.selectExpr(doubles(sample)).write().parquet(at("doubles.parquet"));
      sample.selectExpr(doubles(sample)).write().option("header", true).csv(at("doubles.csv"));
      files.add(statistics(at("doubles.parquet")));
      files.add(statistics(at("doubles.csv"), "--format", "csv"));
    }
    assertThat(files).allMatch(files.get(0)::equals);
  }

  /** A float's shortest decimal is another double, so text is compared with doubles. */
  private static String[] doubles(Dataset<Row> sample) {
    return List.of(sample.columns()).stream()
        .map(
            name ->
                List.of("station", "site").contains(name)
                    ? name
                    : "cast(" + name + " as double) as " + name)
        .toArray(String[]::new);
  }

  private String statistics(String input, Object... more) throws IOException {
    Path file = folder.resolve("statistics.json");
    List<Object> arguments =
        new ArrayList<>(List.of("--input", input, "--missing", "skip", "--statistics", file));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.run("normalize", arguments.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return Files.readString(file);
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }
}
