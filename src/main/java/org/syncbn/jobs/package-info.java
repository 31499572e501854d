/**
 * The commands: parse the options, open the session, call the library, report.
 *
 * <p>May import everything; nothing imports it. Read {@link org.syncbn.jobs.SyncBatchNorm} first,
 * then {@code NormalizeJob}.
 */
package org.syncbn.jobs;
