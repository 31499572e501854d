/**
 * What is decided before {@code spark-submit} starts the JVM of a job: the master, the options of
 * {@code spark-submit} among the job's arguments, the version of Spark.
 *
 * <p>Imports {@code jobs}, and of Spark only its launcher library, which is quick to load. Read
 * {@link org.syncbn.launch.Launch}.
 */
package org.syncbn.launch;
