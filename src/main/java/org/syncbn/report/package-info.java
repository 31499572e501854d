/**
 * What a run was and what it measured: text tables and pages with charts for people, JSON for
 * programs, and the check of normalized data against the statistics it was made with.
 *
 * <p>Imports the JDK, {@code org.syncbn.sums} and Jackson. Read {@link org.syncbn.report.RunReport}
 * first, then {@link org.syncbn.report.Page} and {@link org.syncbn.report.Chart}, then {@link
 * org.syncbn.report.Expectation}; {@code org.syncbn.jobs} comes next.
 */
package org.syncbn.report;
