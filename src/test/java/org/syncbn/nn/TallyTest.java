package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.CounterRandom;

class TallyTest {

  private static final CounterRandom RANDOM = CounterRandom.of(3);

  /** Rows with few keys and weights that are no sums of powers of two. */
  private static Tally of(int from, int to) {
    Tally.Builder builder = new Tally.Builder();
    for (int row = from; row < to; row++) {
      builder.add(RANDOM.below(7, row) - 3, 0.1f * (1 + RANDOM.fork("weight").below(3, row)));
    }
    return builder.tally();
  }

  @Test
  void noRowsHaveNoPairs() {
    assertThat(of(0, 0)).isEqualTo(Tally.EMPTY);
    assertThat(Tally.EMPTY.join(Tally.EMPTY)).isEqualTo(Tally.EMPTY);
    assertThat(of(0, 5).join(Tally.EMPTY)).isEqualTo(of(0, 5));
  }

  @Test
  void joiningHasNoOrder() {
    Tally all = of(0, 100);
    for (int cut = 0; cut <= 100; cut += 9) {
      for (int end = cut; end <= 100; end += 13) {
        Tally a = of(0, cut);
        Tally b = of(cut, end);
        Tally c = of(end, 100);
        assertThat(a.join(b).join(c)).isEqualTo(all);
        assertThat(c.join(b.join(a))).isEqualTo(all);
        assertThat(b.join(c.join(a))).isEqualTo(all);
      }
    }
  }

  @Test
  void ofTooManyPairsNoneIsKeptInAnyOrderOfJoining() {
    int pairs = of(0, 100).size();
    for (int most : new int[] {pairs - 1, pairs}) {
      Tally.Builder limited = new Tally.Builder(most);
      Tally joined = limited.tally();
      for (int row = 0; row < 100; row += 10) {
        joined = of(row, row + 10).join(joined);
      }
      assertThat(joined.exceedsMost()).isEqualTo(most < pairs);
      assertThat(joined.size()).isEqualTo(most < pairs ? 0 : pairs);
      for (int row = 0; row <= 2 * most; row++) {
        limited.add(row % (most + 1), 1);
      }
      assertThat(limited.tally().exceedsMost()).isTrue();
      assertThat(Tally.EMPTY.join(limited.tally()).exceedsMost()).isTrue();
      assertThat(comesBack(limited.tally()).join(of(0, 1))).isEqualTo(limited.tally());
    }
  }

  private static Tally comesBack(Tally tally) {
    ByteBuffer bytes = ByteBuffer.allocate(tally.bytes());
    tally.write(bytes);
    return Tally.read(bytes.flip());
  }

  @Test
  void keysAscendWithTheWeightsOfTheirRows() {
    Tally.Builder builder = new Tally.Builder();
    builder.add(5, 0.5);
    builder.add(-1, 1);
    builder.add(5, 2);
    builder.add(5, 0.5);
    List<String> visited = new ArrayList<>();
    builder.tally().forEachKey((key, weight) -> visited.add(key + ": " + weight));
    assertThat(visited).containsExactly("-1: 1.0", "5: 3.0");
    assertThat(builder.tally().size()).isEqualTo(3);
  }

  @Test
  void comesBackFromBytes() {
    Tally tally = of(0, 100);
    ByteBuffer bytes = ByteBuffer.allocate(tally.bytes());
    tally.write(bytes);
    assertThat(bytes.hasRemaining()).isFalse();
    assertThat(Tally.read(bytes.flip())).isEqualTo(tally);
    IntStream.of(0, 3, bytes.limit() - 1)
        .forEach(
            length ->
                assertThatThrownBy(() -> Tally.read(ByteBuffer.wrap(bytes.array(), 0, length)))
                    .hasMessage("the tally is truncated or damaged"));
  }
}
