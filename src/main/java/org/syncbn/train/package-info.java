/**
 * Training: the messages between the driver and the shards of a mini-batch, the merge that has the
 * same bits in any order, the loop, and the engine that runs it inside one JVM.
 *
 * <p>Imports {@code nn}, {@code optim}, {@code model}, {@code data}, {@code norm} and {@code
 * tensor}. Read {@link org.syncbn.train.Engine} first, then {@link org.syncbn.train.ShardStep} and
 * {@link org.syncbn.train.ShardForest}; {@code org.syncbn.spark} drives the same objects on a
 * cluster.
 */
package org.syncbn.train;
