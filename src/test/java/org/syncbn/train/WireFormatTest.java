package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.nn.Tally;
import org.syncbn.tensor.Tensor;

class WireFormatTest {

  static Stream<Work> works() {
    return Stream.of(
        new Work.Batch(3, 1, 7),
        new Work.Evaluation(Work.Part.VALIDATION),
        new Work.Statistics(7),
        new Work.Diagnosis(0, 6, 7));
  }

  @ParameterizedTest
  @MethodSource("works")
  void theFirstMessageComesBackBitForBit(Work work) {
    float[] weights = {1.5f, -0.0f, Float.NaN, Float.MIN_VALUE};
    double[] statistics = {Math.PI, -0.0, Double.MIN_VALUE};
    Message.Begin begin = new Message.Begin(-5, 1L << 40, work, Tensor.of(weights, 4), statistics);

    Message.Begin back = (Message.Begin) WireFormat.decodeMessage(WireFormat.encode(begin));

    assertThat(back.run()).isEqualTo(-5);
    assertThat(back.step()).isEqualTo(1L << 40);
    assertThat(back.exchange()).isEqualTo(1);
    assertThat(back.work()).isEqualTo(work);
    assertThat(back.weights().toArray()).isEqualTo(weights);
    assertThat(back.statistics()).isEqualTo(statistics);
  }

  @Test
  void laterMessagesComeBack() {
    Message.Agreed back =
        (Message.Agreed)
            WireFormat.decodeMessage(
                WireFormat.encode(new Message.Agreed(1, 2, 3, new double[] {4, 5})));
    assertThat(back.run()).isEqualTo(1);
    assertThat(back.step()).isEqualTo(2);
    assertThat(back.exchange()).isEqualTo(3);
    assertThat(back.values()).containsExactly(4, 5);
  }

  @Test
  void momentsComeBackAloneAndBesideGradients() {
    Contribution.Moments two = new Contribution.Moments(new double[] {3, 5, 1, -0.0, 2, 4}, 2);
    Contribution.Moments one = new Contribution.Moments(new double[] {3, 5, 1, 2}, 1);
    List<ShardForest.Node> nodes =
        List.of(
            new ShardForest.Node(0, 0, two),
            new ShardForest.Node(
                0,
                1,
                new Contribution.Gradients(Tensor.zeros(1), new double[] {9}, List.of(two, one))));
    List<ShardForest.Node> back = WireFormat.decodeNodes(WireFormat.encode(nodes));
    assertSame((Contribution.Moments) back.get(0).contribution(), two);
    Contribution.Gradients gradients = (Contribution.Gradients) back.get(1).contribution();
    assertThat(gradients.values()).containsExactly(9);
    assertThat(gradients.moments()).hasSize(2);
    assertSame(gradients.moments().get(0), two);
    assertSame(gradients.moments().get(1), one);
    Contribution.Moments wrong = new Contribution.Moments(new double[5], 2);
    assertThatThrownBy(
            () ->
                WireFormat.decodeNodes(
                    WireFormat.encode(List.of(new ShardForest.Node(0, 0, wrong)))))
        .hasMessageContaining("truncated or damaged");
  }

  private static void assertSame(Contribution.Moments back, Contribution.Moments sent) {
    assertThat(back.channels()).isEqualTo(sent.channels());
    assertThat(back.values()).isEqualTo(sent.values());
  }

