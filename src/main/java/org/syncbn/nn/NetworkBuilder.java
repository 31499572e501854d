package org.syncbn.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.syncbn.norm.Activation;
import org.syncbn.norm.BatchNorm;
import org.syncbn.tensor.CounterRandom;

/** Infers names, shapes and the places of weights, layer by layer. */
final class NetworkBuilder {

  /**
   * Arrays of weights start at multiples of so many numbers, 64 bytes: products are tried at such
   * addresses (see {@link org.syncbn.tensor.GemmBits}).
   */
  private static final int ALIGNMENT = 16;

  private final CounterRandom random;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Shape> values = new ArrayList<>();
  private final List<Integer> masksOfValues = new ArrayList<>();
  private final List<MaskOrigin> masks = new ArrayList<>();
  private final List<ParameterBlock> parameters = new ArrayList<>();
  private final List<BatchNorm> batchNorms = new ArrayList<>();
  private final Map<String, String> namings = new LinkedHashMap<>(); // the layers that name
  private final Map<String, Integer> named = new HashMap<>(); // the values that have names so far
  private final Set<Integer> shared = new HashSet<>(); // values that several layers may read
  private int weights;

  NetworkBuilder(Shape input, List<LayerSpec> layers, CounterRandom random) {
    this.random = random;
    findNamings("", layers);
    values.add(input);
    masksOfValues.add(MaskOrigin.NONE);
  }

  CounterRandom random() {
    return random;
  }

  List<Node> nodes() {
    return nodes;
  }

  List<Shape> values() {
    return values;
  }

  List<Integer> masksOfValues() {
    return masksOfValues;
  }

  List<MaskOrigin> masks() {
    return masks;
  }

  List<ParameterBlock> parameters() {
    return parameters;
  }

  int weightCount() {
    return weights;
  }

  List<BatchNorm> batchNorms() {
    return batchNorms;
  }

  /** The shape of a value. */
  Shape shape(int value) {
    return values.get(value);
  }

  /** Whether a value may have masked places. */
  boolean isMasked(int value) {
    return masksOfValues.get(value) != MaskOrigin.NONE;
  }

