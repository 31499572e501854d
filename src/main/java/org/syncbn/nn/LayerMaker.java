package org.syncbn.nn;

import java.util.List;
import java.util.function.Function;

/**
 * What one kind of layer makes of its options: the shape of its outputs, its arrays of weights, its
 * place in a network, and the layer at work.
 *
 * @param <S> the options
 */
interface LayerMaker<S extends LayerSpec> {

  /**
   * The shape of the outputs, by default that of the inputs.
   *
   * @throws IllegalArgumentException if the layer does not take such inputs
   */
  default Shape output(S spec, Shape input) {
    return input;
  }

  /** The arrays of weights, without their places in the flat vector. */
  default List<ParameterBlock> parameters(S spec, String name, Shape input) {
    return List.of();
  }

  /** Whether the layer finds out which places of its outputs are masked. */
  default boolean findsMask(S spec) {
    return false;
  }

  /**
   * What the layer makes of the places of masked images, if its outputs are images too.
   *
   * @throws IllegalArgumentException if it does not take masked images
   */
  default PlaceMap places(S spec, Shape.Image input) {
    return PlaceMap.identity(input);
  }

  /** Appends the layer behind a value of a network; the result is its output. */
  default int append(S spec, String name, int x, NetworkBuilder network) {
    return network.layer(this, spec, name, x);
  }

  /** The layer at work in passes of at most so many rows. */
  Layer layer(S spec, Node node, int rows);

  /** A layer that is made of others, or that a pass runs itself. */
  interface Structure<S extends LayerSpec> extends LayerMaker<S> {

    @Override
    int append(S spec, String name, int x, NetworkBuilder network);

    @Override
    default Layer layer(S spec, Node node, int rows) {
      throw new AssertionError(node.title() + " is not a layer of its own");
    }
  }

  /** The input as an image, which the layer needs. */
  static Shape.Image image(Shape input) {
    if (input instanceof Shape.Image image) {
      return image;
    }
    throw new IllegalArgumentException("needs images, but gets " + input);
  }

  /** What layers say that move places elsewhere than a mask could follow. */
  static IllegalArgumentException rejectsMasks() {
    return new IllegalArgumentException(
        "it does not take masked images: put it before the layer that masks them");
  }

  /** Throws if the groups do not divide the channels of the input. */
  static void requireGroups(Shape input, int groups) {
    if (input.channels() % groups != 0) {
      throw new IllegalArgumentException(
          input.channels() + " channels cannot be divided into " + groups + " groups");
    }
  }

  /** The input as a sequence, an image of height 1, which the layer needs. */
  static Shape.Image sequence(Shape input) {
    if (input instanceof Shape.Image image && image.height() == 1) {
      return image;
    }
    throw new IllegalArgumentException(
        "needs sequences, which are images of height 1, but gets "
            + input
            + ": put a reshape layer before it");
  }

  /** The maker of a layer of sequences, which are images of height 1. */
  static <S extends LayerSpec, I extends LayerSpec> LayerMaker<S> ofSequences(
      LayerMaker<I> images, Function<S, I> in2d) {
    return new LayerMaker<>() {
      @Override
      public Shape output(S spec, Shape input) {
        return images.output(in2d.apply(spec), sequence(input));
      }

      @Override
      public List<ParameterBlock> parameters(S spec, String name, Shape input) {
        return images.parameters(in2d.apply(spec), name, input).stream()
            .map(block -> block.shape().size() == 1 ? block : block.withoutHeight())
            .toList();
      }

      @Override
      public PlaceMap places(S spec, Shape.Image input) {
        return images.places(in2d.apply(spec), input);
      }

      @Override
      public Layer layer(S spec, Node node, int rows) {
        return images.layer(in2d.apply(spec), node, rows);
      }
    };
  }

  /** The input as features, which the layer needs. */
  static Shape.Features features(Shape input) {
    if (input instanceof Shape.Features features) {
      return features;
    }
    throw new IllegalArgumentException(
        "needs features, but gets " + input + ": put a flatten layer before it");
  }
}
