package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The law of merging: exact sums obey it, and it is strict enough to reject sums of doubles. */
class SumsLawTest {

  private static final MergeLaw<ColumnSums> EXACT =
      new MergeLaw<>(
          ColumnSums::new,
          SumsLawTest::add,
          (left, right) -> {
            left.merge(right);
            return left;
          },
          ColumnSums::toBytes);

  private static final MergeLaw<double[]> PLAIN =
      new MergeLaw<>(
          () -> new double[1],
          (sum, value) -> sum[0] += finiteOrZero(value),
          (left, right) -> new double[] {left[0] + right[0]},
          sum -> ByteBuffer.allocate(Double.BYTES).putDouble(sum[0]).array());

  /** Sum and rounding error of it, after Kahan and Neumaier: more exact, and still not exact. */
  private static final MergeLaw<double[]> COMPENSATED =
      new MergeLaw<>(
          () -> new double[2],
          (sum, value) -> compensate(sum, finiteOrZero(value)),
          (left, right) -> {
            compensate(left, right[0]);
            compensate(left, right[1]);
            return left;
          },
          sum -> ByteBuffer.allocate(Double.BYTES).putDouble(sum[0] + sum[1]).array());

  @Provide
  Arbitrary<List<Double>> values() {
    return MergeLaw.values();
  }

  @Property(tries = 500, seed = "1")
  void anyGroupingOrderAndTreeGivesTheSameBytes(
      @ForAll("values") List<Double> values, @ForAll long seed) {
    EXACT.holdsFor(values, seed);
  }

  @Property(tries = 300, seed = "2")
  void tablesObeyTheLawOfTheirColumns(@ForAll("values") List<Double> values, @ForAll long seed) {
    new MergeLaw<>(
            () -> new TableSums(2),
            (sums, value) -> {
              add(sums.column(0), value);
              add(sums.column(1), value == null ? null : -value);
            },
            TableSums::merge,
            TableSums::toBytes)
        .holdsFor(values, seed);
  }

  @Property(tries = 300, seed = "3")
  void sumsThatTravelledAsBytesObeyTheLaw(
      @ForAll("values") List<Double> values, @ForAll long seed) {
    new MergeLaw<>(
            ColumnSums::new,
            SumsLawTest::add,
            (left, right) -> {
              ColumnSums arrived = ColumnSums.fromBytes(left.toBytes());
              arrived.merge(ColumnSums.fromBytes(right.toBytes()));
              return arrived;
            },
            ColumnSums::toBytes)
        .holdsFor(values, seed);
  }

  @Property(tries = 50, seed = "4")
  void largeShardsObeyTheLaw(@ForAll long seed) {
    Random random = new Random(seed);
    double[] values =
        DoubleStream.generate(() -> 1e9 + random.nextGaussian()).limit(9000).toArray();
    ColumnSums inOne = new ColumnSums();
    inOne.add(values, 0, values.length);
    ColumnSums inParts = new ColumnSums();
    for (int from = 0; from < values.length; ) {
      int to = Math.min(values.length, from + random.nextInt(3000));
      ColumnSums part = new ColumnSums();
      part.add(values, from, to);
      part.merge(inParts);
      inParts = part;
      from = to;
    }
    assertThat(inParts.toBytes()).isEqualTo(inOne.toBytes());
  }

  @Example
  void theLawRejectsPlainSumsOfDoubles() {
    assertThat(violations(PLAIN)).isGreaterThan(50);
  }

  @Example
  void theLawRejectsCompensatedSumsOfDoubles() {
    assertThat(violations(COMPENSATED)).isGreaterThan(50);
  }

  @Example
  void theLawRejectsSumsThatForgetACount() {
    MergeLaw<ColumnSums> forgetful =
        new MergeLaw<>(
            ColumnSums::new,
            SumsLawTest::add,
            (left, right) -> {
              long nulls = left.moments().nullCount();
              ColumnSums merged = ColumnSums.fromBytes(left.toBytes());
              merged.merge(right);
              merged.nullCount = nulls;
              return merged;
            },
            ColumnSums::toBytes);
    assertThat(violations(forgetful)).isGreaterThan(50);
  }

  private static long violations(MergeLaw<?> law) {
    Random random = new Random(5);
    return MergeLaw.values().generator(200).stream(random)
        .limit(200)
        .filter(values -> !holds(law, values.value()))
        .count();
  }

  private static boolean holds(MergeLaw<?> law, List<Double> values) {
    try {
      law.holdsFor(values, 1);
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  private static void add(ColumnSums sums, Double value) {
    if (value == null) {
      sums.addNulls(1);
    } else {
      sums.add(value);
    }
  }

  private static double finiteOrZero(Double value) {
    return value == null || !Double.isFinite(value) ? 0.0 : value;
  }

  private static void compensate(double[] sum, double value) {
    double total = sum[0] + value;
    sum[1] += Math.abs(sum[0]) >= Math.abs(value) ? sum[0] - total + value : value - total + sum[0];
    sum[0] = total;
  }
}
