/**
 * The commands: parse the options, open the session, call the library, report.
 *
 * <p>May import everything; nothing imports it. Read {@link io.syncbn.jobs.SyncBatchNorm} first,
 * then {@code NormalizeJob}.
 */
package io.syncbn.jobs;
