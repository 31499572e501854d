/**
 * Blocks of float32 numbers with a shape, the matrix product, and counter-based random numbers.
 *
 * <p>Imports the JDK and the BLAS library only. Read {@link org.syncbn.tensor.Tensor} first, then
 * {@link org.syncbn.tensor.CounterRandom} and {@link org.syncbn.tensor.Initializer}; {@code
 * org.syncbn.norm} comes next.
 */
package org.syncbn.tensor;
