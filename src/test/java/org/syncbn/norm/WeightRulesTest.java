package org.syncbn.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.syncbn.tensor.Tensor;

/** Regularizers and constraints, for the weights of any layer. */
class WeightRulesTest {

  /** Two inputs, two units; the units' norms are 5 and 0. */
  private final Tensor weights = Tensor.of(new float[] {3, 0, -4, 0}, 2, 2);

  @Test
  void penaltiesAreSumsOfAbsolutesAndSquares() {
    assertThat(new Regularizer(0.5, 0.25).penalty(weights))
        .isCloseTo(0.5 * (3 + 4) + 0.25 * (9 + 16), within(1e-12));
    assertThat(Regularizer.NONE.penalty(weights)).isZero();
    assertThatThrownBy(() -> Regularizer.l2(-1))
        .hasMessage("a regularizer needs finite l1, l2 >= 0, was 0.0, -1.0");
  }

  @Test
  void gradientsOfPenaltiesAreAdded() {
    Tensor gradient = Tensor.of(new float[] {1, 1, 1, 1}, 2, 2);
    new Regularizer(0.5, 0.25).addGradient(weights, gradient);
    assertThat(gradient.toArray()).containsExactly(1 + 0.5f + 0.5f * 3, 1, 1 - 0.5f - 0.5f * 4, 1);
  }

  @Test
  void normsAreTakenForEachUnitAndZeroUnitsStay() {
    float[] matrix = weights.toArray();
    Constraint.unitNorm().project(matrix, 2);
    assertThat(matrix).containsExactly(0.6f, 0, -0.8f, 0);
    Constraint.maxNorm(2).project(matrix, 2);
    assertThat(matrix).containsExactly(0.6f, 0, -0.8f, 0);
    Constraint.minMaxNorm(2, 3, 1).project(matrix, 2);
    assertThat(matrix).containsExactly(new float[] {1.2f, 0, -1.6f, 0}, within(1e-6f));
  }

  @Test
  void aRateBelowOneMovesPartOfTheWay() {
    float[] matrix = weights.toArray();
    Constraint.minMaxNorm(0, 1, 0.5).project(matrix, 2); // norm 5 -> 3
    assertThat(matrix).containsExactly(new float[] {1.8f, 0, -2.4f, 0}, within(1e-6f));
  }

  @Test
  void negativesAreCutAndVectorsHaveOneNorm() {
    float[] matrix = weights.toArray();
    Constraint.nonNegative().project(matrix, 2);
    assertThat(matrix).containsExactly(3, 0, 0, 0);
    float[] vector = {3, 4};
    Constraint.unitNorm().project(vector);
    assertThat(vector).containsExactly(0.6f, 0.8f);
    Constraint.NONE.project(vector);
    assertThat(vector).containsExactly(0.6f, 0.8f);
    assertThatThrownBy(() -> Constraint.minMaxNorm(2, 1, 1))
        .hasMessage("a norm constraint needs 0 <= min <= max and 0 < rate <= 1, was 2.0, 1.0, 1.0");
  }
}
