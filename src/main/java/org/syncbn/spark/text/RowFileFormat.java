package org.syncbn.spark.text;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.Iterator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Sessions;
import scala.Function1;
import scala.Option;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/**
 * The base of our file formats: Spark packs the parts of files into tasks, adds the columns of
 * partition folders, asks only for the columns that are used, and commits what is written. A format
 * says how rows are made of a part of a file, and how rows are written.
 */
public abstract class RowFileFormat implements FileFormat, Serializable {

  private static final long serialVersionUID = 1L;

  /** Reads parts of files. */
  public interface PartReader extends Serializable {

    /**
     * The rows of a part, which may be one object that changes. An {@link UnsafeRow} passes as it
     * is. An iterator that is {@link Closeable} is closed with the task.
     */
    Iterator<InternalRow> rows(FilePart part);
  }

  /** Writes rows into one file. */
  public interface RowWriter extends Closeable {

    /** Adds a row. */
    void write(InternalRow row) throws IOException;
  }

  /**
   * How parts are read.
   *
   * @param columns those of the file that are wanted, in this order
   */
  protected abstract PartReader reader(StructType columns);

  /** The text of a file, whose faults name its lines. */
  protected abstract TextFile file(Configuration configuration, Path path);

  /** Whether parts of a file can be read by themselves. */
  protected boolean isSplittable(TextFile file, Path path) {
    return file.isSplittable();
  }

  /** What the names of written files end with, as {@code .csv}. */
  protected abstract String extension();

  /** A writer of rows with these columns. */
  protected abstract RowWriter writer(OutputStream out, StructType columns) throws IOException;

  @Override
  public Option<StructType> inferSchema(
      SparkSession session, Map<String, String> options, Seq<FileStatus> files) {
    return Option.empty();
  }

  @Override
  public boolean isSplitable(SparkSession session, Map<String, String> options, Path path) {
    return isSplittable(file(Sessions.hadoop(session), path), path);
  }

  @Override
  public Function1<PartitionedFile, scala.collection.Iterator<InternalRow>>
      buildReaderWithPartitionValues(
          SparkSession session,
          StructType dataSchema,
          StructType partitionSchema,
          StructType requiredSchema,
          Seq<Filter> filters,
          Map<String, String> options,
          Configuration configuration) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
    return new Parts(
        this,
        reader(requiredSchema),
        requiredSchema,
        partitionSchema,
        context.broadcast(new SerializableConfiguration(configuration)));
  }

  /** Makes the rows of one part of a file, on an executor. */
  private static final class Parts
      extends AbstractFunction1<PartitionedFile, scala.collection.Iterator<InternalRow>>
      implements Serializable {

    private static final long serialVersionUID = 1L;

    private final RowFileFormat format;
    private final PartReader reader;
    private final StructType columns;
    private final StructType partitions;
    private final Broadcast<SerializableConfiguration> configuration;

    Parts(
        RowFileFormat format,
        PartReader reader,
        StructType columns,
        StructType partitions,
        Broadcast<SerializableConfiguration> configuration) {
      this.format = format;
      this.reader = reader;
      this.columns = columns;
      this.partitions = partitions;
      this.configuration = configuration;
    }

    @Override
    public scala.collection.Iterator<InternalRow> apply(PartitionedFile file) {
      FilePart part =
          new FilePart(
              configuration.value().value(),
              file.toPath(),
              file.start(),
              file.start() + file.length(),
              file.fileSize());
      Iterator<InternalRow> rows = told(part, () -> reader.rows(part));
      if (rows instanceof Closeable closeable && TaskContext.get() != null) {
        TaskContext.get()
            .addTaskCompletionListener(
                task -> {
                  try {
                    closeable.close();
                  } catch (IOException e) {
                    throw new DataException("Cannot close a file: %s".formatted(e.getMessage()));
                  }
                });
      }
      JoinedRow joined = new JoinedRow();
      return new scala.collection.AbstractIterator<>() {
        private UnsafeProjection projection; // generated only if needed: rows may be wide

        @Override
        public boolean hasNext() {
          return told(part, rows::hasNext);
        }

        @Override
        public InternalRow next() {
          InternalRow row = told(part, rows::next);
          if (partitions.isEmpty() && row instanceof UnsafeRow) {
            return row;
          } else if (projection == null) {
            projection = UnsafeProjection.create(all());
          }
          return projection.apply(joined.apply(row, file.partitionValues()));
        }
      };
    }

    private StructType all() {
      return new StructType(
          Stream.of(columns.fields(), partitions.fields())
              .flatMap(Stream::of)
              .toArray(StructField[]::new));
    }

    /** Names file and line of a fault. */
    private <T> T told(FilePart part, Supplier<T> work) {
      try {
        return work.get();
      } catch (TextFault fault) {
        throw format.file(part.configuration(), part.path()).sentence(fault);
      }
    }
  }

  @Override
  public OutputWriterFactory prepareWrite(
      SparkSession session, Job job, Map<String, String> options, StructType dataSchema) {
    return new Writers(this);
  }

  /** Opens the files of a task. */
  private static final class Writers extends OutputWriterFactory {

    private static final long serialVersionUID = 1L;

    private final RowFileFormat format;

    Writers(RowFileFormat format) {
      this.format = format;
    }

    @Override
    public String getFileExtension(TaskAttemptContext context) {
      return format.extension();
    }

    @Override
    public OutputWriter newInstance(
        String location, StructType columns, TaskAttemptContext context) {
      Path path = new Path(location);
      RowWriter rows;
      try {
        rows =
            format.writer(
                path.getFileSystem(context.getConfiguration()).create(path, false), columns);
      } catch (IOException e) {
        throw unwritable(location, e);
      }
      return new OutputWriter() {
        @Override
        public void write(InternalRow row) {
          try {
            rows.write(row);
          } catch (IOException e) {
            throw unwritable(location, e);
          }
        }

        @Override
        public void close() {
          try {
            rows.close();
          } catch (IOException e) {
            throw unwritable(location, e);
          }
        }

        @Override
        public String path() {
          return location;
        }
      };
    }

    private static DataException unwritable(String location, IOException failure) {
      return new DataException("Cannot write %s: %s.".formatted(location, failure.getMessage()));
    }
  }
}
