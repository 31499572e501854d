package org.syncbn.nn;

import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.syncbn.norm.Activation;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.Mode;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * An immutable, shape-checked architecture: layers, names, and each parameter's offset in the flat
 * weight vector. Holds no weights.
 *
 * <p>Layers of the list are named by their index, those of residual blocks below it; arrays of
 * weights have PyTorch's names: {@code 0.weight}, {@code 1.bias}, {@code 3.body.0.weight}. Running
 * statistics belong to {@link #batchNorms}. Immutable, hence thread-safe.
 */
public final class Network implements Serializable {

  /** What the names of the layers in {@link #front} begin with. */
  static final String FRONT = "input.";

  private static final long serialVersionUID = 1;

  private final Shape input;
  private final List<LayerSpec> front;
  private final List<LayerSpec> layers;
  private final CounterRandom random;
  private final List<Node> nodes;
  private final List<Shape> values;
  private final List<Integer> masksOfValues;
  private final List<MaskOrigin> masks;
  private final List<ParameterBlock> parameters;
  private final List<BatchNorm> batchNorms;
  private final int outputValue;
  private final int weightCount;

  private Network(
      Shape input,
      List<LayerSpec> front,
      List<LayerSpec> layers,
      CounterRandom random,
      NetworkBuilder built,
      int output) {
    this.input = input;
    this.front = front;
    this.layers = layers;
    this.random = random;
    this.nodes = List.copyOf(built.nodes());
    this.values = List.copyOf(built.values());
    this.masksOfValues = List.copyOf(built.masksOfValues());
    this.masks = List.copyOf(built.masks());
    this.parameters = List.copyOf(built.parameters());
    this.batchNorms = List.copyOf(built.batchNorms());
    this.outputValue = output;
    this.weightCount = built.weightCount();
  }

  private Network(Network from, UnaryOperator<ParameterBlock> change) {
    this.input = from.input;
    this.front = from.front;
    this.layers = from.layers;
    this.random = from.random;
    this.nodes = from.nodes.stream().map(node -> node.withParameters(change)).toList();
    this.values = from.values;
    this.masksOfValues = from.masksOfValues;
    this.masks = from.masks;
    this.parameters = from.parameters.stream().map(change).toList();
    this.batchNorms = from.batchNorms;
    this.outputValue = from.outputValue;
    this.weightCount = from.weightCount;
  }

  /**
   * Infers shapes and names.
   *
   * @param input the shape of one row
   * @param layers from the input to the output; the loss is not a layer
   * @param random draws first weights and, in training, what is random in batch norms
   * @throws IllegalArgumentException if a layer does not fit its input; the message names the layer
   */
  public static Network of(Shape input, List<LayerSpec> layers, CounterRandom random) {
    return of(input, List.of(), layers, random);
  }

  /**
   * Infers shapes and names.
   *
   * @param input the shape of one row
   * @param front layers between the row and the first of {@code layers}, which keep their names:
   *     those here are named {@code input.0}, {@code input.1}, ...
   * @param layers to the output; the loss is not a layer
   * @param random draws first weights and, in training, what is random in batch norms
   * @throws IllegalArgumentException if a layer does not fit its input; the message names the layer
   */
  public static Network of(
      Shape input, List<LayerSpec> front, List<LayerSpec> layers, CounterRandom random) {
    NetworkBuilder builder = new NetworkBuilder(input, layers, random);
    int first = builder.append(FRONT, front, 0);
    int output = builder.forkSharedValues(builder.append("", layers, first));
    return new Network(input, List.copyOf(front), List.copyOf(layers), random, builder, output);
  }

  /**
   * The same network, of which an optimizer moves fewer arrays: the way back computes no gradients
   * of the others, and does not come to layers before the first one that is trained.
   *
   * @param isTrained by the name of an array; what is fixed already stays so
   */
  public Network training(Predicate<String> isTrained) {
    return new Network(
        this, block -> block.trained(block.trained() && isTrained.test(block.name())));
  }

  /** The shape of one input row. */
  public Shape input() {
    return input;
  }

  /** The shape of one output row. */
  public Shape output() {
    return values.get(outputValue);
  }

  /** The layers in front of those that are numbered from 0, as given. */
  List<LayerSpec> front() {
    return front;
  }

  /** The layers as given. */
  public List<LayerSpec> layers() {
    return layers;
  }

  /** The network's random numbers. */
  public CounterRandom random() {
    return random;
  }

  /** The arrays of weights in the order of the flat vector. */
  public List<ParameterBlock> parameters() {
    return parameters;
  }

  /**
   * The array of weights of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public ParameterBlock parameter(String name) {
    return parameters.stream()
        .filter(block -> block.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the network has no weights named "
                        + name
                        + "; it has "
                        + parameters.stream().map(ParameterBlock::name).toList()));
  }

  /** How many weights there are. */
  public long parameterCount() {
    return parameters.stream().mapToLong(ParameterBlock::size).sum();
  }

  /** The length of the flat vector of weights, with the gaps between its aligned arrays. */
  public int weightCount() {
    return weightCount;
  }

  /** The batch-norm layers in the order of their forward synchronization points. */
  public List<BatchNorm> batchNorms() {
    return batchNorms;
  }

  /**
   * How many values of each channel one row brings to each of {@link #batchNorms}: 1 where rows are
   * flat, usually the places of an image where they are images.
   */
  public List<Integer> valuesPerRow() {
    return nodes.stream()
        .filter(Node::isBatchNorm)
        .map(node -> node.input().size() / batchNorms.get(node.batchNorm()).channels())
        .toList();
  }

  /**
   * How many exchanges a training step has: one per batch norm whose statistics come from the
   * mini-batch, one per {@linkplain #batchNormsBackward batch norm on the way back}, and the
   * update.
   */
  public int exchanges() {
    int forward =
        (int)
            batchNorms.stream().filter(norm -> norm.statisticsLength(Mode.TRAINING, 1) > 0).count();
    return forward + batchNormsBackward().size() + 1;
  }

  /**
   * The batch norms in the order in which shards agree on their gradients: from the last one to the
   * first that is trained, or has trained arrays before it.
   */
  public List<BatchNorm> batchNormsBackward() {
    boolean[] isReached = isReachedBackward();
    List<BatchNorm> reached = new ArrayList<>();
    for (Node node : nodes) {
      if (node.isBatchNorm() && isReached[node.y()]) {
        reached.add(0, batchNorms.get(node.batchNorm()));
      }
    }
    return reached;
  }

  /**
   * For each value whether its gradient is needed, since an array is trained that it depends on.
   */
  boolean[] isReachedBackward() {
    boolean[] isReached = new boolean[values.size()];
    for (Node node : nodes) {
      boolean hasCause = node.learns();
      for (int read : node.read()) {
        hasCause |= isReached[read];
      }
      for (int made : node.made()) {
        isReached[made] = hasCause;
      }
    }
    isReached[outputValue] = true;
    return isReached;
  }

  /** First weights, a pure function of the network and its random numbers // [weights]. */
  public Tensor initialWeights() {
    Tensor weights = Tensor.zeros(weightCount());
    for (ParameterBlock block : parameters) {
      block.initialize(weights, random);
    }
    putBatchNormParameters(batchNorms.stream().map(BatchNorm::initialState).toList(), weights);
    return weights;
  }

  /** The batch norms before the first step, with gamma and beta of given weights. */
  public List<BatchNormState> initialStates(Tensor weights) {
    return withParameters(batchNorms.stream().map(BatchNorm::initialState).toList(), weights);
  }

  /** The batch norms with gamma and beta taken from weights. */
  public List<BatchNormState> withParameters(List<BatchNormState> states, Tensor weights) {
    return withParameters(
        states,
        slice(0, weights.size()).batchNormParameters(weights),
        (node, state, gamma, beta) ->
            batchNorms.get(node.batchNorm()).withParameters(state, gamma, beta));
  }

  /**
   * The batch norms after an update, those arrays that are trained back under their constraints.
   *
   * @param parameters gamma and beta of all batch norms, as {@link
   *     NetworkSlice#batchNormParameters} gives them
   */
  List<BatchNormState> withUpdated(List<BatchNormState> states, float[] parameters) {
    return withParameters(
        states,
        parameters,
        (node, state, gamma, beta) ->
            batchNorms
                .get(node.batchNorm())
                .withUpdated(
                    state,
                    gamma,
                    beta,
                    node.trains(ParameterBlock.Role.GAMMA),
                    node.trains(ParameterBlock.Role.BETA)));
  }

  /** What a batch norm is like with other parameters. */
  @FunctionalInterface
  private interface Change {
    BatchNormState of(Node node, BatchNormState state, float[] gamma, float[] beta);
  }

  private List<BatchNormState> withParameters(
      List<BatchNormState> states, float[] parameters, Change change) {
    List<BatchNormState> result = new ArrayList<>();
    FloatBuffer rest = FloatBuffer.wrap(parameters);
    for (Node node : nodes) {
      if (node.isBatchNorm()) {
        Map<ParameterBlock.Role, float[]> arrays = new EnumMap<>(ParameterBlock.Role.class);
        for (ParameterBlock block : node.parameters()) {
          float[] array = new float[block.size()];
          rest.get(array);
          arrays.put(block.role(), array);
        }
        result.add(
            change.of(
                node,
                states.get(node.batchNorm()),
                arrays.getOrDefault(ParameterBlock.Role.GAMMA, new float[0]),
                arrays.getOrDefault(ParameterBlock.Role.BETA, new float[0])));
      }
    }
    return List.copyOf(result);
  }

  /** Gamma and beta of all batch norms, one array after the other. */
  public float[] batchNormParameters(List<BatchNormState> states) {
    List<float[]> arrays = new ArrayList<>();
    for (Node node : nodes) {
      for (ParameterBlock block :
          node.isBatchNorm() ? node.parameters() : List.<ParameterBlock>of()) {
        BatchNormState state = states.get(node.batchNorm());
        arrays.add(block.role() == ParameterBlock.Role.GAMMA ? state.gamma() : state.beta());
      }
    }
    return NetworkSlice.concatenate(arrays);
  }

  /** Writes gamma and beta of the batch norms into weights. */
  void putBatchNormParameters(List<BatchNormState> states, Tensor weights) {
    slice(0, weights.size()).putBatchNormParameters(batchNormParameters(states), weights);
  }

  /** The weights [from, to), to be updated by themselves. */
  public NetworkSlice slice(int from, int to) {
    return new NetworkSlice(this, from, to);
  }

  /** How many numbers {@link #statistics} has. */
  public int statisticsLength() {
    return batchNorms.stream().mapToInt(Network::packedLength).sum();
  }

  private static int packedLength(BatchNorm layer) {
    return 2 + 2 * layer.channels() + runningDeviations(layer);
  }

  private static int runningDeviations(BatchNorm layer) {
    return layer.options().extensions().renormalization().isNone() ? 0 : layer.channels();
  }

  /** The running statistics of all batch norms as one array, to be sent. */
  public double[] statistics(List<BatchNormState> states) {
    double[] statistics = new double[statisticsLength()];
    int at = 0;
    for (BatchNormState state : states) {
      at = state.pack(statistics, at);
    }
    return statistics;
  }

  /** The batch norms from what {@link #statistics} made, with gamma and beta of the weights. */
  public List<BatchNormState> states(Tensor weights, double[] statistics) {
    List<BatchNormState> states = new ArrayList<>();
    int at = 0;
    for (Node node : nodes) {
      if (node.isBatchNorm()) {
        BatchNorm layer = batchNorms.get(node.batchNorm());
        states.add(
            BatchNormState.unpack(
                values(node, ParameterBlock.Role.GAMMA, weights),
                values(node, ParameterBlock.Role.BETA, weights),
                statistics,
                at,
                layer.channels(),
                runningDeviations(layer)));
        at += packedLength(layer);
      }
    }
    return List.copyOf(states);
  }

  private static float[] values(Node node, ParameterBlock.Role role, Tensor weights) {
    return node.has(role) ? node.parameter(role).readRaw(weights) : new float[0];
  }

  /**
   * What a pass computes, in its order, for sentences: the input, then what each layer puts out.
   */
  public List<String> valueNames() {
    return Stream.concat(
            Stream.of("the input"), nodes.stream().map(node -> "layer " + node.title()))
        .toList();
  }

  /**
   * The graph for a person, a line for each layer: its outputs, how many weights it has, and what
   * it reads, if that is not just the layer of the line before.
   */
  public String summary() {
    StringBuilder text = new StringBuilder();
    text.append("%-32s %-28s %12s  %s".formatted("layer", "output", "weights", "reads"));
    Map<Integer, String> makers = new HashMap<>(Map.of(0, "the input"));
    String before = "the input";
    for (Node node : nodes) {
      if (node.kind() == Node.Kind.FORK) {
        makers.put(node.y(), makers.get(node.x()));
        makers.put(node.y2(), makers.get(node.x()));
        continue;
      }
      List<String> reads = node.reads().stream().map(makers::get).toList();
      String what = node.activation() == Activation.NONE ? "" : ", relu";
      text.append(
          String.format(
                  Locale.ROOT,
                  "\n%-32s %-28s %,12d  %s",
                  node.name() + " " + node.spec().kind() + what,
                  node.output(),
                  node.parameters().stream().mapToInt(ParameterBlock::size).sum(),
                  reads.equals(List.of(before)) ? "" : String.join(", ", reads))
              .stripTrailing());
      before = node.name();
      makers.put(node.y(), before);
    }
    return text.append('\n').toString();
  }

  List<Node> nodes() {
    return nodes;
  }

  Shape value(int index) {
    return values.get(index);
  }

  int valueCount() {
    return values.size();
  }

  /** For each value the number of its mask, or {@link MaskOrigin#NONE}. */
  List<Integer> masksOfValues() {
    return masksOfValues;
  }

  List<MaskOrigin> masks() {
    return masks;
  }

  /**
   * For each value, whether a layer computes with it that does not find masked places in it, where
   * it may hold anything.
   */
  boolean[] isReadBeforeMasks() {
    boolean[] isRead = new boolean[values.size()];
    isRead[outputValue] = true;
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      boolean finds = masks.stream().anyMatch(mask -> mask.isFoundIn(node.y()));
      boolean copies = node.kind() == Node.Kind.FORK || node.spec() instanceof ShapeSpec.Reshape;
      boolean isCopyRead = isRead[node.y()] || node.y2() >= 0 && isRead[node.y2()];
      isRead[node.x()] = !finds && (!copies || isCopyRead);
      if (node.x2() >= 0) {
        isRead[node.x2()] = true;
      }
    }
    return isRead;
  }

  int outputValue() {
    return outputValue;
  }
}
