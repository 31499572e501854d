/**
 * Exact sums of columns, mergeable in any order to the same bits, and the moments read off them.
 *
 * <p>A {@link org.syncbn.sums.ColumnSums} holds the count, the sum and the sum of squares of
 * everything it was ever given as integers, so nothing is rounded while data is read or partial
 * sums are merged; {@link org.syncbn.sums.Moments} rounds each answer once, at the end. Read {@code
 * ColumnSums} first, then {@code TableSums} and {@code Moments}; {@code GroupSums} holds a table
 * for each group of rows.
 *
 * <p>Imports the JDK alone. Read next: {@code org.syncbn.norm}.
 */
package org.syncbn.sums;
