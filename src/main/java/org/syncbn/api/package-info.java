/**
 * The API for programs: immutable requests with results, on data sets of the caller's own session.
 *
 * <p>Begin with {@link org.syncbn.api.Normalizer}, then {@link org.syncbn.api.NetworkTrainer}.
 * Nothing here sets anything on a session, opens one, prints, or ends a JVM; what is wrong with the
 * data is a {@link org.syncbn.spark.files.DataException} with one sentence.
 *
 * <p>May import every package below it but {@code cluster}. Read next: {@code jobs}, the command
 * line over it.
 */
package org.syncbn.api;
