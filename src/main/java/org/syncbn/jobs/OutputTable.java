package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.CreateTableWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalog.Table;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.connector.catalog.CatalogExtension;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.StagingTableCatalog;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.syncbn.cli.JobFailure;
import org.syncbn.cli.OutputCommit;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.files.TableName;
import org.syncbn.spark.internals.Expressions;
import org.syncbn.spark.internals.Sessions;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Creates or replaces a table of a catalog at the end of a successful job.
 *
 * <p>The rows are first written to a temporary table, whose name ends with a random number. A
 * catalog that replaces tables atomically (Delta, Iceberg) then copies them in one transaction, so
 * that the history of the table continues; in others the tables are renamed, in two steps where one
 * is replaced.
 */
final class OutputTable implements RowOutput, OutputCommit.Pending {

  /** In which tables keep all that Spark can hold; text would lose line breaks and microseconds. */
  static final List<RowFormat> FORMATS =
      List.of(DataFormat.PARQUET, DataFormat.ORC, TableFormat.DELTA, TableFormat.ICEBERG);

  private final SparkSession spark;
  private final TableName name;
  private final TableName beside;
  private final boolean mayReplace;
  private final Optional<RowFormat> format;
  private List<String> partitionBy = List.of();

  /**
   * A table to be.
   *
   * @param name in SQL: parts between dots, in backticks where they have other characters
   * @param format of its files; by default that of the table to be replaced, or of the catalog
   * @throws JobFailure if there is such a table already that may not be replaced
   */
  OutputTable(SparkSession spark, String name, boolean mayReplace, Optional<RowFormat> format) {
    this.spark = spark;
    this.mayReplace = mayReplace;
    this.format = format;
    format
        .filter(TableFormat.class::isInstance)
        .map(TableFormat.class::cast)
        .ifPresent(TableFormat::requireConnector);
    this.name = TableName.of(spark, name);
    String suffix = UUID.randomUUID().toString().replace("-", "");
    beside = this.name.sibling(this.name.last() + "_" + suffix);
    requireCatalogOfFormat();
    if (isTaken()) {
      requireFormat(this.name.provider(spark));
    }
  }

  /** Spark's own catalog finds the connector of Iceberg, but no place for a table. */
  private void requireCatalogOfFormat() {
    CatalogManager catalogs = Sessions.catalogs(spark);
    String first = name.parts().get(0);
    CatalogPlugin catalog =
        name.parts().size() > 1 && catalogs.isCatalogRegistered(first)
            ? catalogs.catalog(first)
            : catalogs.currentCatalog();
    if (format.equals(Optional.of(TableFormat.ICEBERG))
        && !catalog.getClass().getName().startsWith("org.apache.iceberg.")) {
      throw new JobFailure(
          ("%s would be in the catalog %s, which is not an Iceberg catalog; use one that is set"
                  + " with --conf spark.sql.catalog.NAME=org.apache.iceberg.spark.SparkCatalog.")
              .formatted(this, catalog.name()));
    }
  }

  private boolean isTaken() {
    if (!spark.catalog().tableExists(name.sql())) {
      return false;
    }
    if (!mayReplace) {
      throw new JobFailure(
          "The table %s exists; choose another one, or replace it with --overwrite."
              .formatted(this));
    }
    Table table = table(name);
    if (table.isTemporary() || "VIEW".equals(table.tableType())) {
      throw new JobFailure(
          "%s is a view, which a table cannot replace; name another.".formatted(this));
    }
    return true;
  }

  private void requireFormat(Optional<String> provider) {
    boolean isText =
        Arrays.stream(DataFormat.values())
            .filter(text -> !FORMATS.contains(text))
            .anyMatch(text -> text.sparkName().equalsIgnoreCase(provider.orElse("")));
    if (isText) {
      throw new JobFailure(
          "The table %s would be of %s, which loses line breaks and microseconds; use --output-format parquet, orc, delta or iceberg."
              .formatted(this, provider.get()));
    }
  }

  @Override
  public void write(Dataset<Row> rows, List<String> columns) {
    partitionBy = List.copyOf(columns);
    create(writer(rows, beside));
    requireFormat(beside.provider(spark));
  }

  private void create(CreateTableWriter<Row> writer) {
    try {
      writer.create();
    } catch (TableAlreadyExistsException e) {
      throw new JobFailure(
          "The table %s was made by someone else during the run; name another one.".formatted(this),
          e);
    }
  }

  private CreateTableWriter<Row> writer(Dataset<Row> rows, TableName table) {
    CreateTableWriter<Row> writer = rows.writeTo(table.sql());
    Optional<String> provider =
        format.map(RowFormat::sparkName).or(() -> (isTaken() ? name : table).provider(spark));
    if (provider.isPresent()) {
      writer = writer.using(provider.get());
    }
    if (partitionBy.isEmpty()) {
      return writer;
    }
    List<Column> columns =
        partitionBy.stream().map(column -> functions.col(Expressions.quoted(column))).toList();
    return writer.partitionedBy(
        columns.get(0), CollectionConverters.asScala(columns.subList(1, columns.size())).toSeq());
  }

  @Override
  public Dataset<Row> readBack(StructType schema) {
    return spark.table(beside.sql());
  }

  @Override
  public void commit() {
    boolean isTaken = isTaken();
    Table written = table(beside);
    if (isReplacedAtomically(written, isTaken)) {
      CreateTableWriter<Row> writer = writer(spark.table(beside.sql()), name);
      if (isTaken) {
        writer.createOrReplace();
      } else {
        create(writer);
      }
      return;
    }
    if (!isTaken) {
      rename(beside, name, written);
      return;
    }
    TableName replaced = beside.sibling(beside.last() + "_replaced");
    rename(name, replaced, written);
    try {
      rename(beside, name, written);
    } catch (RuntimeException e) {
      rename(replaced, name, written);
      throw e;
    }
    drop(replaced);
  }

  /** The catalog of a session may do so with some of its tables only. */
  private boolean isReplacedAtomically(Table written, boolean isTaken) {
    CatalogPlugin catalog = Sessions.catalogs(spark).catalog(written.catalog());
    if (!(catalog instanceof StagingTableCatalog)) {
      return false;
    }
    Optional<TableFormat> its = beside.provider(spark).flatMap(TableFormat::ofName);
    return !(catalog instanceof CatalogExtension)
        || its.isPresent()
            && (!isTaken || name.provider(spark).flatMap(TableFormat::ofName).equals(its));
  }

  private void rename(TableName from, TableName to, Table sibling) {
    List<String> inCatalog = new ArrayList<>(List.of(sibling.namespace()));
    inCatalog.add(to.last());
    spark.sql("ALTER TABLE %s RENAME TO %s".formatted(from.sql(), new TableName(inCatalog).sql()));
  }

  private Table table(TableName table) {
    return Sessions.table(spark, table.sql());
  }

  private void drop(TableName table) {
    spark.sql("DROP TABLE IF EXISTS " + table.sql());
  }

  @Override
  public void tidy() {
    if (!spark.sparkContext().isStopped()) {
      drop(beside);
    }
  }

  @Override
  public Optional<String> note() {
    boolean isPassing =
        "spark_catalog".equals(table(name).catalog())
            && "in-memory".equals(spark.conf().get("spark.sql.catalogImplementation"));
    return isPassing
        ? Optional.of(
            "The catalog is in memory, so the name %s ends with this run; its files stay in %s."
                .formatted(this, spark.conf().get("spark.sql.warehouse.dir")))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return name.toString();
  }
}
