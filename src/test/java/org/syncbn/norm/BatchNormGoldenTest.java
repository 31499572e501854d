package org.syncbn.norm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.syncbn.Golden;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** PyTorch's float64 results, reached with float32 values within 2e-5 of the largest magnitude. */
class BatchNormGoldenTest {

  private static final double TOLERANCE = 2e-5;

  @TestFactory
  Stream<DynamicTest> layers() {
    return cases("batchnorm_layer.json", BatchNormGoldenTest::checkLayer);
  }

  private static void checkLayer(JsonNode example) {
    boolean affine = example.get("affine").asBoolean();
    boolean track = example.get("track").asBoolean();
    int axis = example.get("layout").asText().equals("channelsLast") ? -1 : 1;
    JsonNode weightOfNew = example.get("weightOfNew");
    BatchNormOptions options =
        BatchNormOptions.PYTORCH.toBuilder()
            .eps(example.get("eps").asDouble())
            .gamma(affine ? Parameter.TRAINED : Parameter.ABSENT)
            .beta(affine ? Parameter.TRAINED : Parameter.ABSENT)
            .runningAverage(
                weightOfNew.isNull()
                    ? RunningAverage.cumulative()
                    : RunningAverage.weightOfNew(weightOfNew.asDouble()))
            .runningUpdate(track ? RunningUpdate.ON : RunningUpdate.OFF)
            .evaluationSource(track ? StatisticsSource.RUNNING : StatisticsSource.BATCH)
            .build();
    Tensor first = tensor(example.get("steps").get(0).get("x"));
    int channels = ChannelLayout.of(first, axis).channels();
    BatchNorm layer = BatchNorm.of("bn", channels, options, CounterRandom.of(0));
    BatchNormState state = layer.initialState();
    if (affine) {
      state =
          layer.withParameters(state, floats(example.get("gamma")), floats(example.get("beta")));
    }
    for (JsonNode step : example.get("steps")) {
      Shards run = Shards.one(layer, Mode.TRAINING, state, tensor(step.get("x")), axis);
      run.backward(tensor(step.get("dy")));
      state = run.updated();
      checkPasses(step, run, state);
      if (affine) {
        checkClose("dgamma", run.gammaGradient(), step.get("dgamma"), 0);
        checkClose("dbeta", run.betaGradient(), step.get("dbeta"), 0);
      }
      if (track) {
        checkClose("runningMean", state.runningMean(), step.get("runningMean"), 0);
        checkClose("runningVar", state.runningVariance(), step.get("runningVar"), 0);
      }
    }
    JsonNode eval = example.get("eval");
    Shards run = Shards.one(layer, Mode.EVALUATION, state, tensor(eval.get("x")), axis);
    run.backward(tensor(eval.get("dy")));
    checkPasses(eval, run, state);
  }

  @TestFactory
  Stream<DynamicTest> weightedRows() {
    return cases("weighted.json", BatchNormGoldenTest::checkWeighted);
  }

  private static void checkWeighted(JsonNode example) {
    BatchNormOptions options =
        BatchNormOptions.KERAS.toBuilder()
            .eps(example.get("eps").asDouble())
            .smallBatchPolicy(SmallBatchPolicy.BATCH)
            .build();
    Tensor x = tensor(example.get("x"));
    BatchNorm layer = BatchNorm.of("bn", x.dimension(1), options, CounterRandom.of(0));
    BatchNormState state =
        layer.withParameters(
            layer.initialState(), floats(example.get("gamma")), floats(example.get("beta")));
    Shards run =
        new Shards(
                layer,
                Activation.NONE,
                Mode.TRAINING,
                state,
                x,
                floats(example.get("weights")),
                new int[] {x.dimension(0)},
                1)
            .backward(tensor(example.get("dy")));
    checkPasses(example, run, state);
    checkClose("dgamma", run.gammaGradient(), example.get("dgamma"), 0);
    checkClose("dbeta", run.betaGradient(), example.get("dbeta"), 0);
    Normalization agreed = run.agreed();
    int channels = layer.channels();
    checkClose("mean", perChannel(channels, c -> agreed.mean(0, c)), example.get("mean"), 0);
    checkReference(example, options.eps());
    checkClose(
        "varianceBiased",
        perChannel(channels, c -> agreed.populationVariance(0, c)),
        example.get("varianceBiased"),
        0);
  }

