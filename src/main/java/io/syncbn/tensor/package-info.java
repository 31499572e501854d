/**
 * Blocks of float32 numbers with a shape, the matrix product, and counter-based random numbers.
 *
 * <p>Imports the JDK and the BLAS library only. Read {@link io.syncbn.tensor.Tensor} first, then
 * {@link io.syncbn.tensor.CounterRandom} and {@link io.syncbn.tensor.Initializer}; {@code
 * io.syncbn.norm} comes next.
 */
package io.syncbn.tensor;
