package org.syncbn.data;

/** Rules for texts that differ from the defaults in one thing. */
public final class TextsOf {

  private TextsOf() {}

  /** Texts in an encoding. */
  public static TextOptions encoding(String name) {
    return with(name, false);
  }

  /** LibSVM with indices from 0. */
  public static TextOptions zeroBasedIndices() {
    return with(TextOptions.DEFAULTS.encoding(), true);
  }

  private static TextOptions with(String encoding, boolean zeroBased) {
    TextOptions d = TextOptions.DEFAULTS;
    return new TextOptions(
        encoding,
        d.delimiter(),
        d.header(),
        d.decimalComma(),
        d.thousands(),
        d.comment(),
        d.skipLines(),
        d.escape(),
        d.nulls(),
        zeroBased);
  }
}
