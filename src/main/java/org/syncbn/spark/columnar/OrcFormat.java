package org.syncbn.spark.columnar;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.orc.OrcFile;
import org.apache.orc.Reader;
import org.apache.orc.TypeDescription;
import org.apache.orc.mapred.OrcStruct;
import org.apache.orc.mapreduce.OrcMapreduceRecordReader;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.RecordReaderIterator;
import org.apache.spark.sql.execution.datasources.orc.OrcDeserializer;
import org.apache.spark.sql.execution.datasources.orc.OrcFileFormat;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;

/**
 * ORC files row by row, by the names of their columns alone: Spark looks at the types of all
 * columns, wanted or not, and ends at unions and at instants; and it takes columns {@code _col0},
 * {@code _col1}, ... by their places.
 */
final class OrcFormat extends OrcFileFormat {

  private static final long serialVersionUID = 1L;

  /** A function that travels. */
  private interface FileRows
      extends Function1<PartitionedFile, Iterator<InternalRow>>, Serializable {}

  @Override
  public boolean supportBatch(SparkSession session, StructType columns) {
    return false;
  }

  @Override
  public Function1<PartitionedFile, Iterator<InternalRow>> buildReaderWithPartitionValues(
      SparkSession session,
      StructType dataColumns,
      StructType partitionColumns,
      StructType columns,
      Seq<Filter> filters,
      scala.collection.immutable.Map<String, String> options,
      Configuration configuration) {
    var shared =
        session
            .sparkContext()
            .broadcast(
                new SerializableConfiguration(configuration),
                scala.reflect.ClassTag$.MODULE$.apply(SerializableConfiguration.class));
    StructType all = columns;
    for (StructField partition : partitionColumns.fields()) {
      all = all.add(partition);
    }
    StructType rows = all;
    return (FileRows)
        file -> rows(file, columns, UnsafeProjection.create(rows), shared.value().value());
  }

  private static Iterator<InternalRow> rows(
      PartitionedFile file,
      StructType columns,
      UnsafeProjection projection,
      Configuration configuration) {
    try {
      Path path = file.toPath();
      Reader reader = OrcFile.createReader(path, OrcFile.readerOptions(configuration));
      TypeDescription schema = reader.getSchema();
      List<String> names = schema.getFieldNames();
      int[] places = Arrays.stream(columns.fieldNames()).mapToInt(names::indexOf).toArray();
      boolean[] included = new boolean[schema.getMaximumId() + 1];
      included[0] = true;
      for (int place : places) {
        if (place >= 0) {
          TypeDescription type = schema.getChildren().get(place);
          Arrays.fill(included, type.getId(), type.getMaximumId() + 1, true);
        }
      }
      Reader.Options wanted =
          reader.options().schema(schema).include(included).range(file.start(), file.length());
      var records =
          new RecordReaderIterator<OrcStruct>(
              new OrcMapreduceRecordReader<OrcStruct>(reader, wanted));
      TaskContext task = TaskContext.get();
      if (task != null) {
        task.addTaskCompletionListener((TaskCompletionListener) done -> records.close());
      }
      OrcDeserializer deserializer = new OrcDeserializer(columns, places);
      JoinedRow joined = new JoinedRow();
      return records.map(
          record ->
              projection.apply(
                  joined.apply(deserializer.deserialize(record), file.partitionValues())));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
