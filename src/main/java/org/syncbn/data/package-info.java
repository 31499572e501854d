/**
 * Rows for training: blocks of float32 or bytes, IDX files, and the hash-partitioning of rows into
 * logical shards by their content.
 *
 * <p>Imports {@code tensor}. Read {@link org.syncbn.data.ShardData} and {@link
 * org.syncbn.data.Block} first; {@code org.syncbn.train} comes next. Other file formats enter
 * through {@code org.syncbn.spark}.
 */
package org.syncbn.data;
