/**
 * Spark clusters on one machine, for tests: threads, executors in JVMs of their own that can be
 * killed, and a real standalone master with its workers. Imports the JDK and Spark. Read {@link
 * org.syncbn.cluster.SparkCluster} first.
 */
package org.syncbn.cluster;
