package org.syncbn.spark.columnar;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapreduce.Job;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;

/**
 * Spark's Parquet, which writes what it has read: columns of types that Spark lacks as what they
 * were (see {@link StoredType}), and times as microseconds of the type TIMESTAMP.
 */
public final class ParquetFormat extends ParquetFileFormat {

  private static final long serialVersionUID = 1L;

  @Override
  public OutputWriterFactory prepareWrite(
      SparkSession session, Job job, Map<String, String> options, StructType columns) {
    OutputWriterFactory writers = super.prepareWrite(session, job, options, columns);
    // INT96, Spark's default, is outdated, and knows neither zones nor the year 9999 elsewhere.
    job.getConfiguration().set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
    ParquetOutputFormat.setWriteSupportClass(job, StoredTypesWriter.class);
    return writers;
  }

  /** Beyond some columns, in batches, by several readers in step. */
  @Override
  public Function1<PartitionedFile, Iterator<InternalRow>> buildReaderWithPartitionValues(
      SparkSession session,
      StructType data,
      StructType partitions,
      StructType required,
      Seq<Filter> filters,
      Map<String, String> options,
      Configuration hadoop) {
    // It prepares the settings of Hadoop, which those in step need as well.
    Function1<PartitionedFile, Iterator<InternalRow>> one =
        super.buildReaderWithPartitionValues(
            session, data, partitions, required, filters, options, hadoop);
    boolean inBatches =
        options.get(FileFormat.OPTION_RETURNING_BATCH()).contains("true")
            && supportBatch(session, required);
    return required.length() > WideParquetReader.COLUMNS
            && inBatches
            && filters.isEmpty()
            && !session.sessionState().conf().isParquetINT96TimestampConversion()
            && required.getFieldIndex(ParquetFileFormat.ROW_INDEX_TEMPORARY_COLUMN_NAME()).isEmpty()
        ? new WideParquetReader(session, required, partitions, options, hadoop)
        : one;
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
