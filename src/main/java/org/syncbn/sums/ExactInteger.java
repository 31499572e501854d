package org.syncbn.sums;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * An integer of any size that grows by cheap additions of {@code value * 2^position}: the
 * superaccumulator of Kulisch, with the delayed carries of Neal (2015, arXiv:1505.05571).
 *
 * <p>The integer is the sum over i of {@code limbs[i] * 2^(32 * (lowest + i))}. A limb is a signed
 * {@code long} of which 32 bits are the digit and the rest takes up carries, which are propagated
 * only when they might overflow. Only the window of limbs that were ever touched is kept.
 *
 * <p>Not thread-safe.
 */
final class ExactInteger {

  private static final int DIGIT_BITS = 32;
  private static final long DIGIT = 0xFFFF_FFFFL;

  /**
   * One addition changes a limb by less than 2^32 and a carried limb is below 2^32, so after this
   * many additions every limb is still below (1 + 2^30) * 2^32 < 2^63.
   */
  private static final int ADDITIONS_BETWEEN_CARRIES = 1 << 30;

  private int lowest;
  private long[] limbs = {};
  private int additions;

  /** Adds {@code value * 2^position}, {@code position >= 0}. */
  void add(long value, int position) {
    if (value == 0) {
      return;
    }
    int digit = position / DIGIT_BITS;
    int shift = position % DIGIT_BITS;
    cover(digit, digit + 3);
    int i = digit - lowest;
    long low = value << shift;
    limbs[i] += low & DIGIT;
    limbs[i + 1] += low >>> DIGIT_BITS;
    // The bits that the shift pushed out, sign included; two shifts, for shift may be 0.
    limbs[i + 2] += value >> 1 >> (63 - shift);
    countAddition();
  }

  /** Adds {@code (high * 2^64 + low) * 2^position}; low is unsigned, {@code position >= 0}. */
  void add(long high, long low, int position) {
    add(low & DIGIT, position);
    add(low >>> DIGIT_BITS, position + DIGIT_BITS);
    add(high, position + Long.SIZE);
  }

  /** Adds all of {@code other}, which stays the same number. */
  void add(ExactInteger other) {
    if (other.limbs.length == 0) {
      return;
    }
    other.carry();
    cover(other.lowest, other.lowest + other.limbs.length);
    for (int i = 0, j = other.lowest - lowest; i < other.limbs.length; i++, j++) {
      limbs[j] += other.limbs[i];
    }
    countAddition();
  }

  BigInteger toBigInteger() {
    carry();
    BigInteger value = BigInteger.ZERO;
    for (int i = limbs.length - 1; i >= 0; i--) {
      value = value.shiftLeft(DIGIT_BITS).add(BigInteger.valueOf(limbs[i]));
    }
    return value.shiftLeft(DIGIT_BITS * lowest);
  }

  static ExactInteger of(BigInteger value) {
    ExactInteger integer = new ExactInteger();
    for (int position = 0; position <= value.bitLength(); position += DIGIT_BITS) {
      BigInteger rest = value.shiftRight(position);
      boolean top = rest.bitLength() < DIGIT_BITS;
      integer.add(top ? rest.intValue() : rest.longValue() & DIGIT, position);
    }
    return integer;
  }

  private void countAddition() {
    if (++additions == ADDITIONS_BETWEEN_CARRIES) {
      carry();
    }
  }

  /** Brings every limb but the top one into 0 .. 2^32 - 1, and the top one into an int. */
  private void carry() {
    if (additions == 0) {
      return;
    }
    int top = limbs.length - 1;
    for (int i = 0; i < top; i++) {
      limbs[i + 1] += limbs[i] >> DIGIT_BITS;
      limbs[i] &= DIGIT;
    }
    if (limbs[top] != (int) limbs[top]) {
      cover(lowest, lowest + limbs.length + 1);
      limbs[top + 1] = limbs[top] >> DIGIT_BITS;
      limbs[top] &= DIGIT;
    }
    additions = 0;
  }

  /** Widens the window of limbs to the digits {@code from <= digit < to} at least. */
  private void cover(int from, int to) {
    if (limbs.length == 0) {
      limbs = new long[to - from];
      lowest = from;
    } else if (from < lowest || to > lowest + limbs.length) {
      int newLowest = Math.min(from, lowest);
      long[] wider = new long[Math.max(to, lowest + limbs.length) - newLowest];
      System.arraycopy(limbs, 0, wider, lowest - newLowest, limbs.length);
      limbs = wider;
      lowest = newLowest;
    }
  }

  @Override
  public String toString() {
    return "limbs " + Arrays.toString(limbs) + " from digit " + lowest;
  }
}
