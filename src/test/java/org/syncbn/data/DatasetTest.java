package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class DatasetTest {

  @Test
  void aLabelOutOfRangeIsNamedWithItsRow() {
    assertThatThrownBy(() -> labelled(0, 1, 3).checkClassLabels(3))
        .hasMessage(
            "row 2 has the label 3, but the classes are 0 to 2; number classes from 0, and give the"
                + " last layer of the network a unit for each");
    assertThatThrownBy(() -> labelled(0, 0.5f).checkClassLabels(3))
        .hasMessage(
            "row 1 has the label 0.5, but the classes are 0 to 2; number classes from 0, and give"
                + " the last layer of the network a unit for each");
    assertThatThrownBy(() -> labelled(Float.NaN).checkClassLabels(3))
        .hasMessage(
            "row 0 has the label NaN, but the classes are 0 to 2; number classes from 0, and give"
                + " the last layer of the network a unit for each");
  }

  @Test
  void featuresThatDifferAreNamed() {
    Schema model = new Schema(List.of(2), List.of("age", "income"), List.of());
    assertThatThrownBy(
            () ->
                model.checkSameFeatures(new Schema(List.of(2), List.of("age", "rooms"), List.of())))
        .hasMessage("feature 1 is 'income' in the model and 'rooms' in the data");
    assertThatThrownBy(() -> model.checkSameFeatures(new Schema(List.of(3), List.of(), List.of())))
        .hasMessage("the model was trained on 2 features a row [2], the data has 3 [3]");
  }

  private static Dataset labelled(float... labels) {
    return new Dataset(
        Block.ofFloats(labels.length, new float[labels.length], labels, new float[0]),
        new Schema(List.of(1), List.of(), List.of()));
  }
}
