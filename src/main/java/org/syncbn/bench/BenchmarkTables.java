package org.syncbn.bench;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.cli.JobFailure;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.WorkFolder;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.tensor.CounterRandom;

/**
 * Files of doubles for benchmarks, generated once and kept.
 *
 * @param spark the session
 * @param terminal that is told when files are made
 * @param rows of each table of Parquet
 * @param features columns, or the length of the vectors
 */
record BenchmarkTables(SparkSession spark, Terminal terminal, long rows, int features) {

  private static final int FORMAT = 2; // of the generated files; another number generates anew

  private static final CounterRandom RANDOM = CounterRandom.of(4_051_126);

  /** The vector column. */
  static final String VECTOR = "features";

  /** Columns x0, x1, ... of doubles in Parquet. */
  Dataset<Row> scalars() {
    return generated("scalars", session -> made(rows));
  }

  /** The same values in one vector column. */
  Dataset<Row> vectors() {
    return generated("vectors", session -> madeVectors());
  }

  /** A data set of Parquet files, made first if they are not there from an earlier run. */
  private Dataset<Row> generated(String name, MapFunction<SparkSession, Dataset<Row>> make) {
    return spark
        .read()
        .parquet(
            files(
                name,
                (session, place) -> make.call(session).write().mode("overwrite").parquet(place)));
  }

  /** Makes files at a place. */
  interface Maker {
    void make(SparkSession session, String place) throws Exception;
  }

  /** Where the files of that name are, made first if they are not there from an earlier run. */
  String files(String name, Maker maker) {
    String place =
        "file:"
            + WorkFolder.named("bench-normalize")
                .resolve("%s-%d-%dx%d".formatted(name, FORMAT, rows, features));
    try {
      Path done = new Path(place, "_SUCCESS");
      if (!done.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(done)) {
        terminal.say("Generating " + place + ".");
        maker.make(spark, place);
      }
    } catch (Exception e) {
      throw new JobFailure("Cannot make %s: %s.".formatted(place, e.getMessage()), e);
    }
    return place;
  }

  /** So many rows of doubles, made as they are read. */
  Dataset<Row> made(long count) {
    StructType schema = new StructType();
    for (int c = 0; c < features; c++) {
      schema = schema.add("x" + c, DataTypes.DoubleType);
    }
    int width = features;
    // Rows in Spark's own form: an encoder of thousands of columns takes minutes to make.
    JavaRDD<InternalRow> made =
        indices(count)
            .javaRDD()
            .map(
                index ->
                    new GenericInternalRow(
                        Arrays.stream(values(index, width)).boxed().toArray(Object[]::new)));
    return ClassicDataset.ofRows(spark.emptyDataFrame(), made, schema);
  }

  private Dataset<Row> madeVectors() {
    StructType schema = new StructType().add(VECTOR, SQLDataTypes.VectorType());
    int width = features;
    return indices(rows)
        .map(
            (MapFunction<Long, Row>)
                index -> RowFactory.create(Vectors.dense(values(index, width))),
            Encoders.row(schema));
  }

  /** Of rows, for two files for each core. */
  private Dataset<Long> indices(long count) {
    return spark.range(0, count, 1, spark.sparkContext().defaultParallelism() * 2);
  }

  private static double[] values(long index, int width) {
    return IntStream.range(0, width).mapToDouble(c -> value(index, c)).toArray();
  }

  /** Mixed distributions: the kind repeats every eight columns, with 64 scales in turn. */
  private static double value(long index, int column) {
    CounterRandom random = RANDOM.fork(column);
    double scale = Math.scalb(1.0, 3 * (column / 8 % 64));
    return scale
        * switch (column % 8) {
          case 0 -> random.gaussian(index);
          case 1 -> 100 + 15 * random.gaussian(index);
          case 2 -> random.uniform(index);
          case 3 -> StrictMath.exp(random.gaussian(index));
          case 4 -> 1e6 + random.gaussian(index);
          case 5 -> -StrictMath.log(1 - random.uniform(index));
          case 6 -> random.below(1000, index);
          default -> 1e-6 * random.gaussian(index);
        };
  }
}
