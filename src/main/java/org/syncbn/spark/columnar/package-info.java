/**
 * Apache Parquet and ORC, which bring their types.
 *
 * <p>Imports {@code spark.files}, whose {@link org.syncbn.spark.files.FormatReader} it implements.
 */
package org.syncbn.spark.columnar;
