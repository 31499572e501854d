package org.syncbn.spark.columnar;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.orc.OrcFileFormat;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FormatReader;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.internals.Sessions;

/**
 * Reads Parquet and ORC with all columns of all files.
 *
 * <p>The footers of all files are read first, each once, by threads of the driver. They decide what
 * Spark is asked for, so that a column it rejects keeps none of the others from being read.
 */
public final class ColumnarReader implements FormatReader {

  private static final int THREADS = 16;

  private final DataFormat format;

  /** Reads one of the two formats. */
  public ColumnarReader(DataFormat format) {
    this.format = format;
  }

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options) {
    Configuration configuration = Sessions.hadoop(session);
    FileColumns.Footer footer =
        format == DataFormat.ORC ? new OrcFooter(configuration) : new ParquetFooter(configuration);
    UnitedColumns united = new UnitedColumns();
    boolean inBatches = true;
    List<FileColumns> footers = footers(footer, files.files());
    for (int i = 0; i < footers.size(); i++) {
      if (!footers.get(i).isEmpty()) {
        united.add(files.files().get(i), footers.get(i));
        inBatches &= footers.get(i).inBatches();
      }
    }
    rejectNamed(united.unreadable(), options);
    StructType schema = united.schema();
    if (schema.isEmpty()) {
      throw new DataException("There is no column in %s that can be read.".formatted(files));
    }
    SparkSession own = ColumnarSession.of(session, inBatches);
    FileFormat reader = reader(inBatches);
    Dataset<Row> rows = null;
    for (var group : united.byNarrowColumns(schema).entrySet()) {
      Dataset<Row> some = rows(own, reader, files.with(group.getValue()), schema, group.getKey());
      rows = rows == null ? some : rows.union(some);
    }
    List<String> notes = new ArrayList<>();
    united
        .unreadable()
        .forEach(
            (name, type) ->
                notes.add(
                    "Column '%s' is %s, which cannot be read; it is left out."
                        .formatted(name, type)));
    return StoredColumns.shown(
        new InputTable(rows, files.files(), files.partitionColumns(), notes), options);
  }

  private FileFormat reader(boolean inBatches) {
    if (format == DataFormat.PARQUET) {
      return new ParquetFormat();
    }
    return inBatches ? new OrcFileFormat() : new OrcFormat();
  }

  private static List<FileColumns> footers(FileColumns.Footer footer, List<DataFile> files) {
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(THREADS, files.size()));
    try {
      List<Future<FileColumns>> pending =
          files.stream().map(file -> threads.submit(() -> footer.of(file))).toList();
      List<FileColumns> found = new ArrayList<>();
      for (Future<FileColumns> one : pending) {
        found.add(one.get());
      }
      return found;
    } catch (ExecutionException failure) {
      throw failure.getCause() instanceof DataException sentence
          ? sentence
          : DataException.of(failure);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new DataException("Reading the footers of the files was interrupted.");
    } finally {
      threads.shutdownNow();
    }
  }

  private static void rejectNamed(Map<String, String> unreadable, ReadOptions options) {
    unreadable.forEach(
        (name, type) -> {
          if (options.selection().named().contains(name)) {
            throw new DataException(
                "Column '%s' is %s, which cannot be read; name other columns."
                    .formatted(name, type));
          }
        });
  }

  /** The rows of files in some columns of which have narrower types than those of the schema. */
  private static Dataset<Row> rows(
      SparkSession session,
      FileFormat reader,
      InputFiles files,
      StructType schema,
      Map<String, StructField> narrow) {
    StructType own = new StructType();
    for (StructField field : schema.fields()) {
      StructField there = narrow.getOrDefault(field.name(), field);
      if (there == field || !StoredType.isNull(there)) {
        own = own.add(there);
      }
    }
    Dataset<Row> rows = files.rows(session, reader, own, Map.of());
    if (narrow.isEmpty()) {
      return rows;
    }
    List<Column> found = ClassicDataset.columnsOf(rows);
    List<Column> columns = new ArrayList<>();
    for (StructField field : schema.fields()) {
      Column column =
          own.getFieldIndex(field.name()).isDefined()
              ? found.get(own.fieldIndex(field.name()))
              : functions.lit(null);
      columns.add(
          narrow.containsKey(field.name())
              ? column.cast(field.dataType()).as(field.name(), field.metadata())
              : column);
    }
    columns.addAll(found.subList(own.size(), found.size()));
    return rows.select(columns.toArray(Column[]::new));
  }
}
