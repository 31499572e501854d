/**
 * Networks: layers with their gradients, losses, metrics, and the passes of a training step that
 * stop where shards have to agree.
 *
 * <p>Imports {@code norm} and {@code tensor}. Read {@link io.syncbn.nn.LayerSpec} and {@link
 * io.syncbn.nn.Network} first, then {@link io.syncbn.nn.TrainingPass}, a shard's half of a step,
 * and {@link io.syncbn.nn.StepAgreements}, the driver's half; {@code io.syncbn.optim} comes next.
 */
package io.syncbn.nn;
