/**
 * Batch normalization as pure functions, cut at the point where shards must agree: observe (local),
 * merge (elsewhere), apply (local), forward and backward.
 *
 * <p>Imports {@code org.syncbn.tensor} only: nothing here knows how the contributions of shards
 * were merged. The formulas alone, in fifty lines of double, are {@code BatchNormReference} among
 * the tests, which compare everything with it: read it first. Then read {@link
 * org.syncbn.norm.BatchNormOptions} for what can be chosen, {@link org.syncbn.norm.BatchNorm} for
 * the driver's side, {@link org.syncbn.norm.BatchNormShard} for a shard's; {@code org.syncbn.nn}
 * comes next.
 */
package org.syncbn.norm;
