package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.ShardForest;
import scala.Tuple2;

class SlicesTest {

  private static ShardForest.Node shard(int index) {
    Contribution.Moments moments =
        new Contribution.Moments(new double[] {2, 2, index, 2 * index, 1, 3}, 2);
    return new ShardForest.Node(
        0,
        index,
        new Contribution.Gradients(
            Tensor.of(new float[] {index, 10 * index, 7, 8, 9}, 5),
            new double[] {index, 1},
            List.of(moments)));
  }

  @Test
  void momentsTravelWithTheFirstSliceAndJoinAsInOnePiece() {
    int slices = 3;
    List<TaskAnswer> merged = new ArrayList<>();
    for (int slice = 0; slice < slices; slice++) {
      List<Tuple2<Integer, TaskAnswer>> parts = new ArrayList<>();
      for (int index = 2; index >= 0; index--) {
        parts.add(Slices.cut(List.of(shard(index)), slices).get(slice));
      }
      merged.add(Slices.merge(3, parts.iterator()));
    }
    Contribution.Gradients actual =
        (Contribution.Gradients) Slices.concatenate(merged, Tensor::zeros).contribution();
    ShardForest whole = new ShardForest(3);
    for (int index = 0; index < 3; index++) {
      whole.add(shard(index));
    }
    Contribution.Gradients expected = (Contribution.Gradients) whole.merged().contribution();
    assertThat(actual.weights().toArray()).isEqualTo(expected.weights().toArray());
    assertThat(actual.values()).isEqualTo(expected.values());
    assertThat(actual.moments()).hasSize(1);
    assertThat(actual.moments().get(0).values())
        .isEqualTo(expected.moments().get(0).values())
        .startsWith(6, 6, 1, 2); // the mean of 0, 1, 2 and of 0, 2, 4
  }
}
