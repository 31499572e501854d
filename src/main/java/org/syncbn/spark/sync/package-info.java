/**
 * Training on Spark: the rows of a run as logical shards held by executors, and the engines that
 * carry an {@link org.syncbn.train.Engine}'s exchanges to them.
 *
 * <p>Imports {@code train} and {@code data} with what they import, and Spark core. Read {@link
 * org.syncbn.spark.sync.ShardedRows} first, then {@link org.syncbn.spark.sync.TreeEngine}, a Spark
 * job per exchange, and {@link org.syncbn.spark.sync.GangEngine}, tasks that stay. {@code
 * org.syncbn.spark.sync.Coordinator} merges the results of a gang in the driver, {@code
 * org.syncbn.spark.sync.SliceOwner} updates weights in the executors that keep them, {@code
 * org.syncbn.spark.sync.GangCalls} draws what passes between them, and {@code
 * org.syncbn.spark.sync.GangTransport} has what their connections have in common. {@link
 * org.syncbn.spark.sync.EngineChoice} measures what a cluster's exchanges cost, computes the bytes
 * of each engine ({@link org.syncbn.spark.sync.LinkBytes}) and takes the cheapest. {@code
 * org.syncbn.spark.inference} comes next.
 */
package org.syncbn.spark.sync;