  /** Appends layers behind a value; the result is their last value. */
  int append(String prefix, List<LayerSpec> layers, int value) {
    int last = value;
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec spec = layers.get(i);
      String name = prefix + i;
      try {
        last = LayerSpec.Kind.of(spec).maker().append(spec, name, last, this);
      } catch (LayerException named) {
        throw named;
      } catch (ArithmeticException overflow) {
        throw rejected(name, spec, "it is too large, at 2^31 weights or outputs a row", overflow);
      } catch (IllegalArgumentException wrong) {
        throw rejected(name, spec, wrong.getMessage(), wrong);
      }
    }
    return last;
  }

  private void findNamings(String prefix, List<LayerSpec> layers) {
    for (int i = 0; i < layers.size(); i++) {
      String place = prefix + i;
      if (layers.get(i) instanceof GraphSpec.Named named) {
        namings.putIfAbsent(named.name(), place);
      } else if (layers.get(i) instanceof GraphSpec.Residual block) {
        findNamings(place + ".body.", block.body());
        findNamings(place + ".shortcut.", block.shortcut());
      } else if (layers.get(i) instanceof GraphSpec.Join join) {
        for (GraphSpec.Branch branch : join.branches()) {
          findNamings(place + "." + branch.name() + ".", branch.layers());
        }
      }
    }
  }

  /** Lets layers behind read a value by a name. */
  void name(String name, int value) {
    if (named.put(name, value) != null) {
      throw new IllegalArgumentException(
          "layer %s has the name '%s' already: choose another one"
              .formatted(namings.get(name), name));
    }
    share(value);
  }

  /** The value of a name. */
  int named(String name) {
    Integer value = named.get(name);
    if (value != null) {
      return value;
    }
    if (namings.containsKey(name)) {
      throw new IllegalArgumentException(
          "it reads '%s' before layer %s gives that name: values are read behind their layers only"
              .formatted(name, namings.get(name)));
    }
    String nearest = NearestWord.didYouMean(name, namings.keySet());
    throw new IllegalArgumentException(
        "it reads '%s', which no layer is named%s"
            .formatted(
                name,
                !nearest.isEmpty() || namings.isEmpty()
                    ? nearest
                    : "; there are " + String.join(", ", namings.keySet())));
  }

  /** Says that several layers may read a value, which therefore stays as it is. */
  void share(int value) {
    shared.add(value);
  }

  /** Which layer makes a value, for sentences. */
  String maker(int value) {
    return nodes.stream()
        .filter(node -> node.y() == value)
        .map(node -> "layer " + node.title())
        .findFirst()
        .orElse("the input");
  }

  private static LayerException rejected(
      String name, LayerSpec spec, String why, RuntimeException cause) {
    return new LayerException("layer " + name + " (" + spec.kind() + "): " + why, cause);
  }

  /** Appends a layer behind a value; the result is its output. */
  <S extends LayerSpec> int layer(LayerMaker<S> maker, S spec, String name, int x) {
    Shape input = shape(x);
    int y = newValue(maker.output(spec, input), MaskOrigin.NONE);
    masksOfValues.set(y, maskBehind(maker, spec, x, y));
    List<ParameterBlock> blocks = place(maker.parameters(spec, name, input));
    nodes.add(Node.layer(name, spec, x, y, input, shape(y), blocks, -1));
    return y;
  }

  private <S extends LayerSpec> int maskBehind(LayerMaker<S> maker, S spec, int x, int y) {
    if (maker.findsMask(spec)) {
      return mask(new MaskOrigin.Found(y, ((Shape.Image) shape(y)).places()));
    }
    if (!isMasked(x) || !(shape(y) instanceof Shape.Image)) {
      return MaskOrigin.NONE;
    }
    PlaceMap map = maker.places(spec, (Shape.Image) shape(x));
    return map.isIdentity()
        ? masksOfValues.get(x)
        : mask(new MaskOrigin.Moved(masksOfValues.get(x), map));
  }

  /** The number of a mask; one that arises in the same way as another is the same. */
  private int mask(MaskOrigin origin) {
    if (!masks.contains(origin)) {
      masks.add(origin);
    }
    return masks.indexOf(origin);
  }

  /** The places that are valid in two values. */
  private int maskOfBoth(int x, int x2, Shape output) {
    if (!isMasked(x) || !isMasked(x2) || masksOfValues.get(x).equals(masksOfValues.get(x2))) {
      return isMasked(x) ? masksOfValues.get(x) : masksOfValues.get(x2);
    }
    return mask(
        new MaskOrigin.Both(
            masksOfValues.get(x), masksOfValues.get(x2), ((Shape.Image) output).places()));
  }

  /** Appends a batch norm behind a value; the result is its output. */
  int batchNorm(BatchNorm norm, List<ParameterBlock> blocks, LayerSpec spec, String name, int x) {
    Shape shape = shape(x);
    int y = newValue(shape, masksOfValues.get(x));
    nodes.add(Node.layer(name, spec, x, y, shape, shape, place(blocks), batchNorms.size()));
    batchNorms.add(norm);
    return y;
  }

  /** Takes a ReLU behind a batch norm into it; false if no batch norm makes the value. */
  boolean fuseRelu(int value) {
    if (nodes.isEmpty()) {
      return false;
    }
    Node last = nodes.get(nodes.size() - 1);
    boolean fits =
        last.y() == value
            && !shared.contains(value)
            && last.isBatchNorm()
            && last.activation() == Activation.NONE;
    if (fits) {
      nodes.set(nodes.size() - 1, last.withActivation(Activation.RELU));
    }
    return fits;
  }

  /** Brings two branches together. */
  int join(Node.Kind kind, LayerSpec spec, String name, int x, int x2, Shape output) {
    int y = newValue(output, maskOfBoth(x, x2, output));
    nodes.add(Node.join(kind, name, spec, x, x2, y, shape(x), output));
    return y;
  }

  /**
   * Gives each reader of a value a name of its own for it, so that its gradient is the sum of
   * theirs in the order of the readers; the result is the new name of the network's output.
   */
  int forkSharedValues(int output) {
    int[] readers = new int[values.size()];
    readers[output]++;
    Map<Integer, Node> first = new HashMap<>();
    for (Node node : nodes) {
      for (int value : node.reads()) {
        readers[value]++;
        first.putIfAbsent(value, node);
      }
    }
    int unread = Arrays.stream(readers).boxed().toList().indexOf(0);
    if (unread >= 0) {
      throw new IllegalArgumentException(
          "nothing reads the output of %s: name it for a branch, or let one read '%s'"
              .formatted(maker(unread), GraphSpec.Branch.PREVIOUS));
    }
    List<Node> unforked = List.copyOf(nodes);
    nodes.clear();
    Map<Integer, Deque<Integer>> ways = new HashMap<>();
    ways.put(0, fork(0, readers[0], first));
    for (Node node : unforked) {
      nodes.add(
          node.reading(
              ways.get(node.x()).pop(), node.x2() < 0 ? node.x2() : ways.get(node.x2()).pop()));
      ways.put(node.y(), fork(node.y(), readers[node.y()], first));
    }
    return ways.get(output).pop();
  }

  /** So many names for one value. */
  private Deque<Integer> fork(int value, int readers, Map<Integer, Node> firstReaders) {
    Deque<Integer> ways = new ArrayDeque<>();
    int rest = value;
    for (int i = 0; i < readers - 1; i++) {
      Node first = firstReaders.get(value);
      int way = newValue(shape(value), masksOfValues.get(value));
      int others = newValue(shape(value), masksOfValues.get(value));
      nodes.add(Node.fork(first.name(), first.spec(), rest, way, others, shape(value)));
      ways.add(way);
      rest = others;
    }
    ways.add(rest);
    return ways;
  }

  /** Gives arrays of weights their places in the flat vector. */
  private List<ParameterBlock> place(List<ParameterBlock> blocks) {
    List<ParameterBlock> placed = new ArrayList<>();
    for (ParameterBlock block : blocks) {
      placed.add(block.at(Math.addExact(weights, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT));
      weights = Math.addExact(placed.get(placed.size() - 1).offset(), block.size());
    }
    parameters.addAll(placed);
    return List.copyOf(placed);
  }

  private int newValue(Shape shape, int mask) {
    shape.size(); // overflows here, where the layer is named
    values.add(shape);
    masksOfValues.add(mask);
    return values.size() - 1;
  }

  /** An error whose message already names the layer. */
  private static final class LayerException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    LayerException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
