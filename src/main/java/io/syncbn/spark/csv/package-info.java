/**
 * Comma-separated values: reading, typing and writing them.
 *
 * <p>Imports {@code spark.files}, whose {@link io.syncbn.spark.files.FormatReader} it implements,
 * and {@code spark.text}. Read {@link io.syncbn.spark.csv.CsvReader} first, then {@code CsvRecords}
 * and {@code CsvFields}.
 */
package io.syncbn.spark.csv;
