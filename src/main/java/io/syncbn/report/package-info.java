/**
 * What a run was and what it measured: text tables for people, JSON for programs, and the check of
 * normalized data against the statistics it was made with.
 *
 * <p>Imports the JDK, {@code io.syncbn.sums} and Jackson. Read {@link io.syncbn.report.RunReport}
 * first, then {@link io.syncbn.report.Expectation}; {@code io.syncbn.jobs} comes next.
 */
package io.syncbn.report;
