/**
 * The benchmark behind {@code jobs/bench scale}: engines on executors that are joined by links of a
 * limited rate, and a model of their time on clusters that are not at hand.
 *
 * <p>Read {@link org.syncbn.bench.scale.ScaleBenchmark} first, then {@code LinkedMachines} and
 * {@code MeasuredDriver}.
 */
package org.syncbn.bench.scale;
