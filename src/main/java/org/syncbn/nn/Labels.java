package org.syncbn.nn;

import java.util.Locale;

/** Which class the target of a row names, and which one its outputs tell. */
final class Labels {

  private Labels() {}

  /** The class that a target names. */
  static int classIndex(int classes, float target) {
    int label = (int) target;
    if (label != target || label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a row has the class %s, but the network tells 0 to %d apart",
              label == target ? Integer.toString(label) : Float.toString(target),
              classes - 1));
    }
    return label;
  }

  /** Whether the target of an output is a yes. */
  static boolean isYes(float target) {
    return target > 0.5f;
  }

  /** Whether an output is not a number. */
  static boolean hasNaN(float[] output) {
    for (float value : output) {
      if (Float.isNaN(value)) {
        return true;
      }
    }
    return false;
  }

  /** The index of the greatest output, the first of equals. */
  static int best(float[] output) {
    int best = 0;
    for (int i = 1; i < output.length; i++) {
      if (output[i] > output[best]) {
        best = i;
      }
    }
    return best;
  }
}
