package org.syncbn.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Lengths and angles. */
class VectorsTest {

  private static final float[] A = {3, 4};
  private static final float[] B = {4, -3};

  @Test
  void lengthsAndDistancesAreEuclidean() {
    assertThat(Vectors.length(A)).isEqualTo(5);
    assertThat(Vectors.distance(A, B)).isEqualTo(Math.sqrt(1 + 7 * 7));
  }

  @Test
  void theCosineIsThatOfTheAngleWhateverTheLengths() {
    assertThat(Vectors.cosine(A, A)).isEqualTo(1);
    assertThat(Vectors.cosine(A, B)).isZero();
    assertThat(Vectors.cosine(A, new float[] {-0.3f, -0.4f})).isCloseTo(-1, within(1e-7));
  }

  @Test
  void nothingHasNoAngle() {
    assertThat(Vectors.cosine(A, new float[2])).isNaN();
  }

  @Test
  void aMoveLeavesItsStartAlone() {
    assertThat(Vectors.moved(A, -0.5, B)).containsExactly(1, 5.5f);
    assertThat(A).containsExactly(3, 4);
  }
}