  @Test
  void nodesComeBackInMemoryOfTheCaller() {
    Tensor memory = Tensor.zeros(2);
    List<ShardForest.Node> nodes =
        List.of(
            new ShardForest.Node(
                2,
                0,
                new Contribution.Gradients(Tensor.of(new float[] {1, 2}, 2), new double[] {3}),
                ShardTimes.ofNanos(7, 8, 9, Long.MAX_VALUE)),
            new ShardForest.Node(0, 4, Contribution.EMPTY),
            new ShardForest.Node(0, 5, new Contribution.Sums(new double[0])),
            new ShardForest.Node(
                0, 6, new Contribution.Counted(new double[] {6}, List.of(Tally.EMPTY))));

    List<ShardForest.Node> back =
        WireFormat.decodeNodes(WireFormat.encode(nodes), size -> memory.rows(0, size));

    assertThat(memory.toArray()).containsExactly(1, 2);
    assertThat(back).extracting(ShardForest.Node::level).containsExactly(2, 0, 0, 0);
    assertThat(back).extracting(ShardForest.Node::index).containsExactly(0, 4, 5, 6);
    assertThat(((Contribution.Gradients) back.get(0).contribution()).values()).containsExactly(3);
    assertThat(back.get(0).times().shards()).isEqualTo(4);
    assertThat(back.get(0).times().nanos(3)).isEqualTo(Long.MAX_VALUE);
    assertThat(back.get(1).times().shards()).isZero();
    assertThat(back.get(1).contribution()).isEqualTo(Contribution.EMPTY);
    assertThat(((Contribution.Sums) back.get(2).contribution()).values()).isEmpty();
    Contribution.Counted counted = (Contribution.Counted) back.get(3).contribution();
    assertThat(counted.values()).containsExactly(6);
    assertThat(counted.tallies()).containsExactly(Tally.EMPTY);
  }

  @Test
  void longTensorsStayAside() {
    Tensor weights = Tensor.zeros(1 << 14);
    Message.Begin begin =
        new Message.Begin(1, 2, new Work.Batch(0, 0, 1), weights, new double[] {3});

    WireFormat.Parcel parcel = WireFormat.pack(begin);

    assertThat(parcel.tensors()).containsExactly(weights);
    assertThat(parcel.bytes().limit()).isLessThan(100);
    Message.Begin back = (Message.Begin) WireFormat.unpackMessage(parcel, Tensor::zeros);
    assertThat(back.weights()).isSameAs(weights);
    assertThat(back.statistics()).containsExactly(3);
    for (List<Tensor> wrong :
        List.of(List.<Tensor>of(), List.of(Tensor.zeros(1)), List.of(weights, weights))) {
      WireFormat.Parcel other = new WireFormat.Parcel(parcel.bytes(), wrong);
      assertThatThrownBy(() -> WireFormat.unpackMessage(other, Tensor::zeros))
          .hasMessageEndingWith("truncated or damaged");
    }
  }

  @Test
  void onlyTheLongTensorsOfNodesStayAside() {
    Tensor gradients = Tensor.zeros(1 << 14);
    Tensor few = Tensor.of(new float[] {7}, 1);
    WireFormat.Parcel parcel =
        WireFormat.pack(
            List.of(
                new ShardForest.Node(0, 0, new Contribution.Gradients(gradients, new double[0])),
                new ShardForest.Node(0, 1, Contribution.EMPTY),
                new ShardForest.Node(0, 2, new Contribution.Gradients(few, new double[0]))));

    assertThat(parcel.tensors()).containsExactly(gradients);
    List<ShardForest.Node> back = WireFormat.unpackNodes(parcel, Tensor::zeros);
    assertThat(((Contribution.Gradients) back.get(0).contribution()).weights()).isSameAs(gradients);
    assertThat(((Contribution.Gradients) back.get(2).contribution()).weights().toArray())
        .containsExactly(7);
  }

  @Test
  void everyTruncationAndAnythingForeignIsRejected() {
    ByteBuffer whole =
        WireFormat.encode(
            new Message.Begin(
                1,
                2,
                new Work.Evaluation(Work.Part.TRAINING),
                Tensor.zeros(3),
                new double[] {1, 2}));
    for (int length = 0; length < whole.limit(); length++) {
      ByteBuffer cut = whole.slice(0, length);
      assertThatThrownBy(() -> WireFormat.decodeMessage(cut))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("not a message of this program's exchanges: ");
    }
    ByteBuffer nodes =
        WireFormat.encode(
            List.of(new ShardForest.Node(0, 0, Contribution.EMPTY, ShardTimes.ofNanos(5))));
    for (int length = 0; length < nodes.limit(); length++) {
      ByteBuffer cut = nodes.slice(0, length);
      assertThatThrownBy(() -> WireFormat.decodeNodes(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> WireFormat.decodeNodes(whole))
        .hasMessage("not a message of this program's exchanges: kind 1");
  }
}
