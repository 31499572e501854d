package org.syncbn.report;

/**
 * An axis of a chart.
 *
 * @param label what is measured, with its unit
 * @param kind how values are laid out
 */
public record Axis(String label, Kind kind) {

  /** How values are laid out. */
  public enum Kind {
    /** By their differences. */
    LINEAR,
    /** By their ratios; values that are not positive are left out. */
    LOGARITHMIC
  }

  /** An axis of differences. */
  public static Axis linear(String label) {
    return new Axis(label, Kind.LINEAR);
  }

  /** An axis of ratios. */
  public static Axis logarithmic(String label) {
    return new Axis(label, Kind.LOGARITHMIC);
  }
}
