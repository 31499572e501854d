/**
 * Batch normalization as pure functions, cut at the point where shards must agree: observe (local),
 * merge (elsewhere), apply (local), forward and backward.
 *
 * <p>Imports {@code io.syncbn.tensor} only: nothing here knows how the contributions of shards were
 * merged. Read {@link io.syncbn.norm.BatchNormOptions} for what can be chosen, {@link
 * io.syncbn.norm.BatchNorm} for the driver's side, {@link io.syncbn.norm.BatchNormShard} for a
 * shard's; {@code io.syncbn.nn} comes next.
 */
package io.syncbn.norm;
