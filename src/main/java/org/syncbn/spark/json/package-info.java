/**
 * JSON objects, as rows.
 *
 * <p>Imports {@code spark.files}, whose {@link org.syncbn.spark.files.FormatReader} it implements,
 * and {@code spark.text}. Read {@link org.syncbn.spark.json.JsonReader} first, then {@code
 * JsonColumns}, which decides the types, and {@link org.syncbn.spark.json.JsonFormat}, which writes
 * too.
 */
package org.syncbn.spark.json;
