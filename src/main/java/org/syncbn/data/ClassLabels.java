package org.syncbn.data;

import java.io.Serializable;
import java.util.BitSet;
import java.util.Optional;

/**
 * The classes among the labels of rows, and whether a label is not a class. Merging is associative
 * and commutative. Immutable.
 */
public final class ClassLabels implements Serializable {

  private static final long serialVersionUID = 1;

  private final int classes;
  private final BitSet present;
  private final float foreign; // the least label that is not a class, by Float.compare
  private final boolean hasForeign;
  private final float least; // of all labels
  private final float greatest;

  private ClassLabels(
      int classes, BitSet present, boolean hasForeign, float foreign, float least, float greatest) {
    this.classes = classes;
    this.present = present;
    this.hasForeign = hasForeign;
    this.foreign = foreign;
    this.least = least;
    this.greatest = greatest;
  }

  /** The labels of some rows, which may be none. */
  public static ClassLabels of(Block rows, int classes) {
    BitSet present = new BitSet(classes);
    boolean hasForeign = false;
    float foreign = 0;
    float least = Float.POSITIVE_INFINITY;
    float greatest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < rows.rows() * rows.labels(); i++) {
      float label = rows.label(i / rows.labels(), i % rows.labels());
      least = Math.min(least, label);
      greatest = Math.max(greatest, label);
      if (isClass(label, classes)) {
        present.set((int) label);
      } else if (!hasForeign || Float.compare(label, foreign) < 0) {
        hasForeign = true;
        foreign = label;
      }
    }
    return new ClassLabels(classes, present, hasForeign, foreign, least, greatest);
  }

  /** The labels of the rows of both. */
  public ClassLabels merge(ClassLabels other) {
    BitSet union = (BitSet) present.clone();
    union.or(other.present);
    boolean mine = hasForeign && !(other.hasForeign && Float.compare(other.foreign, foreign) < 0);
    return new ClassLabels(
        classes,
        union,
        hasForeign || other.hasForeign,
        mine ? foreign : other.foreign,
        Math.min(least, other.least),
        Math.max(greatest, other.greatest));
  }

  /**
   * Checks that every label is the index of a class.
   *
   * @throws IllegalArgumentException naming the least label that is not
   */
  public void check() {
    if (hasForeign) {
      throw new IllegalArgumentException("a row " + sentence(foreign, classes));
    }
  }

  /**
   * Checks that every label is a probability.
   *
   * @throws IllegalArgumentException naming the least or the greatest label
   */
  public void checkProbabilities() {
    if (least < 0 || greatest > 1) {
      throw new IllegalArgumentException(
          "a row has the label %s, but binary cross-entropy takes numbers from 0 to 1"
              .formatted(number(least < 0 ? least : greatest)));
    }
  }

  /**
   * Checks that no label is negative.
   *
   * @throws IllegalArgumentException naming the least label
   */
  public void checkCounts() {
    if (least < 0) {
      throw new IllegalArgumentException(
          "a row has the label %s, but a Poisson loss takes numbers of at least 0"
              .formatted(number(least)));
    }
  }

  /** The first class that no row has. */
  public Optional<Integer> missing() {
    int missing = present.nextClearBit(0);
    return missing < classes ? Optional.of(missing) : Optional.empty();
  }

  static boolean isClass(float label, int classes) {
    return label >= 0 && label < classes && label == Math.rint(label);
  }

  /** What is wrong with a row that has a label. */
  static String sentence(float label, int classes) {
    return "has the label %s, but the classes are 0 to %d; number classes from 0, and give the last layer of the network a unit for each"
        .formatted(number(label), classes - 1);
  }

  private static String number(float label) {
    return label == Math.rint(label) ? Long.toString((long) label) : Float.toString(label);
  }
}
