package io.syncbn.spark.columnar;

import org.apache.hadoop.mapreduce.Job;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.types.StructType;

/**
 * Spark's Parquet, which writes what it has read: columns of types that Spark lacks as what they
 * were (see {@link StoredType}), and times as microseconds of the type TIMESTAMP.
 */
public final class ParquetFormat extends ParquetFileFormat {

  private static final long serialVersionUID = 1L;

  @Override
  public OutputWriterFactory prepareWrite(
      SparkSession session,
      Job job,
      scala.collection.immutable.Map<String, String> options,
      StructType columns) {
    OutputWriterFactory writers = super.prepareWrite(session, job, options, columns);
    // INT96, Spark's default, is outdated, and knows neither zones nor the year 9999 elsewhere.
    job.getConfiguration().set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
    ParquetOutputFormat.setWriteSupportClass(job, StoredTypesWriter.class);
    return writers;
  }

  @Override
  public int hashCode() {
    return getClass().hashCode();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ParquetFormat;
  }
}
