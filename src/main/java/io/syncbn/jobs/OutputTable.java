package io.syncbn.jobs;

import io.syncbn.spark.files.DataFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.CreateTableWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalog.Table;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.connector.catalog.StagingTableCatalog;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A table of a catalog that is created or replaced at the end, when all is well.
 *
 * <p>The rows are first written to a table beside it, whose name ends with a random number. A
 * catalog that replaces tables atomically (Delta, Iceberg) then copies them in one transaction, so
 * that the history of the table goes on; in others the tables are renamed, in two steps where one
 * is replaced.
 */
final class OutputTable implements RowOutput, OutputCommit.Pending {

  private final SparkSession spark;
  private final List<String> name;
  private final List<String> beside;
  private final boolean mayReplace;
  private final Optional<DataFormat> format;
  private List<String> partitionBy = List.of();

  /**
   * A table to be.
   *
   * @param name in SQL: parts between dots, in backticks where they have other characters
   * @param format of its files; by default that of the table to be replaced, or of the catalog
   * @throws JobFailure if there is such a table already that may not be replaced
   */
  OutputTable(
      org.apache.spark.sql.SparkSession spark,
      String name,
      boolean mayReplace,
      Optional<DataFormat> format) {
    this.spark = (SparkSession) spark;
    this.mayReplace = mayReplace;
    this.format = format;
    this.name = parts(name);
    beside = new ArrayList<>(this.name);
    String suffix = UUID.randomUUID().toString().replace("-", "");
    beside.set(beside.size() - 1, beside.get(beside.size() - 1) + "_" + suffix);
    isTaken();
  }

  private List<String> parts(String text) {
    try {
      return CollectionConverters.asJava(
          spark.sessionState().sqlParser().parseMultipartIdentifier(text));
    } catch (Exception e) { // Scala throws checked exceptions undeclared.
      throw new JobFailure(
          "'%s' is no name of a table; write parts between dots, others than letters and digits in backticks."
              .formatted(text),
          e);
    }
  }

  private boolean isTaken() {
    if (!spark.catalog().tableExists(quoted(name))) {
      return false;
    }
    if (!mayReplace) {
      throw new JobFailure(
          "The table %s exists; name another one, or allow to replace it with --overwrite."
              .formatted(this));
    }
    Table table = table(name);
    if (table.isTemporary() || "VIEW".equals(table.tableType())) {
      throw new JobFailure(
          "%s is a view, which a table cannot replace; name another.".formatted(this));
    }
    return true;
  }

  @Override
  public void write(Dataset<Row> rows, List<String> columns) {
    partitionBy = List.copyOf(columns);
    create(writer(rows, beside));
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

  private CreateTableWriter<Row> writer(Dataset<Row> rows, List<String> table) {
    CreateTableWriter<Row> writer = rows.writeTo(quoted(table));
    Optional<String> provider =
        format.map(DataFormat::sparkName).or(() -> provider(isTaken() ? name : table));
    if (provider.isPresent()) {
      writer = writer.using(provider.get());
    }
    if (partitionBy.isEmpty()) {
      return writer;
    }
    List<Column> columns =
        partitionBy.stream().map(column -> functions.col(quoted(List.of(column)))).toList();
    return writer.partitionedBy(
        columns.get(0), CollectionConverters.asScala(columns.subList(1, columns.size())).toSeq());
  }

  /** The format of a table that exists, as it is written in SQL. */
  private Optional<String> provider(List<String> table) {
    return spark.catalog().tableExists(quoted(table))
        ? spark.sql("DESCRIBE TABLE EXTENDED " + quoted(table)).collectAsList().stream()
            .filter(row -> "Provider".equals(row.getString(0)))
            .map(row -> row.getString(1))
            .findFirst()
        : Optional.empty();
  }

  @Override
  public Dataset<Row> readBack(StructType schema) {
    return spark.table(quoted(beside));
  }

  @Override
  public void commit() {
    boolean isTaken = isTaken();
    Table written = table(beside);
    if (spark.sessionState().catalogManager().catalog(written.catalog())
        instanceof StagingTableCatalog) {
      CreateTableWriter<Row> writer = writer(spark.table(quoted(beside)), name);
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
    List<String> replaced = new ArrayList<>(beside);
    replaced.set(replaced.size() - 1, beside.get(beside.size() - 1) + "_replaced");
    rename(name, replaced, written);
    try {
      rename(beside, name, written);
    } catch (RuntimeException e) {
      rename(replaced, name, written);
      throw e;
    }
    drop(replaced);
  }

  private void rename(List<String> from, List<String> to, Table sibling) {
    List<String> inCatalog = new ArrayList<>(List.of(sibling.namespace()));
    inCatalog.add(to.get(to.size() - 1));
    spark.sql("ALTER TABLE %s RENAME TO %s".formatted(quoted(from), quoted(inCatalog)));
  }

  private Table table(List<String> table) {
    return spark.catalog().getTable(quoted(table));
  }

  private void drop(List<String> table) {
    spark.sql("DROP TABLE IF EXISTS " + quoted(table));
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

  private static String quoted(List<String> parts) {
    return parts.stream()
        .map(part -> "`" + part.replace("`", "``") + "`")
        .collect(Collectors.joining("."));
  }

  @Override
  public String toString() {
    return String.join(".", name);
  }
}
