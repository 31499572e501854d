package org.syncbn.spark.columnar;

import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapred.FileSplit;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.RebaseDateTime.RebaseSpec;
import org.apache.spark.sql.execution.datasources.DataSourceUtils;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetOptions;
import org.apache.spark.sql.execution.datasources.parquet.ParquetReadSupport;
import org.apache.spark.sql.execution.datasources.parquet.VectorizedParquetRecordReader;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.syncbn.spark.internals.ParquetReaders;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.collection.immutable.Map;
import scala.runtime.AbstractFunction1;

/**
 * Reads Parquet files of thousands of columns in batches, by several of Spark's readers in step,
 * each for some of the columns: one alone takes time in the square of their number whenever it
 * begins a file.
 *
 * <p>All of them cut a row group into batches of the same rows, and share one footer. Tried with
 * Spark 4.0.1, 4.1.0 and 4.2.0.
 */
final class WideParquetReader extends AbstractFunction1<PartitionedFile, Iterator<InternalRow>>
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Columns of one reader. */
  static final int COLUMNS = 1_000;

  private final Broadcast<SerializableConfiguration> configuration;
  private final ArrayList<String> schemas; // of the readers, as JSON
  private final StructType partitions;
  private final int batchRows;
  private final boolean offHeap;
  private final String rebaseOfTimes;
  private final String rebaseOfInt96;

  /**
   * Reads files.
   *
   * @param columns of the files
   * @param partitions columns of the folders, which come last
   * @param prepared by Spark's own format for these columns
   */
  WideParquetReader(
      SparkSession session,
      StructType columns,
      StructType partitions,
      Map<String, String> options,
      Configuration prepared) {
    configuration =
        JavaSparkContext.fromSparkContext(session.sparkContext())
            .broadcast(new SerializableConfiguration(prepared));
    schemas = new ArrayList<>();
    StructField[] fields = columns.fields();
    for (int from = 0; from < fields.length; from += COLUMNS) {
      int to = Math.min(fields.length, from + COLUMNS);
      schemas.add(new StructType(Arrays.copyOfRange(fields, from, to)).json());
    }
    this.partitions = partitions;
    SQLConf settings = session.sessionState().conf();
    batchRows = settings.parquetVectorizedReaderBatchSize();
    offHeap = settings.offHeapColumnVectorEnabled();
    ParquetOptions parquet = new ParquetOptions(options, settings);
    rebaseOfTimes = parquet.datetimeRebaseModeInRead();
    rebaseOfInt96 = parquet.int96RebaseModeInRead();
  }

  /** The batches, in the place of rows, as Spark passes them on. */
  @Override
  @SuppressWarnings("unchecked")
  public Iterator<InternalRow> apply(PartitionedFile file) {
    Configuration shared = configuration.value().value();
    List<VectorizedParquetRecordReader> readers = new ArrayList<>();
    Batches batches = new Batches(readers);
    TaskContext.get().addTaskCompletionListener(batches);
    try {
      HadoopInputFile input = HadoopInputFile.fromPath(file.toPath(), shared);
      ParquetMetadata footer = footer(input, shared, file);
      for (int i = 0; i < schemas.size(); i++) {
        VectorizedParquetRecordReader reader = reader(footer);
        readers.add(reader);
        Configuration own = new Configuration(shared);
        own.set(ParquetReadSupport.SPARK_ROW_REQUESTED_SCHEMA(), schemas.get(i));
        ParquetReaders.open(
            reader,
            new FileSplit(file.toPath(), file.start(), file.length(), new String[0]),
            new TaskAttemptContextImpl(own, new TaskAttemptID()),
            input,
            footer);
        boolean isLast = i == schemas.size() - 1;
        reader.initBatch(isLast ? partitions : new StructType(), file.partitionValues());
        reader.enableReturningBatches();
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Reading was interrupted.", stop);
    }
    return (Iterator<InternalRow>) (Iterator<?>) batches;
  }

  private static ParquetMetadata footer(
      HadoopInputFile input, Configuration settings, PartitionedFile file) throws IOException {
    ParquetReadOptions options =
        HadoopReadOptions.builder(settings, file.toPath())
            .withRange(file.start(), file.start() + file.length())
            .build();
    try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
      return reader.getFooter();
    }
  }

  private VectorizedParquetRecordReader reader(ParquetMetadata footer) {
    AbstractFunction1<String, String> notes =
        new AbstractFunction1<>() {
          @Override
          public String apply(String key) {
            return footer.getFileMetaData().getKeyValueMetaData().get(key);
          }
        };
    RebaseSpec times = DataSourceUtils.datetimeRebaseSpec(notes, rebaseOfTimes);
    RebaseSpec int96 = DataSourceUtils.int96RebaseSpec(notes, rebaseOfInt96);
    ZoneId zoneOfInt96 = null; // as stored
    return new VectorizedParquetRecordReader(
        zoneOfInt96,
        times.mode().toString(),
        times.timeZone(),
        int96.mode().toString(),
        int96.timeZone(),
        offHeap,
        batchRows);
  }

  /** The batches of one file; each is valid until the next one is asked for. */
  private static final class Batches extends AbstractIterator<ColumnarBatch>
      implements Closeable, TaskCompletionListener {

    private final List<VectorizedParquetRecordReader> readers;
    private ColumnarBatch whole;
    private boolean isNextRead;
    private boolean hasNext;

    Batches(List<VectorizedParquetRecordReader> readers) {
      this.readers = readers;
    }

    @Override
    public boolean hasNext() {
      if (!isNextRead) {
        hasNext = readNext();
        isNextRead = true;
      }
      return hasNext;
    }

    private boolean readNext() {
      try {
        boolean any = false;
        for (VectorizedParquetRecordReader reader : readers) {
          any = reader.nextKeyValue();
        }
        return any;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public ColumnarBatch next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      isNextRead = false;
      if (whole == null) {
        whole = new ColumnarBatch(columns());
      }
      whole.setNumRows(readers.get(0).resultBatch().numRows());
      return whole;
    }

    private ColumnVector[] columns() {
      return readers.stream()
          .map(VectorizedParquetRecordReader::resultBatch)
          .flatMap(batch -> IntStream.range(0, batch.numCols()).mapToObj(batch::column))
          .toArray(ColumnVector[]::new);
    }

    @Override
    public void onTaskCompletion(TaskContext task) {
      close();
    }

    @Override
    public void close() {
      try {
        for (VectorizedParquetRecordReader reader : readers) {
          reader.close();
        }
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
