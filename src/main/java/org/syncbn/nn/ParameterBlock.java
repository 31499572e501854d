package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Regularizer;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/**
 * One array of weights inside a network's flat vector, and the door between its order in memory and
 * the order under its PyTorch-like name.
 *
 * <p>In memory the units come last: dense {@code [inputs, units]}, convolution {@code [groups,
 * height, width, channels, filters]} of one group. Immutable, hence thread-safe.
 *
 * @param name such as {@code 0.weight}
 * @param shape the dimensions under that name: dense {@code [units, inputs]}, convolution {@code
 *     [filters, channels, height, width]}
 * @param offset where it starts in the flat vector
 * @param role what it is for
 * @param trained whether an optimizer may move it
 * @param view the shape with dimensions cut so that memory order is a permutation of them
 * @param order which dimensions of the view lie in memory, outermost first
 * @param fanIn how many inputs feed one unit
 * @param fanOut how many units one input feeds
 * @param initializer its first values
 * @param regularizer its penalty; the one of gamma and beta acts through {@code norm}
 * @param constraint where it is put back after an update; the same holds
 */
public record ParameterBlock(
    String name,
    List<Integer> shape,
    int offset,
    Role role,
    boolean trained,
    List<Integer> view,
    List<Integer> order,
    int fanIn,
    int fanOut,
    Initializer initializer,
    Regularizer regularizer,
    Constraint constraint)
    implements Serializable {

  /** What an array of weights is for. */
  public enum Role {
    /** The weights of a dense or convolution layer: the ones that weight decay acts on. */
    WEIGHT,
    /** The constants of such a layer. */
    BIAS,
    /** The scale after a normalization. */
    GAMMA,
    /** The shift after a normalization. */
    BETA,
    /** What a learned activation multiplies numbers below 0 by. */
    SLOPE
  }

  /** How many numbers there are. */
  public int size() {
    int size = 1;
    for (int axis = 0; axis < shape.size(); axis++) { // without an iterator: asked in each step
      size = Math.multiplyExact(size, shape.get(axis));
    }
    return size;
  }

  /** The numbers in the order of {@link #shape}, a copy. */
  public float[] read(Tensor weights) {
    float[] values = new float[size()];
    read(weights, 0, values, values.length);
    return values;
  }

  /** Copies numbers [from, from + length) in the order of {@link #shape} to the start of a run. */
  public void read(Tensor weights, int from, float[] run, int length) {
    if (view.size() == 1) { // has one order
      weights.read(offset + from, run, 0, length);
    } else {
      walk(from, length, (i, place) -> run[i] = weights.get(place));
    }
  }

  /** Sets the numbers from an array in the order of {@link #shape}. */
  public void write(Tensor weights, float[] values) {
    if (values.length != size()) {
      throw new IllegalArgumentException(
          name + " has " + size() + " numbers (" + shape + "), not " + values.length);
    }
    write(weights, 0, values, values.length);
  }

  /** Sets numbers [from, from + length) in the order of {@link #shape} from the start of a run. */
  public void write(Tensor weights, int from, float[] run, int length) {
    if (view.size() == 1) {
      weights.write(offset + from, run, 0, length);
    } else {
      walk(from, length, (i, place) -> weights.set(place, run[i]));
    }
  }

  /** A row of numbers, without a place. */
  static ParameterBlock vector(
      String name, Role role, int length, int fanIn, int fanOut, Initializer initializer) {
    List<Integer> shape = List.of(length);
    return new ParameterBlock(
        name,
        shape,
        0,
        role,
        true,
        shape,
        List.of(0),
        fanIn,
        fanOut,
        initializer,
        Regularizer.NONE,
        Constraint.NONE);
  }

  /** A table of weights, row by row in memory too, without a place. */
  static ParameterBlock table(
      String name, int rows, int columns, Initializer initializer, Regularizer regularizer) {
    List<Integer> shape = List.of(rows, columns);
    return new ParameterBlock(
        name,
        shape,
        0,
        Role.WEIGHT,
        true,
        shape,
        List.of(0, 1),
        rows,
        columns,
        initializer,
        regularizer,
        Constraint.NONE);
  }

  /** The same at a place in the flat vector. */
  ParameterBlock at(int place) {
    return with(shape, place, trained);
  }

  /** The same, moved by an optimizer or not. */
  ParameterBlock trained(boolean moves) {
    return with(shape, offset, moves);
  }

  /** The same without the third of its dimensions, which is 1. */
  ParameterBlock withoutHeight() {
    return with(List.of(shape.get(0), shape.get(1), shape.get(3)), offset, trained);
  }

  private ParameterBlock with(List<Integer> dimensions, int place, boolean moves) {
    return new ParameterBlock(
        name,
        dimensions,
        place,
        role,
        moves,
        view,
        order,
        fanIn,
        fanOut,
        initializer,
        regularizer,
        constraint);
  }

  /** Draws the first values; each group of a convolution is a matrix of its own. */
  void initialize(Tensor weights, CounterRandom random) {
    CounterRandom own = random.fork(name);
    int groups = order.size() > shape.size() ? view.get(0) : 1;
    int size = size() / groups;
    for (int group = 0; group < groups; group++) {
      CounterRandom stream = groups == 1 ? own : own.fork(group);
      weights.write(
          offset + group * size, initializer.values(size, fanIn, fanOut, stream), 0, size);
    }
  }

  /**
   * Puts the weights [from, to) back under their constraint; all of them, unit by unit, if it looks
   * at norms.
   */
  void constrain(Tensor weights, int from, int to) {
    if (constraint.equals(Constraint.NONE)) {
      return;
    }
    if (constraint.isElementwise()) {
      float[] values = new float[to - from];
      weights.read(from, values, 0, values.length);
      constraint.project(values);
      weights.write(from, values, 0, values.length);
      return;
    }
    float[] values = read(weights); // a row a unit
    int units = shape.size() < 2 ? 1 : shape.get(0);
    int fan = values.length / units;
    float[] columns = new float[values.length];
    ChannelOrder.transpose(values, 0, units, fan, columns);
    constraint.project(columns, units);
    ChannelOrder.transpose(columns, 0, fan, units, values);
    write(weights, values);
  }

  float[] readRaw(Tensor weights) {
    float[] values = new float[size()];
    weights.read(offset, values, 0, values.length);
    return values;
  }

  /** Is told where a number of a run lies in the flat vector. */
  @FunctionalInterface
  private interface Visitor {
    void visit(int index, int place);
  }

  /** Visits the numbers [from, from + length) in the order of the shape. */
  private void walk(int from, int length, Visitor visitor) {
    int rank = view.size();
    int[] strides = new int[rank]; // in memory, of the axes of the view
    int stride = 1;
    for (int k = rank - 1; k >= 0; k--) {
      strides[order.get(k)] = stride;
      stride *= view.get(order.get(k));
    }
    int[] sizes = new int[rank];
    int[] index = new int[rank];
    int place = offset;
    int rest = from;
    for (int axis = rank - 1; axis >= 0; axis--) {
      sizes[axis] = view.get(axis);
      index[axis] = rest % sizes[axis];
      rest /= sizes[axis];
      place += index[axis] * strides[axis];
    }
    for (int i = 0; i < length; i++) {
      visitor.visit(i, place);
      int axis = rank - 1;
      place += strides[axis];
      while (++index[axis] == sizes[axis] && axis > 0) {
        place -= sizes[axis] * strides[axis];
        index[axis--] = 0;
        place += strides[axis];
      }
    }
  }
}
