package io.syncbn.spark.json;

import io.syncbn.spark.json.JsonObjects.FormatException;

/**
 * Refuses bytes that are no UTF-8, as table 3-7 of the Unicode standard has it: neither longer
 * forms than needed nor surrogates.
 *
 * <p>Not thread-safe.
 */
final class Utf8Check {

  private long line = 1;
  private int missing; // bytes of the character
  private int least; // for the next of them
  private int greatest;

  /** Checks the next bytes of a text. */
  void add(byte[] bytes, int from, int to) throws FormatException {
    for (int i = from; i < to; i++) {
      int next = bytes[i] & 0xff;
      if (missing > 0) {
        require(next >= least && next <= greatest);
        missing--;
        least = 0x80;
        greatest = 0xbf;
      } else if (next >= 0x80) {
        begin(next);
      } else if (next == '\n') {
        line++;
      }
    }
  }

  private void begin(int first) throws FormatException {
    require(first >= 0xc2 && first <= 0xf4);
    missing = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    greatest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  }

  private void require(boolean valid) throws FormatException {
    if (!valid) {
      throw new FormatException("there is a byte that is not UTF-8; convert the file", line);
    }
  }
}
