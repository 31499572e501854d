/**
 * What is not public in Spark and differs between its versions, or may: each class names the
 * versions that it was tried with.
 *
 * <p>Imports nothing of ours.
 */
package org.syncbn.spark.internals;
