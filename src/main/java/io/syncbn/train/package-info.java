/**
 * Training: the messages between the driver and the shards of a mini-batch, the merge that has the
 * same bits in any order, the loop, and the engine that runs it inside one JVM.
 *
 * <p>Imports {@code nn}, {@code optim}, {@code model}, {@code data}, {@code norm} and {@code
 * tensor}. Read {@link io.syncbn.train.Engine} first, then {@link io.syncbn.train.ShardStep} and
 * {@link io.syncbn.train.ShardForest}; {@code io.syncbn.spark} drives the same objects on a
 * cluster.
 */
package io.syncbn.train;
