package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Parameter;
import org.syncbn.norm.Regularizer;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

class NetworkTest {

  private static final CounterRandom RANDOM = CounterRandom.of(3);
  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);

  @Test
  void namesWeightsAsPyTorchDoes() {
    Network network =
        Network.of(
            Shape.image(2, 8, 8),
            List.of(
                LinearSpec.Conv2d.of(4, Extent.square(3)).with(LearnedWeights.Bias.ABSENT),
                NORM,
                new ActivationSpec.Relu(),
                new GraphSpec.Residual(
                    List.of(LinearSpec.Conv2d.of(4, Extent.square(1)), NORM), List.of(NORM)),
                new ShapeSpec.Flatten(),
                LinearSpec.Dense.of(5)),
            RANDOM);
    assertThat(network.parameters())
        .extracting(ParameterBlock::name)
        .containsExactly(
            "0.weight",
            "1.weight",
            "1.bias",
            "3.body.0.weight",
            "3.body.0.bias",
            "3.body.1.weight",
            "3.body.1.bias",
            "3.shortcut.0.weight",
            "3.shortcut.0.bias",
            "5.weight",
            "5.bias");
    assertThat(network.parameter("0.weight").shape()).containsExactly(4, 2, 3, 3);
    assertThat(network.parameter("5.weight").shape()).containsExactly(5, 4 * 6 * 6);
    assertThat(network.output()).isEqualTo(Shape.features(5));
    assertThat(network.exchanges()).isEqualTo(2 * 3 + 1);
  }

  @Test
  void eachGroupOfAConvolutionIsInitializedForItself() {
    LayerSpec conv =
        new LinearSpec.Conv2d(
            6,
            ConvolutionShape.of(Extent.square(2)).with(Extent.square(1), 2),
            new LearnedWeights(
                LearnedWeights.Bias.ABSENT,
                Initializer.orthogonal(1),
                Initializer.zeros(),
                Regularizer.NONE),
            Constraint.NONE);
    Network network = Network.of(Shape.image(4, 3, 3), List.of(conv), RANDOM);
    // [filters, channels of a group, height, width]: three filters of eight weights, twice
    float[] weights = network.parameter("0.weight").read(network.initialWeights());
    for (int a = 0; a < 6; a++) {
      for (int b = a / 3 * 3; b < a / 3 * 3 + 3; b++) {
        double dot = 0;
        for (int i = 0; i < 8; i++) {
          dot += (double) weights[8 * a + i] * weights[8 * b + i];
        }
        assertThat(dot).as(a + " * " + b).isCloseTo(a == b ? 1 : 0, within(1e-6));
      }
    }
  }

  @Test
  void branchesThatCannotStandSideBySideAreRejectedByName() {
    LayerSpec flat =
        new GraphSpec.Concat(List.of(branch("a"), branch("b", new ShapeSpec.Flatten())));
    assertThatThrownBy(() -> Network.of(Shape.image(2, 3, 3), List.of(flat), RANDOM))
        .hasMessage(
            "layer 0 (concat): the branch 'b' makes 18 features, which cannot stand beside images"
                + " of 2 x 3 x 3 of the branch 'a': they come from layer 0.b.0 (flatten) and the"
                + " input");
    assertThatThrownBy(() -> new GraphSpec.Concat(List.of(branch("a"), branch("a"))))
        .hasMessage("the branches of a concat have different names, not [a, a]");
    assertThatThrownBy(() -> branch("a.b"))
        .hasMessage("the name of a branch is of letters, digits, - and _, was 'a.b'");
    LayerSpec beyond = new ShapeSpec.Select(3, 3);
    assertThatThrownBy(() -> Network.of(Shape.features(5), List.of(beyond), RANDOM))
        .hasMessage("layer 0 (select): features 3 to 5 are wanted, but it gets 5 features");
  }

  private static GraphSpec.Branch branch(String name, LayerSpec... layers) {
    return GraphSpec.Branch.of(name, layers);
  }

  @Test
  void valuesAreReadByTheNamesOfLayersBefore() {
    Shape three = Shape.features(3);
    LayerSpec encoder = new GraphSpec.Named("encoder");
    assertRejected(
        three,
        "layer 2 (concat): it reads 'encodr', which no layer is named; did you mean 'encoder'?",
        LinearSpec.Dense.of(3),
        encoder,
        joined("encodr"));
    assertRejected(
        three,
        "layer 0 (concat): it reads 'x', which no layer is named; there are encoder",
        joined("x"),
        encoder);
    assertRejected(
        three,
        "layer 0.body.0 (concat): it reads 'encoder' before layer 2 gives that name: values are"
            + " read behind their layers only",
        new GraphSpec.Residual(List.of(joined("encoder")), List.of()),
        LinearSpec.Dense.of(3),
        encoder);
    assertRejected(
        three,
        "layer 2 (name): layer 0 has the name 'encoder' already: choose another one",
        encoder,
        LinearSpec.Dense.of(3),
        encoder);
    assertRejected(
        three,
        "layer 2 (add): the branch 'previous' makes 4 features, which cannot be added to 3 features"
            + " of the branch 'encoder': they come from layer 1 (dense) and the input",
        encoder,
        LinearSpec.Dense.of(4),
        new GraphSpec.Add(
            List.of(GraphSpec.Branch.reading("encoder"), GraphSpec.Branch.reading("previous"))));
    assertRejected(
        three,
        "nothing reads the output of layer 2 (dense): name it for a branch, or let one read"
            + " 'previous'",
        encoder,
        new GraphSpec.Named("twice"),
        LinearSpec.Dense.of(4),
        new GraphSpec.Add(
            List.of(GraphSpec.Branch.reading("encoder"), GraphSpec.Branch.reading("twice"))));
    assertThatThrownBy(() -> new GraphSpec.Named("previous"))
        .hasMessage("'previous' always is the output of the layer before: choose another name");
    assertThatThrownBy(() -> new GraphSpec.Add(List.of(branch("a"))))
        .hasMessage("an add has at least two branches");
  }

  private static LayerSpec joined(String name) {
    return new GraphSpec.Concat(
        List.of(GraphSpec.Branch.reading(name), GraphSpec.Branch.reading("previous")));
  }

  @Test
  void aReluStaysALayerWhereTheBatchNormBeforeItIsReadElsewhere() {
    Network network =
        Network.of(
            Shape.features(3),
            List.of(NORM, new GraphSpec.Named("norm"), new ActivationSpec.Relu(), joined("norm")),
            RANDOM);
    assertThat(network.summary())
        .isEqualTo(
            """
            layer                            output                            weights  reads
            0 batchNorm                      3 features                              6
            2 relu                           3 features                              0
            3 concat                         6 features                              0  0, 2
            """);
    Network fused = Network.of(Shape.features(3), List.of(NORM, new ActivationSpec.Relu()), RANDOM);
    assertThat(fused.summary()).contains("\n0 batchNorm, relu ").hasLineCount(2);
  }

  @Test
  void aCategoryThatIsNotOneIsNamed() {
    LayerSpec embedding =
        CategorySpec.Embedding.of(
            new CategorySpec.EmbeddedColumn(3, 2), new CategorySpec.EmbeddedColumn(2, 1));
    Network network = Network.of(Shape.features(2), List.of(embedding), RANDOM);
    Tensor weights = network.initialWeights();
    InferencePass pass = new InferencePass(network, weights, List.of(), 1);
    for (float wrong : new float[] {2, -1, 0.5f, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> pass.run(Tensor.of(new float[] {1, wrong}, 1, 2)))
          .hasMessage(
              "layer 0 (embedding): its column 1 holds %s, but categories are whole numbers from 0"
                  + " to 1",
              wrong);
    }
    assertThat(pass.run(Tensor.of(new float[] {Float.NaN, 1}, 1, 2)).toArray())
        .containsExactly(Float.NaN, Float.NaN, network.parameter("0.1.weight").read(weights)[1]);
    assertThatThrownBy(() -> Network.of(Shape.features(3), List.of(embedding), RANDOM))
        .hasMessage("layer 0 (embedding): has 2 columns of categories, but gets 3 features");
  }

  @Test
  void layersInFrontLeaveTheNamesOfTheOthers() {
    LayerSpec embedding = CategorySpec.Embedding.of(new CategorySpec.EmbeddedColumn(3, 2));
    Network network =
        Network.of(
            Shape.features(1),
            List.of(embedding),
            List.of(LinearSpec.Dense.of(2).with(LearnedWeights.Bias.ABSENT), NORM),
            RANDOM);
    assertThat(network.parameters())
        .extracting(ParameterBlock::name)
        .containsExactly("input.0.weight", "0.weight", "1.weight", "1.bias");
    Tensor weights = network.initialWeights();
    Tensor folded =
        new InferencePass(network, weights, network.initialStates(weights), 1)
            .run(Tensor.of(new float[] {2}, 1, 1));
    float[] row = Arrays.copyOfRange(network.parameter("input.0.weight").read(weights), 4, 6);
    float[] dense = network.parameter("0.weight").read(weights); // [2, 2]
    for (int i = 0; i < 2; i++) {
      assertThat(folded.get(i))
          .isCloseTo(row[0] * dense[2 * i] + row[1] * dense[2 * i + 1], within(1e-4f));
    }
  }

  @Test
  void aNormalizationWithRunningStatisticsNeedsNoForwardExchange() {
    LayerSpec frozen =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().trainingSource(StatisticsSource.RUNNING).build());
    assertThat(Network.of(Shape.features(3), List.of(frozen, NORM), RANDOM).exchanges())
        .isEqualTo(1 + 2 + 1);
  }

  @Test
  void weightsGoThroughTheDoorAndBack() {
    Network network =
        Network.of(
            Shape.image(4, 5, 5),
            List.of(LinearSpec.Conv2d.of(6, new Extent(3, 2)).with(Extent.square(1), 2)),
            RANDOM);
    Tensor weights = Tensor.zeros(network.weightCount());
    ParameterBlock block = network.parameter("0.weight"); // [6, 2, 3, 2]
    float[] values = new float[block.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    block.write(weights, values);
    assertThat(block.read(weights)).containsExactly(values);
    // Neighbours in memory are the filters of a group: one filter has 2 * 3 * 2 numbers.
    assertThat(weights.get(1) - weights.get(0)).isEqualTo(12);
    assertThatThrownBy(() -> block.write(weights, new float[3]))
        .hasMessage("0.weight has 72 numbers ([6, 2, 3, 2]), not 3");
  }

  @Test
  void firstWeightsAreAFunctionOfTheSeedAndStayInTheirBound() {
    List<LayerSpec> layers = List.of(LinearSpec.Dense.of(50), NORM, LinearSpec.Dense.of(2));
    Network network = Network.of(Shape.features(100), layers, RANDOM);
    float[] weights = network.initialWeights().toArray();
    assertThat(network.initialWeights().toArray()).isEqualTo(weights);
    assertThat(
            Network.of(Shape.features(100), layers, CounterRandom.of(4)).initialWeights().toArray())
        .isNotEqualTo(weights);
    for (float value : network.parameter("0.weight").read(network.initialWeights())) {
      assertThat(value).isBetween(-0.1f, 0.1f); // 1 / sqrt(100)
    }
    assertThat(network.parameter("1.weight").read(network.initialWeights())).containsOnly(1);
  }

  @Test
  void whatDoesNotFitIsRejectedWithTheLayersName() {
    Shape image = Shape.image(3, 4, 4);
    assertRejected(
        image,
        "layer 0 (dense): needs features, but gets images of 3 x 4 x 4: put a flatten layer before"
            + " it",
        LinearSpec.Dense.of(2));
    assertRejected(
        Shape.features(7),
        "layer 1 (conv2d): needs images, but gets 7 features",
        new ActivationSpec.Relu(),
        LinearSpec.Conv2d.of(2, Extent.square(3)));
    assertRejected(
        image,
        "layer 0 (conv2d): its window covers 5 x 5 places, more than the padded image of 4 x 4 has",
        LinearSpec.Conv2d.of(2, Extent.square(5)));
    assertRejected(
        image,
        "layer 0 (conv2d): 3 channels cannot be divided into 2 groups",
        LinearSpec.Conv2d.of(2, Extent.square(3)).with(Extent.square(1), 2));
    assertRejected(
        image,
        "layer 0 (maxPool): padding of 2 x 2 leaves whole windows of 2 x 2 outside the image",
        new PoolingSpec.MaxPool(
            new PoolingShape(Extent.square(2), Extent.square(2), Padding.of(2))));
    assertRejected(
        image,
        "layer 0 (residual): the body makes images of 5 x 4 x 4, but the shortcut images of 3 x 4 x"
            + " 4",
        new GraphSpec.Residual(List.of(LinearSpec.Conv2d.of(5, Extent.square(1))), List.of()));
    assertRejected(
        image,
        "layer 0.body.1 (globalAveragePool): needs images, but gets 48 features",
        new GraphSpec.Residual(
            List.of(new ShapeSpec.Flatten(), new PoolingSpec.GlobalAveragePool()), List.of()));
    assertThatThrownBy(() -> Network.of(image, List.of(NORM), RANDOM).parameter("7.weight"))
        .hasMessage("the network has no weights named 7.weight; it has [0.weight, 0.bias]");
  }

  private static void assertRejected(Shape input, String message, LayerSpec... layers) {
    assertThatThrownBy(() -> Network.of(input, List.of(layers), RANDOM))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void statisticsTravelAsOneArray() {
    Network network =
        Network.of(Shape.features(2), List.of(NORM, LinearSpec.Dense.of(3), NORM), RANDOM);
    Tensor weights = network.initialWeights();
    BatchNormState first =
        BatchNormState.of(
            new float[] {1, 1},
            new float[] {0, 0},
            new double[] {1, 2},
            new double[] {3, 4},
            new double[0],
            5,
            6);
    List<BatchNormState> states = List.of(first, network.initialStates(weights).get(1));
    double[] sent = network.statistics(states);
    assertThat(sent).startsWith(5, 6, 1, 2, 3, 4).hasSize(2 + 4 + 2 + 6);
    assertThat(network.states(weights, sent)).isEqualTo(states);
  }

  @Test
  void fixedGammaIsInTheVectorButNotTrainedAndAbsentBetaIsNotThere() {
    LayerSpec norm =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder()
                .gamma(Parameter.FIXED)
                .beta(Parameter.ABSENT)
                .build());
    Network network = Network.of(Shape.features(2), List.of(norm), RANDOM);
    assertThat(network.parameters()).singleElement().matches(block -> !block.trained());
    assertThat(network.weightCount()).isEqualTo(2);
  }

  @Test
  void constraintsActUnitByUnit() {
    LayerSpec dense =
        new LinearSpec.Dense(
            2,
            new LearnedWeights(
                LearnedWeights.Bias.ABSENT,
                Initializer.ones(),
                Initializer.zeros(),
                Regularizer.NONE),
            Constraint.maxNorm(5));
    Network network = Network.of(Shape.features(2), List.of(dense), RANDOM);
    Tensor weights = Tensor.zeros(4);
    ParameterBlock block = network.parameter("0.weight");
    block.write(weights, new float[] {6, 8, 3, 4}); // norms 10 and 5
    block.constrain(weights, block.offset(), block.offset() + block.size());
    assertThat(block.read(weights)).containsExactly(3, 4, 3, 4);
  }

  @Test
  void constraintsActFilterByFilter() {
    LayerSpec conv =
        new LinearSpec.Conv2d(
            2,
            ConvolutionShape.of(Extent.square(2)),
            LearnedWeights.standard(),
            Constraint.maxNorm(5));
    Network network = Network.of(Shape.image(1, 2, 2), List.of(conv), RANDOM);
    Tensor weights = Tensor.zeros(network.weightCount());
    ParameterBlock block = network.parameter("0.weight");
    block.write(weights, new float[] {6, 0, 0, 8, 3, 0, 4, 0}); // norms 10 and 5
    block.constrain(weights, block.offset(), block.offset() + block.size());
    assertThat(block.read(weights)).containsExactly(3, 0, 0, 4, 3, 0, 4, 0);
  }
}
