/**
 * The benchmarks behind {@code jobs/bench}: each measures a job and its peers in one run.
 *
 * <p>Read {@link org.syncbn.bench.BenchJob} first, then {@code NormalizeBenchmark}.
 */
package org.syncbn.bench;
