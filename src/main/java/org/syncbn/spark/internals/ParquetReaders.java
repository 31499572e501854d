package org.syncbn.spark.internals;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import org.apache.hadoop.mapreduce.InputSplit;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.execution.datasources.parquet.VectorizedParquetRecordReader;
import scala.Option;

/**
 * Opens Spark's readers of Parquet files with a footer that was read before.
 *
 * <p>Tried with Spark 4.0.1 (which takes the footer alone), 4.1.0 and 4.2.0 (which take the file
 * and its stream too).
 */
public final class ParquetReaders {

  private static final Method OPEN =
      Arrays.stream(VectorizedParquetRecordReader.class.getMethods())
          .filter(method -> method.getName().equals("initialize"))
          .filter(method -> Arrays.asList(method.getParameterTypes()).contains(Option.class))
          .findFirst()
          .orElseThrow();

  private ParquetReaders() {}

  /** Opens a reader for a part of a file. */
  public static void open(
      VectorizedParquetRecordReader reader,
      InputSplit part,
      TaskAttemptContext context,
      HadoopInputFile file,
      ParquetMetadata footer)
      throws IOException, InterruptedException {
    Object[] arguments =
        OPEN.getParameterCount() == 3
            ? new Object[] {part, context, Option.apply(footer)}
            : new Object[] {
              part,
              context,
              Option.apply(file),
              Option.apply(file.newStream()),
              Option.apply(footer)
            };
    try {
      OPEN.invoke(reader, arguments);
    } catch (InvocationTargetException failed) {
      if (failed.getCause() instanceof IOException failure) {
        throw failure;
      } else if (failed.getCause() instanceof InterruptedException stop) {
        throw stop;
      } else if (failed.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(failed.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