  /** The reference itself has no digit to lose. */
  private static void checkReference(JsonNode example, double eps) {
    Tensor x = tensor(example.get("x"));
    ChannelLayout layout = ChannelLayout.of(x, 1);
    float[] weights = floats(example.get("weights"));
    for (int channel = 0; channel < layout.channels(); channel++) {
      int c = channel;
      int[] places =
          IntStream.range(0, x.size())
              .filter(i -> i / layout.inner() % layout.channels() == c)
              .toArray();
      BatchNormReference reference =
          new BatchNormReference(
                  pick(example.get("x"), places),
                  IntStream.of(places).mapToDouble(i -> weights[i / x.rowSize()]).toArray(),
                  doubles(example.get("gamma"))[c],
                  doubles(example.get("beta"))[c],
                  eps)
              .backward(pick(example.get("dy"), places));
      Closeness.assertClose("y", reference.y, pick(example.get("y"), places), 1e-9);
      Closeness.assertClose("dx", reference.dx, pick(example.get("dx"), places), 1e-9);
      Closeness.assertClose(
          "dgamma",
          new double[] {reference.dGamma, reference.dBeta},
          new double[] {doubles(example.get("dgamma"))[c], doubles(example.get("dbeta"))[c]},
          1e-9);
    }
  }

  private static double[] pick(JsonNode node, int[] places) {
    double[] all = doubles(node);
    return IntStream.of(places).mapToDouble(i -> all[i]).toArray();
  }

  @TestFactory
  Stream<DynamicTest> batchRenormalization() {
    return cases("renorm.json", BatchNormGoldenTest::checkRenormalization);
  }

  private static void checkRenormalization(JsonNode example) {
    RunningAverage average = RunningAverage.weightOfNew(example.get("weightOfNew").asDouble());
    BatchNormOptions options =
        BatchNormOptions.PYTORCH.toBuilder()
            .eps(example.get("eps").asDouble())
            .runningAverage(average)
            .renormalization(
                Renormalization.constant(
                    example.get("rMax").asDouble(), example.get("dMax").asDouble(), average))
            .build();
    double[] mean = doubles(example.get("initialMean"));
    int channels = mean.length;
    BatchNorm layer = BatchNorm.of("bn", channels, options, CounterRandom.of(0));
    BatchNormState state =
        BatchNormState.of(
            floats(example.get("gamma")),
            floats(example.get("beta")),
            mean,
            new double[channels],
            doubles(example.get("initialStd")),
            0,
            0);
    for (JsonNode step : example.get("steps")) {
      Shards run = Shards.one(layer, Mode.TRAINING, state, tensor(step.get("x")), 1);
      run.backward(tensor(step.get("dy")));
      Normalization agreed = run.agreed();
      checkClose("r", perChannel(channels, c -> agreed.ratio(0, c)), step.get("r"), 0);
      checkClose("d", perChannel(channels, c -> agreed.shift(0, c)), step.get("d"), 0);
      checkPasses(step, run, state);
      checkClose("dgamma", run.gammaGradient(), step.get("dgamma"), 0);
      checkClose("dbeta", run.betaGradient(), step.get("dbeta"), 0);
      state = run.updated();
      checkClose("runningMean", state.runningMean(), step.get("runningMean"), 0);
      checkClose("runningStd", state.runningDeviation(), step.get("runningStd"), 0);
    }
    JsonNode eval = example.get("eval");
    Shards run = Shards.one(layer, Mode.EVALUATION, state, tensor(eval.get("x")), 1);
    checkClose("y", run.y.toArray(), eval.get("y"), 0);
  }

  @TestFactory
  Stream<DynamicTest> ghostBatches() {
    return cases("ghost.json", BatchNormGoldenTest::checkGhosts);
  }

  private static void checkGhosts(JsonNode example) {
    BatchNormOptions options =
        BatchNormOptions.PYTORCH.toBuilder()
            .eps(example.get("eps").asDouble())
            .runningAverage(RunningAverage.weightOfNew(example.get("weightOfNew").asDouble()))
            .virtualBatchRows(example.get("virtualBatch").asInt())
            .build();
    Tensor x = tensor(example.get("x"));
    BatchNorm layer = BatchNorm.of("bn", x.dimension(1), options, CounterRandom.of(0));
    BatchNormState state =
        layer.withParameters(
            layer.initialState(), floats(example.get("gamma")), floats(example.get("beta")));
    int rows = x.dimension(0);
    for (int[] sizes : new int[][] {{rows}, {rows / 2, 0, rows - rows / 2}, {1, rows - 2, 1}}) {
      Shards run =
          new Shards(layer, Activation.NONE, Mode.TRAINING, state, x, new float[0], sizes, 1)
              .backward(tensor(example.get("dy")));
      checkPasses(example, run, state);
      checkClose("dgamma", run.gammaGradient(), example.get("dgamma"), 0);
      checkClose("dbeta", run.betaGradient(), example.get("dbeta"), 0);
      checkClose("runningMean", run.updated().runningMean(), example.get("runningMean"), 0);
      checkClose("runningVar", run.updated().runningVariance(), example.get("runningVar"), 0);
    }
  }

  @TestFactory
  Stream<DynamicTest> folding() {
    return cases("folding.json", BatchNormGoldenTest::checkFolding);
  }

