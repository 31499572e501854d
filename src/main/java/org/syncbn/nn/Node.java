package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;
import java.util.function.UnaryOperator;
import org.syncbn.norm.Activation;

/**
 * One operation of a network, in the order in which they run. Values are numbered: 0 is the input.
 *
 * @param name the layer's place, such as {@code 3.body.0}
 * @param kind what happens to the values
 * @param spec the layer; of the block for an addition or a concatenation, of a reader for a fork
 * @param x the value it reads
 * @param x2 the other value of an addition or a concatenation, else -1
 * @param y the value it makes
 * @param y2 the other name of a fork's value, else -1
 * @param input the shape of x
 * @param output the shape of y
 * @param parameters its arrays of weights
 * @param batchNorm which of the network's batch norms it is, or -1
 * @param activation what is fused behind that
 */
record Node(
    String name,
    Kind kind,
    LayerSpec spec,
    int x,
    int x2,
    int y,
    int y2,
    Shape input,
    Shape output,
    List<ParameterBlock> parameters,
    int batchNorm,
    Activation activation)
    implements Serializable {

  enum Kind {
    /** y = layer(x). */
    LAYER,
    /** y and y2 are x: its gradient is the sum of theirs. */
    FORK,
    /** y = x + x2: both have its gradient. */
    ADD,
    /** y = x and x2 side by side: each has its part of the gradient. */
    CONCAT
  }

  static Node layer(
      String name,
      LayerSpec spec,
      int x,
      int y,
      Shape input,
      Shape output,
      List<ParameterBlock> parameters,
      int batchNorm) {
    return new Node(
        name,
        Kind.LAYER,
        spec,
        x,
        -1,
        y,
        -1,
        input,
        output,
        parameters,
        batchNorm,
        Activation.NONE);
  }

  static Node fork(String name, LayerSpec spec, int x, int y, int y2, Shape shape) {
    return new Node(
        name, Kind.FORK, spec, x, -1, y, y2, shape, shape, List.of(), -1, Activation.NONE);
  }

  static Node join(
      Kind kind, String name, LayerSpec spec, int x, int x2, int y, Shape input, Shape output) {
    return new Node(name, kind, spec, x, x2, y, -1, input, output, List.of(), -1, Activation.NONE);
  }

  /** The values it reads. */
  int[] read() {
    return x2 < 0 ? new int[] {x} : new int[] {x, x2};
  }

  /** The values it makes. */
  int[] made() {
    return y2 < 0 ? new int[] {y} : new int[] {y, y2};
  }

  boolean isBatchNorm() {
    return batchNorm >= 0;
  }

  /** Whether an optimizer moves its array of a role; false if it has none. */
  boolean trains(ParameterBlock.Role role) {
    for (int i = 0; i < parameters.size(); i++) { // without an iterator: asked in each step
      if (parameters.get(i).role() == role && parameters.get(i).trained()) {
        return true;
      }
    }
    return false;
  }

  /** Whether an optimizer moves any of its arrays. */
  boolean learns() {
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i).trained()) {
        return true;
      }
    }
    return false;
  }

  /** How a person finds the layer. */
  String title() {
    return name + " (" + spec.kind() + ")";
  }

  /** The values that it reads. */
  List<Integer> reads() {
    return x2 < 0 ? List.of(x) : List.of(x, x2);
  }

  Node reading(int newX, int newX2) {
    return new Node(
        name, kind, spec, newX, newX2, y, y2, input, output, parameters, batchNorm, activation);
  }

  Node withParameters(UnaryOperator<ParameterBlock> change) {
    List<ParameterBlock> changed = parameters.stream().map(change).toList();
    return new Node(name, kind, spec, x, x2, y, y2, input, output, changed, batchNorm, activation);
  }

  Node withActivation(Activation fused) {
    return new Node(name, kind, spec, x, x2, y, y2, input, output, parameters, batchNorm, fused);
  }

  ParameterBlock parameter(ParameterBlock.Role role) {
    return parameters.stream().filter(block -> block.role() == role).findFirst().orElseThrow();
  }

  boolean has(ParameterBlock.Role role) {
    return parameters.stream().anyMatch(block -> block.role() == role);
  }
}
