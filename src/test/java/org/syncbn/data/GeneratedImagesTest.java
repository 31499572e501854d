package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GeneratedImagesTest {

  @Test
  void anImageIsAFunctionOfSeedAndIndexAlone() {
    Block all = GeneratedImages.draw(5, 0, 40).rows();
    assertThat(GeneratedImages.draw(5, 30, 10).rows())
        .isEqualTo(all.select(new int[] {30, 31, 32, 33, 34, 35, 36, 37, 38, 39}));
    assertThat(GeneratedImages.draw(6, 0, 40).rows()).isNotEqualTo(all);
  }

  @Test
  void theBytesNeverChange() {
    // Models and figures in the documentation name this set by its seed.
    Block rows = GeneratedImages.draw(1, 0, 10).rows();
    long hash = 0;
    RowHash rowHash = new RowHash(0);
    for (int row = 0; row < rows.rows(); row++) {
      hash = 31 * hash + rowHash.of(rows, row);
    }
    assertThat(hash).isEqualTo(7415859725058865355L);
  }

  @Test
  void tenClassesFollowInTurn() {
    Dataset drawn = GeneratedImages.draw(1, 0, 20);
    drawn.checkClassLabels(10);
    assertThat(ClassLabels.of(drawn.rows(), 10).missing()).isEmpty();
    assertThat(drawn.schema().className(4)).isEqualTo("triangle");
    assertThat(drawn.schema().rowSize()).isEqualTo(28 * 28);
  }
}
