/**
 * JSON objects, as rows.
 *
 * <p>Imports {@code spark.files}, whose {@link io.syncbn.spark.files.FormatReader} it implements.
 */
package io.syncbn.spark.json;
