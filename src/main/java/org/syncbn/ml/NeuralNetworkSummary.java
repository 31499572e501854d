package org.syncbn.ml;

import java.util.List;
import java.util.Map;
import org.syncbn.api.FittedNetwork;
import org.syncbn.train.EpochResult;

/** The history and metrics of a training, saved with the model. Immutable. */
public final class NeuralNetworkSummary {

  private final List<EpochResult> history;
  private final Map<String, Map<String, Double>> metrics;

  NeuralNetworkSummary(FittedNetwork network) {
    history = network.history();
    metrics = network.metrics();
  }

  /** What was measured at the end of each epoch. */
  public List<EpochResult> history() {
    return history;
  }

  /** How many epochs were trained. */
  public int totalIterations() {
    return history.size();
  }

  /** The loss of each epoch's mini-batches, each as it was when it was met. */
  public double[] objectiveHistory() {
    return history.stream().mapToDouble(epoch -> epoch.train().get("loss")).toArray();
  }

  /**
   * Loss and metrics of all rows at the end, by part of the rows ({@code train}, {@code
   * validation}) and name.
   */
  public Map<String, Map<String, Double>> metrics() {
    return metrics;
  }
}
