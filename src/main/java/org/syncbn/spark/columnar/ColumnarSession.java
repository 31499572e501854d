package org.syncbn.spark.columnar;

import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.internals.Sessions;

/**
 * Sessions that read and write Parquet and ORC as they are, whatever the caller's own is set to.
 */
public final class ColumnarSession {

  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("spark.sql.caseSensitive", "true"), // names are literal
          Map.entry("spark.sql.session.timeZone", "UTC"),
          Map.entry("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED"),
          Map.entry("spark.sql.parquet.int96RebaseModeInRead", "CORRECTED"),
          Map.entry("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED"),
          Map.entry("spark.sql.parquet.int96RebaseModeInWrite", "CORRECTED"),
          Map.entry("spark.sql.parquet.fieldId.read.enabled", "false"),
          Map.entry("spark.sql.parquet.fieldId.write.enabled", "false"),
          Map.entry("spark.sql.files.ignoreCorruptFiles", "false"),
          Map.entry("spark.sql.files.ignoreMissingFiles", "false"),
          // Parquet's own name: a page that has a checksum must have that of its bytes.
          Map.entry("parquet.page.verify-checksum.enabled", "true"));

  private ColumnarSession() {}

  /** A session beside the caller's, with its other settings. */
  public static SparkSession of(SparkSession session) {
    return of(session, true);
  }

  /**
   * A session beside the caller's.
   *
   * @param inBatches whether Parquet may be read column by column
   */
  static SparkSession of(SparkSession session, boolean inBatches) {
    SparkSession own = Sessions.beside(session);
    SETTINGS.forEach(own.conf()::set);
    if (!inBatches) {
      own.conf().set("spark.sql.parquet.enableVectorizedReader", "false");
    }
    return own;
  }
}
