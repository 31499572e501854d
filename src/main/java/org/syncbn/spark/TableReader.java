package org.syncbn.spark;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FailureChain;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.Location;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.files.TableName;
import org.syncbn.spark.files.TableState;

/**
 * Reads tables of catalogs, and folders that are tables with a log.
 *
 * <p>The connectors look up the last state of a table whenever its rows are asked for, and a job
 * asks for them several times. So the state is looked up once, and all rows are of that one,
 * whoever writes meanwhile.
 */
final class TableReader {

  private static final String ICEBERG_MAIN = "main"; // the branch that is read by default

  private final SparkSession session;
  private final Place place;

  private TableReader(SparkSession session, Place place) {
    this.session = session;
    this.place = place;
  }

  /** How a table is opened. */
  private interface Place {

    /** Its rows in a state. */
    Dataset<Row> rows(TableState state);

    /** What Iceberg keeps beside the rows, under a name. */
    Dataset<Row> metadata(String name);

    /** Its name in SQL. */
    String sql();
  }

  private record Folder(SparkSession session, TableFormat format, String path) implements Place {
    @Override
    public Dataset<Row> rows(TableState state) {
      return session.read().format(format.sparkName()).options(state.options()).load(path);
    }

    @Override
    public Dataset<Row> metadata(String name) {
      return session.read().format(format.sparkName()).load(path + "#" + name);
    }

    @Override
    public String sql() {
      return new TableName(List.of(format.sparkName(), path)).sql();
    }
  }

  private record Named(SparkSession session, TableName name) implements Place {
    @Override
    public Dataset<Row> rows(TableState state) {
      return session.read().options(state.options()).table(sql());
    }

    @Override
    public Dataset<Row> metadata(String child) {
      return session.table(name.child(child).sql());
    }

    @Override
    public String sql() {
      return name.sql();
    }
  }

  /** The rows of a folder in the wanted state. */
  static InputTable folder(
      SparkSession session, Location folder, TableFormat format, TableState wanted)
      throws IOException {
    format.requireConnector();
    format.requireReadable(folder);
    String path = folder.fileSystem().makeQualified(folder.path()).toString();
    return new TableReader(session, new Folder(session, format, path))
        .read(folder.text(), Optional.of(format), wanted);
  }

  /** The rows of a table of a catalog in the wanted state. */
  static InputTable catalog(SparkSession session, String text, TableState wanted) {
    TableName name = TableName.of(session, text);
    try {
      return new TableReader(session, new Named(session, name))
          .read(text, name.provider(session).flatMap(TableFormat::ofName), wanted);
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw FailureChain.of(failure)
              .hasCondition("TABLE_OR_VIEW_NOT_FOUND", "REQUIRES_SINGLE_PART_NAMESPACE")
          ? new DataException(
              "There is no table %s in the catalogs of this session; they are set with --conf spark.sql.catalog.NAME=..."
                  .formatted(name))
          : DataException.of(failure);
    }
  }

  /** Rows of one state, and its version if that is known. */
  private record Found(Dataset<Row> rows, Optional<String> version) {}

  private InputTable read(String text, Optional<TableFormat> format, TableState wanted) {
    if (format.isEmpty()) {
      return new InputTable(place.rows(wanted), List.of(), List.of(), List.of());
    }
    Found found =
        switch (format.get()) {
          case DELTA -> ofDelta(wanted);
          case ICEBERG -> ofIceberg(wanted);
          case HUDI -> new Found(place.rows(wanted), Optional.empty());
        };
    String note =
        "%s is read as a table of %s%s."
            .formatted(
                text,
                format.get().sparkName(),
                found
                    .version()
                    .map(version -> ", version " + version)
                    .or(() -> wanted.timestamp().map(instant -> ", as of " + instant))
                    .orElse(""));
    return new InputTable(found.rows(), List.of(), List.of(), List.of(note));
  }

  private Found ofDelta(TableState wanted) {
    wanted.version().ifPresent(TableReader::requireNumber);
    if (wanted.timestamp().isPresent()) {
      return new Found(place.rows(wanted), Optional.empty());
    }
    String version = wanted.version().orElseGet(this::lastVersionOfDelta);
    return new Found(place.rows(TableState.ofVersion(version)), Optional.of(version));
  }

  private static void requireNumber(String version) {
    if (!version.matches("\\d{1,18}")) {
      throw new DataException(
          "versionAsOf of a table of Delta is a number, not '%s'; timestampAsOf takes an instant."
              .formatted(version));
    }
  }

  private String lastVersionOfDelta() {
    return String.valueOf(
        session
            .sql("DESCRIBE HISTORY %s LIMIT 1".formatted(place.sql()))
            .select("version")
            .head()
            .getLong(0));
  }

  /**
   * A snapshot has the columns of its time. Where the table has got others since, without new rows,
   * the file is read that describes all of it.
   */
  private Found ofIceberg(TableState wanted) {
    if (wanted.timestamp().isPresent()) {
      return new Found(place.rows(wanted), Optional.empty());
    }
    Optional<String> snapshot = snapshot(wanted.version().orElse(ICEBERG_MAIN));
    if (snapshot.isEmpty()) { // a number, or a table without rows
      return new Found(place.rows(wanted), wanted.version());
    }
    Dataset<Row> rows = place.rows(TableState.ofVersion(snapshot.get()));
    if (wanted.isNow() && !rows.schema().equals(place.rows(wanted).schema())) {
      List<Row> log = place.metadata("metadata_log_entries").select("file").collectAsList();
      String file = log.get(log.size() - 1).getString(0);
      rows = new Folder(session, TableFormat.ICEBERG, file).rows(TableState.NOW);
    }
    return new Found(rows, snapshot);
  }

  /** The snapshot of a branch or tag, if there is one. */
  private Optional<String> snapshot(String name) {
    return place.metadata("refs").select("name", "snapshot_id").collectAsList().stream()
        .filter(row -> row.getString(0).equals(name))
        .map(row -> String.valueOf(row.getLong(1)))
        .findFirst();
  }
}
