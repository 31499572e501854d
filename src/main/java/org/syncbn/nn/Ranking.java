package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;

/**
 * The scores of the rows of one class and of all others, in ascending order: what the areas under
 * the ROC curve and the precision-recall curve are computed from, without thresholds and without
 * interpolation.
 *
 * <p>Scores are the probabilities that a model predicts, in float32. Where an output is not a
 * number, a row of the class stands below all, and another above all.
 */
final class Ranking {

  private static final float BELOW_ALL = -1;
  private static final float ABOVE_ALL = 2;

  /**
   * Rows of one score.
   *
   * @param negative the weight of those that are not of the class
   * @param positive the weight of those that are
   */
  private record Group(double negative, double positive) {}

  private final List<Group> groups = new ArrayList<>(); // by ascending score
  private double negative;
  private double positive;

  private Ranking() {}

  /** How many classes are ranked: of two the second alone. */
  static int size(Loss loss, int outputs) {
    return loss.target() == Loss.Target.CLASS && outputs == 2 ? 1 : outputs;
  }

  /**
   * Counts the scores of a row.
   *
   * @param probabilities that the outputs predict
   */
  static void add(
      Loss loss, float[] probabilities, float[] target, double rowWeight, Tally.Builder tally) {
    boolean one = loss.target() == Loss.Target.CLASS;
    int first = probabilities.length - size(loss, probabilities.length);
    for (int i = first; i < probabilities.length; i++) {
      boolean isPositive = one ? i == (int) target[0] : Labels.isYes(target[i]);
      float score = probabilities[i];
      if (Float.isNaN(score)) {
        score = isPositive ? BELOW_ALL : ABOVE_ALL;
      }
      tally.add(((long) (i - first) << 32 | ordered(score)) << 1 | (isPositive ? 1 : 0), rowWeight);
    }
  }

  /** The bits of a score as a number of 32 bits that grows with it. */
  private static long ordered(float score) {
    int bits = Float.floatToIntBits(score);
    return (bits ^ (bits >> 31 | Integer.MIN_VALUE)) & 0xFFFFFFFFL;
  }

  /** The rankings of all classes. */
  static List<Ranking> of(int size, Tally tally) {
    List<Ranking> rankings = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      rankings.add(new Ranking());
    }
    long[] last = {-1};
    tally.forEachKey(
        (key, weight) -> {
          Ranking ranking = rankings.get((int) (key >> 33));
          boolean isPositive = (key & 1) == 1;
          Group group = new Group(isPositive ? 0 : weight, isPositive ? weight : 0);
          if (last[0] == key >> 1) {
            Group before = ranking.groups.remove(ranking.groups.size() - 1);
            group = new Group(before.negative, weight);
          }
          ranking.groups.add(group);
          ranking.negative += isPositive ? 0 : weight;
          ranking.positive += isPositive ? weight : 0;
          last[0] = key >> 1;
        });
    return rankings;
  }

  /** The weight of the rows of the class. */
  double positive() {
    return positive;
  }

  /** Whether there are rows of the class and others. */
  boolean hasBothKinds() {
    return positive > 0 && negative > 0;
  }

  /**
   * The area under the ROC curve: how often a row of the class has a greater score than another
   * row, an equal one counting half. NaN unless there are rows of both kinds.
   */
  double rocArea() {
    double below = 0;
    double pairs = 0;
    for (Group group : groups) {
      pairs += group.positive * (below + group.negative / 2);
      below += group.negative;
    }
    return pairs / (positive * negative);
  }

  /**
   * The area under the precision-recall curve as average precision: the sum of {@code (recall_n -
   * recall_(n-1)) * precision_n} over descending scores. NaN without a row of the class.
   */
  double averagePrecision() {
    double found = 0;
    double taken = 0;
    double sum = 0;
    for (int i = groups.size() - 1; i >= 0; i--) {
      Group group = groups.get(i);
      found += group.positive;
      taken += group.positive + group.negative;
      sum += group.positive == 0 ? 0 : group.positive * (found / taken);
    }
    return sum / positive;
  }
}
