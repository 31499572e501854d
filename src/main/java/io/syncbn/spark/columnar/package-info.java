/**
 * Apache Parquet and ORC, which bring their types.
 *
 * <p>Imports {@code spark.files}, whose {@link io.syncbn.spark.files.FormatReader} it implements.
 */
package io.syncbn.spark.columnar;
