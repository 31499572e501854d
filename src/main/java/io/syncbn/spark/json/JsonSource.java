package io.syncbn.spark.json;

import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import scala.Function1;
import scala.Option;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** Hands parts of JSON files to Spark, and makes rows of them; the columns are known before. */
abstract class JsonSource implements FileFormat, Serializable {

  private static final long serialVersionUID = 1L;

  /** The rows of a part, each with the columns of {@code schema}. */
  abstract Iterator<InternalRow> rows(JsonPart part, StructType schema, Configuration conf)
      throws IOException;

  /** The files that are read by one task each. */
  abstract Set<String> whole();

  @Override
  public boolean isSplitable(SparkSession session, Map<String, String> options, Path path) {
    return !whole().contains(path.toString())
        && !JsonPart.isCompressed(path, session.sessionState().newHadoopConf());
  }

  @Override
  public Option<StructType> inferSchema(
      SparkSession session, Map<String, String> options, Seq<FileStatus> files) {
    return Option.empty();
  }

  @Override
  public OutputWriterFactory prepareWrite(
      SparkSession session, Job job, Map<String, String> options, StructType schema) {
    throw new UnsupportedOperationException("JsonFormat writes JSON");
  }

  @Override
  public Function1<PartitionedFile, scala.collection.Iterator<InternalRow>> buildReader(
      SparkSession session,
      StructType dataSchema,
      StructType partitionSchema,
      StructType requiredSchema,
      Seq<Filter> filters,
      Map<String, String> options,
      Configuration hadoopConf) {
    return new Reader(this, requiredSchema, new SerializableConfiguration(hadoopConf));
  }

  private static final class Reader
      extends AbstractFunction1<PartitionedFile, scala.collection.Iterator<InternalRow>>
      implements Serializable {

    private static final long serialVersionUID = 1L;

    private final JsonSource source;
    private final StructType schema;
    private final SerializableConfiguration conf;

    Reader(JsonSource source, StructType schema, SerializableConfiguration conf) {
      this.source = source;
      this.schema = schema;
      this.conf = conf;
    }

    @Override
    public scala.collection.Iterator<InternalRow> apply(PartitionedFile file) {
      JsonPart part = JsonPart.of(file);
      try {
        return CollectionConverters.asScala(source.rows(part, schema, conf.value()));
      } catch (IOException failure) {
        throw part.sentence(conf.value(), failure);
      }
    }
  }
}
