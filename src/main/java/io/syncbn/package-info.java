/** SyncBN for Spark: synchronized batch normalization on Apache Spark. */
package io.syncbn;
