/**
 * Optimizers: compositions of small transformations of the gradient, with state by name, and
 * schedules of the learning rate.
 *
 * <p>Imports {@code tensor} only. Read {@link org.syncbn.optim.Optimizers} for the names that
 * people know, {@link org.syncbn.optim.Transform} for their parts and {@link
 * org.syncbn.optim.Optimizer} for the thing that runs; {@code org.syncbn.model} comes next.
 */
package org.syncbn.optim;
