package org.syncbn.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The result of one epoch.
 *
 * @param epoch from 1
 * @param steps how many steps were done up to its end
 * @param seconds how long it took, the validation included
 * @param samplesPerSecond training rows by the time of the steps alone
 * @param learningRate of the step that would come next
 * @param times where the time of the steps went
 * @param train loss and metrics of its mini-batches, each as it was when it was met
 * @param validation loss and metrics of the validation rows at its end; empty without any
 */
public record EpochResult(
    int epoch,
    long steps,
    double seconds,
    double samplesPerSecond,
    double learningRate,
    StepTimes times,
    Map<String, Double> train,
    Map<String, Double> validation) {

  /** Keeps copies of the maps, in their order: {@code Map.copyOf} has another one in each JVM. */
  public EpochResult {
    train = Collections.unmodifiableMap(new LinkedHashMap<>(train));
    validation = Collections.unmodifiableMap(new LinkedHashMap<>(validation));
  }
}
