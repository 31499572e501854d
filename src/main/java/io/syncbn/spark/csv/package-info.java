/**
 * Comma-separated values: reading and typing them.
 *
 * <p>Imports {@code spark.files}, whose {@link io.syncbn.spark.files.FormatReader} it implements.
 */
package io.syncbn.spark.csv;
