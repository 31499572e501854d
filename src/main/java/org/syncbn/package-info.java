/** SyncBN for Spark: synchronized batch normalization on Apache Spark. */
package org.syncbn;
