package org.syncbn.spark.files;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Predicate;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.PartitionDirectory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** A fixed list of files, which Spark neither completes nor thins out. */
final class FileList implements FileIndex, Serializable {

  private static final long serialVersionUID = 1L;

  private final ArrayList<DataFile> files;
  private final StructType partitionSchema;

  FileList(List<DataFile> files, StructType partitionSchema) {
    this.files = new ArrayList<>(files);
    this.partitionSchema = partitionSchema;
  }

  @Override
  public Seq<Path> rootPaths() {
    return CollectionConverters.asScala(files.stream().map(DataFile::path).toList()).toSeq();
  }

  @Override
  public Seq<PartitionDirectory> listFiles(
      Seq<Expression> partitionFilters, Seq<Expression> dataFilters) {
    Map<Map<String, String>, List<FileStatus>> folders = new LinkedHashMap<>();
    for (DataFile file : files) {
      folders.computeIfAbsent(file.partition(), key -> new ArrayList<>()).add(file.status());
    }
    // Spark does not look again at rows whose folders have passed these filters.
    CollectionConverters.asJava(partitionFilters).stream()
        .reduce(And::new)
        .ifPresent(filter -> folders.keySet().removeIf(folder -> !passes(folder, filter)));
    List<PartitionDirectory> directories =
        folders.entrySet().stream()
            .map(
                entry ->
                    PartitionDirectory.apply(
                        values(entry.getKey()), entry.getValue().toArray(FileStatus[]::new)))
            .toList();
    return CollectionConverters.asScala(directories).toSeq();
  }

  private boolean passes(Map<String, String> partition, Expression filter) {
    List<Attribute> columns = new ArrayList<>();
    CollectionConverters.asJava(filter.references().toSeq()).forEach(columns::add);
    Object[] values =
        columns.stream()
            .map(column -> value(partition, partitionSchema.apply(column.name())))
            .toArray();
    BasePredicate predicate =
        Predicate.create(filter, CollectionConverters.asScala(columns).toSeq());
    return predicate.eval(new GenericInternalRow(values));
  }

  private InternalRow values(Map<String, String> partition) {
    Object[] values = new Object[partitionSchema.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(partition, partitionSchema.apply(i));
    }
    return new GenericInternalRow(values);
  }

  private static Object value(Map<String, String> partition, StructField column) {
    String text = partition.get(column.name());
    if (text == null) {
      return null;
    }
    return column.dataType().equals(DataTypes.DoubleType)
        ? Double.valueOf(text)
        : UTF8String.fromString(text);
  }

  @Override
  public String[] inputFiles() {
    return files.stream().map(DataFile::toString).toArray(String[]::new);
  }

  @Override
  public void refresh() {
    // The list is what was found when the input was opened.
  }

  @Override
  public long sizeInBytes() {
    return files.stream().mapToLong(file -> file.status().getLen()).sum();
  }

  @Override
  public StructType partitionSchema() {
    return partitionSchema;
  }
}
