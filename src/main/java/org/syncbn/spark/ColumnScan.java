package org.syncbn.spark;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.execution.InputAdapter;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.syncbn.spark.columnar.ParquetFormat;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.internals.Sessions;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/**
 * How Spark reads columns of a data set: in columnar batches where the data set is nothing but
 * files or a cache, else row by row.
 *
 * <p>Spark itself reads batches of up to {@code spark.sql.codegen.maxFields} columns. The batches
 * of wider tables are planned in a session of their own, a clone of the data set's, with a higher
 * limit and with fewer rows in a batch; nothing is set on the data set's session.
 */
public final class ColumnScan {

  private static final String MOST_FIELDS = "spark.sql.codegen.maxFields";
  private static final List<String> BATCH_SIZES =
      List.of(
          "spark.sql.parquet.columnarReaderBatchSize",
          "spark.sql.orc.columnarReaderBatchSize",
          "spark.sql.inMemoryColumnarStorage.batchSize");

  /** Values of all columns that one batch of a wide table holds: 32 MiB of doubles. */
  private static final int VALUES_PER_BATCH = 1 << 22;

  private static final int FEWEST_ROWS_PER_BATCH = 16;

  private static final String SPLIT_BYTES = "spark.sql.files.maxPartitionBytes";

  /** Each task parses the footer of its file, which takes long for thousands of columns. */
  private static final long LARGE_SPLIT = 1L << 30;

  private static final String FILTERS = "spark.sql.parquet.filterPushdown";

  private static final String MARK = "syncbn.wide";

  private final QueryExecution query;
  private final Optional<SparkPlan> columnar;
  private final int[] order; // of the columns among those of a batch; empty: as they are

  private ColumnScan(QueryExecution query) {
    this(query, columnar(query.executedPlan()), new int[0]);
  }

  private ColumnScan(QueryExecution query, Optional<SparkPlan> columnar, int[] order) {
    this.query = query;
    this.columnar = columnar;
    this.order = order;
  }

  /** The scan of all columns of {@code data}. */
  public static ColumnScan of(Dataset<Row> data) {
    QueryExecution query = ClassicDataset.of(data).queryExecution();
    SparkSession session = query.sparkSession();
    if (WholeStageCodegenExec.isTooManyFields(session.sessionState().conf(), data.schema())) {
      ColumnScan wide = new ColumnScan(inSessionForWideTables(query, session, data.schema()));
      if (wide.columnar.isPresent()) {
        return wide;
      }
    }
    return new ColumnScan(query);
  }

