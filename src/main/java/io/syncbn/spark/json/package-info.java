/**
 * JSON objects, as rows.
 *
 * <p>Imports {@code spark.files}, whose {@link io.syncbn.spark.files.FormatReader} it implements,
 * and {@code spark.text}. Read {@link io.syncbn.spark.json.JsonReader} first, then {@code
 * JsonColumns}, which decides the types, and {@link io.syncbn.spark.json.JsonFormat}, which writes
 * too.
 */
package io.syncbn.spark.json;
