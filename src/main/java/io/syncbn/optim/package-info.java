/**
 * Optimizers: compositions of small transformations of the gradient, with state by name, and
 * schedules of the learning rate.
 *
 * <p>Imports {@code tensor} only. Read {@link io.syncbn.optim.Optimizers} for the names that people
 * know, {@link io.syncbn.optim.Transform} for their parts and {@link io.syncbn.optim.Optimizer} for
 * the thing that runs; {@code io.syncbn.model} comes next.
 */
package io.syncbn.optim;
