package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.Tensor;

class BlockTest {

  private static final float[] NONE = new float[0];

  @Test
  void gatheredRowsComeInTheOrderAskedFor() {
    byte[] bytes = new byte[3 * 5000];
    float[] floats = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 7);
      floats[i] = bytes[i] & 0xFF;
    }
    int[] order = {1, 2, 0};
    for (Block block :
        List.of(
            Block.ofBytes(3, bytes, new float[3], NONE),
            Block.ofFloats(3, floats, new float[3], NONE))) {
      Tensor target = Tensor.zeros(2, 5000);
      block.gatherFeatures(order, 1, 3, 0.5f, target);
      for (int feature : new int[] {0, 2047, 2048, 4999}) {
        assertThat(target.get(feature)).isEqualTo(floats[2 * 5000 + feature] / 2);
        assertThat(target.get(5000 + feature)).isEqualTo(floats[feature] / 2);
      }
    }
  }

  @Test
  void weightsAreOneUnlessGiven() {
    Block plain = Block.ofFloats(1, new float[] {1}, new float[] {2}, NONE);
    Block weighted = Block.ofFloats(1, new float[] {3}, new float[] {4}, new float[] {0.5f});
    Block both = Block.concatenate(List.of(plain, weighted));
    assertThat(both.weight(0)).isEqualTo(1);
    assertThat(both.weight(1)).isEqualTo(0.5f);
    assertThat(both.feature(1, 0)).isEqualTo(3);
    assertThat(both.label(1, 0)).isEqualTo(4);
  }

  @Test
  void bytesMixedWithFloatsBecomeFloats() {
    Block both =
        Block.concatenate(
            List.of(
                Block.ofBytes(1, new byte[] {(byte) 255}, new float[1], NONE),
                Block.ofFloats(1, new float[] {0.5f}, new float[1], NONE)));
    assertThat(both.isBytes()).isFalse();
    assertThat(both.feature(0, 0)).isEqualTo(255);
    assertThat(both.feature(1, 0)).isEqualTo(0.5f);
  }

  @Test
  void arraysThatAreNotWholeRowsAreRejected() {
    assertThatThrownBy(() -> Block.ofFloats(2, new float[3], new float[2], NONE))
        .hasMessage("3 values are not the features of whole rows (2 expected)");
    assertThatThrownBy(() -> Block.ofFloats(2, new float[2], new float[2], new float[1]))
        .hasMessage("1 values are not the weights of whole rows (2 expected)");
  }
}
