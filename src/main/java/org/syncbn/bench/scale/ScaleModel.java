package org.syncbn.bench.scale;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.syncbn.spark.sync.LinkBytes;

/**
 * What a training step takes with one engine, as a sum of costs that are fitted to measurements:
 * the relative errors' squares are least.
 *
 * @param engine the engine
 * @param coefficients seconds of each {@link Term}; none is negative
 */
record ScaleModel(ScaleEngine engine, double[] coefficients) {

  /** What a step is charged for. */
  private enum Term {
    /** A round trip or the stage of a job, whatever its size. */
    ROUND,
    /** A message or task of a round, one for each executor. */
    MESSAGE,
    /** A message from an executor to another one. */
    PEER_MESSAGE,
    /** A second in which links are full by formula, one phase after the other. */
    LINK_SECOND,
    /** A byte that a processor sends or receives. */
    BYTE,
    /** A weight whose gradient an executor's processor computes. */
    WEIGHT
  }

  /** Where the processors are. */
  enum Processors {
    /** All machines share those of this one. */
    SHARED,
    /** Each executor and the driver have their own. */
    OWN
  }

  private static final int SHARED = Runtime.getRuntime().availableProcessors();

  /** Copies the coefficients. */
  ScaleModel {
    coefficients = coefficients.clone();
  }

  /** Fits a model to measurements of one engine on shared processors. */
  static ScaleModel fit(ScaleEngine engine, List<ScalePoint> points) {
    double[][] rows = new double[points.size()][];
    double[] ones = new double[points.size()];
    Arrays.fill(ones, 1);
    for (int i = 0; i < rows.length; i++) {
      ScalePoint point = points.get(i);
      rows[i] =
          Arrays.stream(terms(point.step(), Processors.SHARED))
              .map(term -> term / point.seconds())
              .toArray();
    }
    return new ScaleModel(engine, NonNegativeFit.solve(rows, ones));
  }

  /**
   * Whether measurements tell the costs apart: twice as many as there are costs, at two rates at
   * least, without which a byte on a link could as well be one that a processor handles.
   */
  static boolean isDetermined(List<ScalePoint> points) {
    return points.size() >= 2 * Term.values().length
        && points.stream().map(point -> point.step().megabits()).distinct().count() >= 2;
  }

  /** The seconds of a step. */
  double seconds(ScaleCase step, Processors processors) {
    return NonNegativeFit.dot(terms(step, processors), coefficients);
  }

  /** The difference from a measurement, as a share of it. */
  double error(ScalePoint point) {
    return Math.abs(seconds(point.step(), Processors.SHARED) / point.seconds() - 1);
  }

  private static double[] terms(ScaleCase step, Processors processors) {
    int rounds = step.rounds();
    int executors = step.executors();
    LinkBytes bytes = step.bytes();
    double all = bytes.driver() + (double) executors * (bytes.executorOut() + bytes.executorIn());
    return new double[] {
      rounds,
      (double) rounds * executors,
      switch (processors) {
        case SHARED -> (double) step.peerMessages() * executors / Math.min(SHARED, executors);
        case OWN -> step.peerMessages();
      },
      step.linkSeconds(),
      switch (processors) {
        case SHARED -> all / Math.min(SHARED, executors + 1);
        case OWN -> bytes.busiest();
      },
      switch (processors) {
        case SHARED -> (double) step.weights() * executors / Math.min(SHARED, executors);
        case OWN -> step.weights();
      }
    };
  }

  /** The coefficients by name, in seconds. */
  Map<String, Double> named() {
    Map<String, Double> named = new LinkedHashMap<>();
    List<String> names =
        List.of(
            "perRound", "perMessage", "perPeerMessage", "perLinkSecond", "perByte", "perWeight");
    for (int i = 0; i < names.size(); i++) {
      named.put(names.get(i), coefficients[i]);
    }
    return named;
  }
}