  /**
   * The scan of some columns of {@code data}, in any order. Files are asked for them in the order
   * that they have there: another one would cost a projection of every row.
   *
   * @param all the columns of {@code data}
   * @param selected some of them, perhaps twice, or expressions of them
   */
  static ColumnScan of(Dataset<Row> data, List<Column> all, List<Column> selected) {
    Map<Column, Integer> ordinals = new IdentityHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      ordinals.put(all.get(i), i);
    }
    if (ordinals.keySet().containsAll(selected)) {
      List<Integer> read = selected.stream().map(ordinals::get).distinct().sorted().toList();
      ColumnScan scan = of(data.select(read.stream().map(all::get).toArray(Column[]::new)));
      if (scan.columnar.isPresent()) {
        int[] order =
            selected.stream()
                .mapToInt(column -> Collections.binarySearch(read, ordinals.get(column)))
                .toArray();
        return new ColumnScan(scan.query, scan.columnar, order);
      }
    }
    return of(data.select(selected.toArray(Column[]::new)));
  }

  /** Whether {@code data} is read in one pass that has not begun when it is planned. */
  static boolean isScan(Dataset<Row> data) {
    return !data.isStreaming()
        && !(ClassicDataset.of(data).queryExecution().executedPlan()
            instanceof AdaptiveSparkPlanExec);
  }

  private static QueryExecution inSessionForWideTables(
      QueryExecution query, SparkSession session, StructType schema) {
    SparkSession clone = session.cloneSession();
    int rows = Math.max(FEWEST_ROWS_PER_BATCH, VALUES_PER_BATCH / schema.size());
    clone.conf().set(MOST_FIELDS, Integer.MAX_VALUE);
    for (String size : BATCH_SIZES) {
      clone.conf().set(size, Math.min(rows, Integer.parseInt(clone.conf().get(size))));
    }
    long split = session.sessionState().conf().filesMaxPartitionBytes();
    clone.conf().set(SPLIT_BYTES, Math.max(LARGE_SPLIT, split));
    clone.conf().set(FILTERS, false); // Making none takes time in the square of the columns.
    // Files are read with the settings of the session that opened them. Relations that differ only
    // in it are equal, and equal ones are not replaced, hence the option.
    LogicalPlan plan =
        query
            .withCachedData()
            .transform(
                new AbstractPartialFunction<>() {
                  @Override
                  public boolean isDefinedAt(LogicalPlan node) {
                    return node instanceof LogicalRelation leaf
                        && leaf.relation() instanceof HadoopFsRelation;
                  }

                  @Override
                  public LogicalPlan apply(LogicalPlan node) {
                    LogicalRelation leaf = (LogicalRelation) node;
                    HadoopFsRelation files = (HadoopFsRelation) leaf.relation();
                    return leaf.copy(
                        files.copy(
                            files.location(),
                            files.partitionSchema(),
                            files.dataSchema(),
                            files.bucketSpec(),
                            forWideTables(files.fileFormat()),
                            marked(files),
                            clone),
                        leaf.output(),
                        leaf.catalogTable(),
                        leaf.isStreaming(),
                        leaf.stream());
                  }
                });
    return org.apache.spark.sql.classic.Dataset.ofRows(clone, plan).queryExecution();
  }

  private static FileFormat forWideTables(FileFormat format) {
    return format.getClass() == ParquetFileFormat.class ? new ParquetFormat() : format;
  }

  private static scala.collection.immutable.Map<String, String> marked(HadoopFsRelation files) {
    Map<String, String> options = new HashMap<>(CollectionConverters.asJava(files.options()));
    options.put(MARK, "true");
    return Map$.MODULE$.from(CollectionConverters.asScala(options));
  }

  /** The query that reads. */
  QueryExecution query() {
    return query;
  }

  /** Runs jobs on what is read, as one query of Spark's pages. */
  <T> T run(String title, Supplier<T> work) {
    return Sessions.run(query, title, work);
  }

  /** The batches, which Spark refills as soon as the next one is asked for; or none. */
  public Optional<JavaRDD<ColumnarBatch>> batches() {
    return columnar.map(plan -> inOrder(plan.executeColumnar().toJavaRDD(), order));
  }

  private static JavaRDD<ColumnarBatch> inOrder(JavaRDD<ColumnarBatch> batches, int[] order) {
    return order.length == 0
        ? batches
        : batches.map(
            batch ->
                new ColumnarBatch(
                    Arrays.stream(order).mapToObj(batch::column).toArray(ColumnVector[]::new),
                    batch.numRows()));
  }

  /** The rows, of batches where there are any; each is valid until the next one is asked for. */
  JavaRDD<InternalRow> rows() {
    return batches()
        .map(batches -> batches.flatMap(ColumnarBatch::rowIterator))
        .orElseGet(() -> query.toRdd().toJavaRDD());
  }

  /**
   * The bytes of the largest row group of the largest file of Parquet, whose columns a task takes
   * into memory at once; 0 where no batches of Parquet are read.
   */
  long largestRowGroup() {
    if (columnar.isEmpty()) {
      return 0;
    }
    return CollectionConverters.asJava(query.withCachedData().collectLeaves()).stream()
        .filter(LogicalRelation.class::isInstance)
        .map(leaf -> ((LogicalRelation) leaf).relation())
        .filter(HadoopFsRelation.class::isInstance)
        .map(HadoopFsRelation.class::cast)
        .filter(files -> files.fileFormat() instanceof ParquetFileFormat)
        .mapToLong(this::largestRowGroup)
        .max()
        .orElse(0);
  }

  private long largestRowGroup(HadoopFsRelation files) {
    Seq<org.apache.spark.sql.catalyst.expressions.Expression> all =
        CollectionConverters.<org.apache.spark.sql.catalyst.expressions.Expression>asScala(
                List.of())
            .toSeq();
    Optional<FileStatus> largest =
        CollectionConverters.asJava(files.location().listFiles(all, all)).stream()
            .flatMap(folder -> CollectionConverters.asJava(folder.files()).stream())
            .map(file -> file.fileStatus())
            .max(Comparator.comparingLong(FileStatus::getLen));
    if (largest.isEmpty()) {
      return 0;
    }
    Configuration configuration = query.sparkSession().sessionState().newHadoopConf();
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromStatus(largest.get(), configuration),
            HadoopReadOptions.builder(configuration).build())) {
      return reader.getRowGroups().stream()
          .mapToLong(BlockMetaData::getCompressedSize)
          .max()
          .orElse(0);
    } catch (IOException | RuntimeException e) {
      return 0; // The task that reads the file says what is wrong with it.
    }
  }

  /**
   * The plan that produces batches, if {@code plan} does nothing but turn them into rows. Filters,
   * casts and limits stand between the two, so a plan is never searched for batches; and an
   * adaptive plan does not know yet what it will run.
   */
  private static Optional<SparkPlan> columnar(SparkPlan plan) {
    SparkPlan root = plan instanceof WholeStageCodegenExec stage ? stage.child() : plan;
    if (root instanceof ColumnarToRowExec toRows) {
      SparkPlan source = toRows.child();
      return Optional.of(source instanceof InputAdapter adapter ? adapter.child() : source)
          .filter(child -> !(child instanceof AdaptiveSparkPlanExec));
    }
    return Optional.empty();
  }
}
