package org.syncbn.spark.inference;

import java.io.Serializable;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.syncbn.nn.Loss;
import org.syncbn.train.InferencePlan;

/**
 * What the outputs of a network mean under the loss that it was trained with. Immutable.
 *
 * @param loss by which it was trained
 * @param outputs how many there are for a row
 */
public record OutputMeaning(Loss loss, int outputs) implements Serializable {

  /** What the outputs of a model mean. */
  public static OutputMeaning of(InferencePlan plan) {
    return new OutputMeaning(plan.measures().loss(), plan.outputs());
  }

  /** Whether the outputs tell classes, rather than numbers. */
  public boolean isOfClasses() {
    return loss.target() == Loss.Target.CLASS || isOfSecondClass();
  }

  /** Whether the one output is for the second of two classes. */
  private boolean isOfSecondClass() {
    return loss.target() == Loss.Target.PROBABILITY && outputs == 1;
  }

  /** How many classes there are. */
  public int classes() {
    return isOfSecondClass() ? 2 : outputs;
  }

  /**
   * The logit of each class; of two classes with one output z they are -z and z.
   *
   * @param values the outputs for a row // [outputs]
   */
  public Vector logits(float[] values) {
    double[] logits = new double[classes()];
    if (isOfSecondClass()) {
      logits[0] = -values[0];
      logits[1] = values[0];
    } else {
      for (int i = 0; i < logits.length; i++) {
        logits[i] = values[i];
      }
    }
    return Vectors.dense(logits);
  }

  /** The numbers that are predicted, where the outputs do not tell classes. */
  public double[] numbers(float[] values) {
    float[] predicted = values.clone();
    loss.predict(predicted);
    return IntStream.range(0, outputs).mapToDouble(i -> predicted[i]).toArray();
  }

  /** The probability of each class, from {@link #logits}. */
  public Vector probabilities(Vector logits) {
    boolean second = isOfSecondClass();
    float[] values = new float[outputs];
    for (int i = 0; i < outputs; i++) {
      values[i] = (float) logits.apply(second ? 1 : i);
    }
    loss.predict(values);
    double[] probabilities = new double[classes()];
    for (int i = 0; i < outputs; i++) {
      probabilities[second ? 1 : i] = values[i];
    }
    if (second) {
      probabilities[0] = 1 - probabilities[1];
    }
    return Vectors.dense(probabilities);
  }
}