  private static void checkFolding(JsonNode example) {
    BatchNormOptions options =
        BatchNormOptions.KERAS.toBuilder().eps(example.get("eps").asDouble()).build();
    double[] mean = doubles(example.get("runningMean"));
    BatchNorm layer = BatchNorm.of("bn", mean.length, options, CounterRandom.of(0));
    BatchNormState state =
        BatchNormState.of(
            floats(example.get("gamma")),
            floats(example.get("beta")),
            mean,
            doubles(example.get("runningVar")),
            new double[0],
            0,
            0);
    ChannelAffine affine = layer.inference(state);
    Tensor weights = tensor(example.get("weight"));
    float[] bias =
        example.get("bias").isNull() ? new float[mean.length] : floats(example.get("bias"));
    Tensor foldedWeights = affine.foldWeights(weights, 0);
    checkClose("foldedWeight", foldedWeights.toArray(), example.get("foldedWeight"), 0);
    checkClose("foldedBias", affine.foldBias(bias), example.get("foldedBias"), 0);

    Tensor x = tensor(example.get("x"));
    Tensor unfolded = linear(weights, bias, x);
    Shards run = Shards.one(layer, Mode.EVALUATION, state, unfolded, 1);
    checkClose("y", run.y.toArray(), example.get("y"), 0);
    checkClose(
        "y folded", linear(foldedWeights, affine.foldBias(bias), x).toArray(), example.get("y"), 0);
  }

  /** A dense layer, or a convolution without padding, with weights [out, in, ...]. */
  private static Tensor linear(Tensor weights, float[] bias, Tensor x) {
    boolean dense = x.rank() == 2;
    int height = dense ? 1 : x.dimension(2);
    int width = dense ? 1 : x.dimension(3);
    int window = dense ? 1 : weights.dimension(2);
    int inputs = weights.dimension(1);
    int units = weights.dimension(0);
    int outHeight = height - window + 1;
    int outWidth = width - window + 1;
    Tensor y =
        dense
            ? Tensor.zeros(x.dimension(0), units)
            : Tensor.zeros(x.dimension(0), units, outHeight, outWidth);
    for (int i = 0; i < y.size(); i++) {
      int column = i % outWidth;
      int row = i / outWidth % outHeight;
      int unit = i / outWidth / outHeight % units;
      int n = i / outWidth / outHeight / units;
      double sum = bias[unit];
      for (int w = 0; w < inputs * window * window; w++) {
        int input = w / window / window;
        int at =
            ((n * inputs + input) * height + row + w / window % window) * width
                + column
                + w % window;
        sum += (double) x.get(at) * weights.get(unit * inputs * window * window + w);
      }
      y.set(i, (float) sum);
    }
    return y;
  }

  /** y and dx; dx cancels, so its scale is at least max |gamma| * max |dy| * invStd. */
  private static void checkPasses(JsonNode expected, Shards run, BatchNormState state) {
    checkClose("y", run.y.toArray(), expected.get("y"), 0);
    Normalization agreed = run.agreed();
    double gamma =
        IntStream.range(0, state.channels())
            .mapToDouble(c -> Math.abs(state.gamma(c)))
            .max()
            .orElseThrow();
    double invStd = 0;
    for (int ghost = 0; ghost < agreed.ghosts(); ghost++) {
      for (int c = 0; c < state.channels(); c++) {
        invStd = Math.max(invStd, agreed.invStd(ghost, c));
      }
    }
    checkClose(
        "dx",
        run.dx.toArray(),
        expected.get("dx"),
        gamma * magnitude(doubles(expected.get("dy"))) * invStd);
  }

  private static void checkClose(String what, float[] actual, JsonNode expected, double scale) {
    checkClose(
        what,
        IntStream.range(0, actual.length).mapToDouble(i -> actual[i]).toArray(),
        expected,
        scale);
  }

  private static void checkClose(String what, double[] actual, JsonNode expected, double scale) {
    double[] values = doubles(expected);
    double tolerance = TOLERANCE * Math.max(scale, magnitude(values));
    Closeness.assertClose(what, actual, values, tolerance);
  }

  private static double magnitude(double[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> Math.abs(values[i])).max().orElse(0);
  }

  private static double[] perChannel(
      int channels, java.util.function.IntToDoubleFunction statistic) {
    return IntStream.range(0, channels).mapToDouble(statistic).toArray();
  }

  private static Stream<DynamicTest> cases(
      String file, java.util.function.Consumer<JsonNode> check) {
    return StreamSupport.stream(Golden.cases(file).spliterator(), false)
        .map(
            example ->
                DynamicTest.dynamicTest(example.get("name").asText(), () -> check.accept(example)));
  }

  private static Tensor tensor(JsonNode node) {
    int[] shape = new int[node.get("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = node.get("shape").get(i).asInt();
    }
    return Tensor.of(floats(node), shape);
  }

  private static float[] floats(JsonNode node) {
    double[] values = doubles(node);
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] doubles(JsonNode node) {
    JsonNode data = node.get("data");
    return IntStream.range(0, data.size()).mapToDouble(i -> data.get(i).asDouble()).toArray();
  }
}
