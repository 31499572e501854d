/**
 * Exact statistics as functions of Spark SQL: {@code SELECT syncbn.exact_avg(x) FROM t GROUP BY k}.
 *
 * <p>{@link org.syncbn.sql.ExactFunctionCatalog} is what users register; it names the functions,
 * which all aggregate into {@link org.syncbn.sums.ColumnSums} and so give the same bits for any
 * number of partitions.
 *
 * <p>Imports {@code org.syncbn.sums} and the connector API of Spark SQL. Read next: {@code
 * org.syncbn.spark}, where the same sums are found for whole data sets.
 */
package org.syncbn.sql;
