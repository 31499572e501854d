/**
 * Text files, read as what their bytes say: decompressed, decoded, and cut into lines and parts
 * that tasks read side by side; and the base of our own file formats.
 *
 * <p>Imports {@code spark.files}. Read {@link io.syncbn.spark.text.TextFile} first, then {@link
 * io.syncbn.spark.text.TextLines} and {@link io.syncbn.spark.text.RowFileFormat}.
 */
package io.syncbn.spark.text;
