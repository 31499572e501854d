/**
 * Comma-separated values: reading, typing and writing them.
 *
 * <p>Imports {@code spark.files}, whose {@link org.syncbn.spark.files.FormatReader} it implements,
 * and {@code spark.text}. Read {@link org.syncbn.spark.csv.CsvReader} first, then {@code
 * CsvRecords} and {@code CsvFields}.
 */
package org.syncbn.spark.csv;
