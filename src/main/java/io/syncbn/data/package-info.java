/**
 * Rows for training: blocks of float32 or bytes, IDX files, and the dealing of rows to logical
 * shards by their content.
 *
 * <p>Imports {@code tensor}. Read {@link io.syncbn.data.ShardData} and {@link io.syncbn.data.Block}
 * first; {@code io.syncbn.train} comes next. Other file formats enter through {@code
 * io.syncbn.spark}.
 */
package io.syncbn.data;
