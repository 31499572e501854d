package org.syncbn.nn;

/** What the options of several layers have to keep to. */
final class Limits {

  private Limits() {}

  static void requirePositive(int count, String what) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "the number of " + what + " must be at least 1, was " + count);
    }
  }

  static void requireEps(double eps, String what) {
    if (!(eps > 0)) {
      throw new IllegalArgumentException("eps of a " + what + " must be positive, was " + eps);
    }
  }

  static void requireRate(double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("a dropout rate must be in [0, 1), was " + rate);
    }
  }
}
