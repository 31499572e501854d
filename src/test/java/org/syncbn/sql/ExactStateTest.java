package org.syncbn.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.spark.util.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.sums.ColumnSums;

class ExactStateTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 5, ExactState.FEW, ExactState.FEW + 1, 511, 512, 513, 1500})
  void stateHoldsTheSumsOfItsValuesBeforeAndAfterSerialization(int count) {
    ExactState state = state(count);
    byte[] expected = sums(count).toBytes();
    ExactState read = ExactState.of(Utils.deserialize(Utils.serialize(state)));
    assertThat(read.sums().toBytes()).isEqualTo(expected);
    assertThat(state.sums().toBytes()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, ExactState.FEW, 17, 600})
  void mergeTakesEverythingAndLeavesTheOtherTheSame(int count) {
    for (int others : new int[] {0, 3, 513}) {
      ExactState state = state(count);
      ExactState other = state(others);
      state.merge(other);
      ColumnSums expected = sums(count);
      expected.merge(sums(others));
      assertThat(state.sums().toBytes()).isEqualTo(expected.toBytes());
      assertThat(other.sums().toBytes()).isEqualTo(sums(others).toBytes());
    }
  }

  @Test
  void valuesMayFollowAResult() {
    ExactState state = state(3);
    assertThat(state.sums().toBytes()).isEqualTo(sums(3).toBytes());
    state.add(7);
    ColumnSums expected = sums(3);
    expected.add(7);
    assertThat(state.sums().toBytes()).isEqualTo(expected.toBytes());
  }

  @Test
  void serializedStateNamesNoClassThatSparksClassLoaderCannotSee() {
    assertThat(new String(Utils.serialize(state(3)), StandardCharsets.ISO_8859_1))
        .doesNotContain("syncbn");
  }

  @Test
  void fewValuesAreSerializedInFewBytes() {
    assertThat(Utils.serialize(state(10)).length).isLessThan(128);
    assertThat(Utils.serialize(state(1000)).length).isLessThan(128);
  }

  @Test
  void stateOfANewerReleaseIsRejected() {
    byte[] bytes = state(1).toBytes();
    bytes[1]++;
    assertThatThrownBy(() -> ExactState.fromBytes(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "A state of a streaming query was written by a newer release than this one, which"
                + " reads up to version 1: use that release.");
  }

  /** Of values, one null, and a NaN where there are enough. */
  private static ExactState state(int count) {
    ExactState state = new ExactState();
    for (double value : values(count)) {
      state.add(value);
    }
    state.addNull();
    return state;
  }

  private static ColumnSums sums(int count) {
    ColumnSums sums = new ColumnSums();
    for (double value : values(count)) {
      sums.add(value);
    }
    sums.addNulls(1);
    return sums;
  }

  private static double[] values(int count) {
    double[] values = new Random(count).doubles(count, -1e9, 1e9).toArray();
    if (count > 3) {
      values[2] = Double.NaN;
      values[3] = -0.0;
    }
    return values;
  }
}
