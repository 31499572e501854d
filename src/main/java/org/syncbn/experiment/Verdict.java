package org.syncbn.experiment;

/** What an experiment says of its claim. */
enum Verdict {
  /** Everything measured agrees. */
  HOLDS("holds"),
  /** Some of what was measured agrees. */
  HOLDS_IN_PART("holds in part"),
  /** What was measured disagrees, on this data and at this size. */
  DOES_NOT_HOLD("does not hold here");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  /** The verdict of a claim with several parts. */
  static Verdict of(boolean... parts) {
    int held = 0;
    for (boolean part : parts) {
      held += part ? 1 : 0;
    }
    return held == parts.length ? HOLDS : held > 0 ? HOLDS_IN_PART : DOES_NOT_HOLD;
  }

  @Override
  public String toString() {
    return words;
  }
}
