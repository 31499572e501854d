package org.syncbn.train;

/**
 * The result of one committed step.
 *
 * @param epoch from 1
 * @param step from 1, over all epochs
 * @param rows of the mini-batch
 * @param loss mean loss of the mini-batch, without penalties, before the step
 * @param learningRate of the step
 */
public record StepResult(int epoch, long step, int rows, double loss, double learningRate) {}
