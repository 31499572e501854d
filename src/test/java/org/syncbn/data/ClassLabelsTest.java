package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ClassLabelsTest {

  @Test
  void theFirstClassWithoutARowIsMissing() {
    assertThat(labels().missing()).contains(0);
    assertThat(labels(0, 2, 2).missing()).contains(1);
    assertThat(labels(2, 1, 0).missing()).isEmpty();
    assertThat(labels(0, 2).merge(labels()).merge(labels(1)).missing()).isEmpty();
  }

  @Test
  void theLeastForeignLabelIsNamedInWhateverOrderRowsCome() {
    labels(0, 1, 2).merge(labels()).check();
    for (float foreign : new float[] {-1, 0.5f, 3}) {
      for (ClassLabels labels :
          new ClassLabels[] {
            labels(0, foreign, Float.NaN, 7),
            labels(Float.NaN, 7).merge(labels(foreign, 0)),
            labels(foreign).merge(labels()).merge(labels(7, Float.NaN))
          }) {
        assertThatThrownBy(labels::check)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "a row has the label "
                    + (foreign == 0.5f ? "0.5" : Integer.toString((int) foreign))
                    + ", but the classes are 0 to 2; number classes from 0, and give the last layer"
                    + " of the network a unit for each");
      }
    }
  }

  @Test
  void aLabelThatIsNoProbabilityIsNamed() {
    labels(0, 0.5f, 1).merge(labels()).checkProbabilities();
    assertThatThrownBy(labels(0, 2).merge(labels(7))::checkProbabilities)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a row has the label 7, but binary cross-entropy takes numbers from 0 to 1");
    assertThatThrownBy(labels().merge(labels(1, -0.5f, 2))::checkProbabilities)
        .hasMessage("a row has the label -0.5, but binary cross-entropy takes numbers from 0 to 1");
  }

  private static ClassLabels labels(float... labels) {
    return ClassLabels.of(
        Block.ofFloats(labels.length, new float[labels.length], labels, new float[0]), 3);
  }
}
