package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TensorTest {

  private final Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);

  @Test
  void aNewTensorIsZero() {
    assertThat(Tensor.zeros(2, 3).toArray()).containsExactly(0, 0, 0, 0, 0, 0);
    assertThat(Tensor.zeros(0, 3).toArray()).isEmpty();
    assertThat(Tensor.zeros().size()).isOne();
  }

  @Test
  void viewsShareTheMemory() {
    Tensor lastRows = tensor.rows(1, 3);
    lastRows.set(0, 30);
    tensor.reshape(6).set(5, 60);
    assertThat(lastRows.shape()).containsExactly(2, 2);
    assertThat(lastRows.toArray()).containsExactly(30, 4, 5, 60);
    assertThat(tensor.rows(2, 2).size()).isZero();
    assertThat(lastRows.rows(1, 2).bytes().asFloatBuffer().get(1)).isEqualTo(60);
    assertThat(lastRows.bytes().limit()).isEqualTo(4 * Float.BYTES);
  }

  @Test
  void runsAreCopiedOutAndIn() {
    float[] run = new float[4];
    tensor.read(2, run, 1, 3);
    assertThat(run).containsExactly(0, 3, 4, 5);
    tensor.write(0, run, 0, 2);
    assertThat(tensor.toArray()).containsExactly(0, 3, 3, 4, 5, 6);
  }

  @Test
  void fillAndCopyReachEveryNumber() {
    Tensor large = Tensor.zeros(1025, 3);
    large.fill(7);
    assertThat(large.toArray()).containsOnly(7);
    Tensor copy = Tensor.zeros(3, 1025);
    copy.copyFrom(large);
    assertThat(copy.toArray()).containsOnly(7);
  }

  @Test
  void whatDoesNotFitIsRejectedWithASentence() {
    assertThatThrownBy(() -> Tensor.of(new float[3], 2, 2))
        .hasMessage("3 values do not fill the shape [2, 2]");
    assertThatThrownBy(() -> tensor.reshape(4, 2)).hasMessage("cannot view [3, 2] as [4, 2]");
    assertThatThrownBy(() -> tensor.copyFrom(Tensor.zeros(5)))
        .hasMessage("cannot copy [5] over [3, 2]: sizes differ");
    assertThatThrownBy(() -> Tensor.zeros(2, -1)).hasMessage("negative dimension in [2, -1]");
    assertThatThrownBy(() -> Tensor.zeros(1 << 15, 1 << 15))
        .hasMessage("too large for one tensor: [32768, 32768]");
  }
}
