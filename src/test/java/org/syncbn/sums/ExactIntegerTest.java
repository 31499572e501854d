package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactIntegerTest {

  @Test
  void nothingIsZero() {
    assertThat(new ExactInteger().toBigInteger()).isZero();
    assertThat(ExactInteger.of(BigInteger.ZERO).toBigInteger()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 5000})
  void anyAdditionsEqualThoseOfBigIntegers(int positions) {
    Random random = new Random(positions);
    for (int round = 0; round < 50; round++) {
      ExactInteger sum = new ExactInteger();
      BigInteger expected = BigInteger.ZERO;
      for (int i = 0; i < 200; i++) {
        long value = random.nextLong() >> random.nextInt(64);
        int position = random.nextInt(positions);
        sum.add(value, position);
        expected = expected.add(BigInteger.valueOf(value).shiftLeft(position));
        if (random.nextInt(10) == 0) { // carries in between change nothing
          assertThat(sum.toBigInteger()).isEqualTo(expected);
        }
        if (random.nextInt(20) == 0) {
          sum.add(ExactInteger.of(expected));
          expected = expected.shiftLeft(1);
        }
      }
      assertThat(sum.toBigInteger()).isEqualTo(expected);
      assertThat(ExactInteger.of(expected).toBigInteger()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE, -1, 1, 0xFFFF_FFFFL, -0xFFFF_FFFFL})
  void theExtremesAtEveryShift(long value) {
    for (int position = 0; position < 100; position++) {
      ExactInteger sum = new ExactInteger();
      sum.add(value, position);
      assertThat(sum.toBigInteger()).isEqualTo(BigInteger.valueOf(value).shiftLeft(position));
    }
  }

  @Test
  void aSumThatReturnsToZeroIsZero() {
    ExactInteger sum = new ExactInteger();
    sum.add(Long.MIN_VALUE, 1000);
    sum.add(1, 0);
    sum.add(Long.MIN_VALUE, 1000);
    sum.add(-1, 0);
    sum.add(1, 1064);
    assertThat(sum.toBigInteger()).isZero();
  }

  @Test
  @Tag("full")
  void moreAdditionsThanALimbHoldsWithoutCarries() {
    ExactInteger sum = new ExactInteger();
    long additions = (1L << 31) + 5;
    for (long i = 0; i < additions; i++) {
      sum.add(-1, 31); // changes every limb by almost as much as one addition can
    }
    assertThat(sum.toBigInteger()).isEqualTo(BigInteger.valueOf(-additions).shiftLeft(31));
  }
}
