package org.syncbn.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.syncbn.nn.BatchNormReport;

/**
 * What the layers were like in the last step of an epoch.
 *
 * @param epoch from 1
 * @param step over all epochs, from 1
 * @param batchNorms in their order; those that use no statistics of mini-batches are left out
 * @param gradientNorms of each array of weights, the Euclidean norm of the gradient of the mean
 *     loss and the penalties, before clipping
 */
public record LayersResult(
    int epoch, long step, List<BatchNormReport> batchNorms, Map<String, Double> gradientNorms) {

  /** Keeps copies, in their order. */
  public LayersResult {
    batchNorms = List.copyOf(batchNorms);
    gradientNorms = Collections.unmodifiableMap(new LinkedHashMap<>(gradientNorms));
  }
}
