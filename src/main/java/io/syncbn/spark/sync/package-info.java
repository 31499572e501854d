/**
 * Training on Spark: the rows of a run as logical shards held by executors, and the two engines
 * that carry an {@link io.syncbn.train.Engine}'s exchanges to them.
 *
 * <p>Imports {@code train} and {@code data} with what they import, and Spark core. Read {@link
 * io.syncbn.spark.sync.ShardedRows} first, then {@link io.syncbn.spark.sync.TreeEngine}, a Spark
 * job per exchange, and {@link io.syncbn.spark.sync.GangEngine}, tasks that stay; {@code
 * io.syncbn.spark.sync.Hub} is where a gang's answers meet, and {@code
 * io.syncbn.spark.sync.HubTransport} the one class that speaks the network. {@code
 * io.syncbn.spark.inference} comes next.
 */
package io.syncbn.spark.sync;
