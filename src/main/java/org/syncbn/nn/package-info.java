/**
 * Networks: layers with their gradients, losses, metrics, and the passes of a training step that
 * stop where shards have to agree.
 *
 * <p>Imports {@code norm} and {@code tensor}. Read {@link org.syncbn.nn.LayerSpec} and {@link
 * org.syncbn.nn.Network} first, then {@link org.syncbn.nn.TrainingPass}, a shard's half of a step,
 * and {@link org.syncbn.nn.StepSynchronization}, the driver's half; {@code org.syncbn.optim} comes
 * next.
 */
package org.syncbn.nn;
