/**
 * Text files, read as what their bytes say: decompressed, decoded, and cut into lines and parts
 * that tasks read side by side; and the base of our own file formats.
 *
 * <p>Imports {@code spark.files}. Read {@link org.syncbn.spark.text.TextFile} first, then {@link
 * org.syncbn.spark.text.TextLines} and {@link org.syncbn.spark.text.RowFileFormat}.
 */
package org.syncbn.spark.text;
