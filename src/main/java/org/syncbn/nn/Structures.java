package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.ChannelAxis;
import org.syncbn.norm.ChannelLayout;
import org.syncbn.norm.Parameter;
import org.syncbn.tensor.Initializer;

/** The layers that are made of others, and batch norms, which passes run themselves. */
final class Structures {

  static final LayerMaker.Structure<NormalizationSpec.BatchNormalization> BATCH_NORM =
      (spec, name, x, network) -> {
        BatchNormOptions options = spec.options();
        if (network.isMasked(x) && options.statistics().axis() != ChannelAxis.CHANNELS) {
          throw new IllegalArgumentException("statistics of masked images are of channels only");
        }
        int channels = layout(network.shape(x), 0, options.statistics().axis()).channels();
        List<ParameterBlock> blocks = new ArrayList<>();
        if (options.gamma().parameter() != Parameter.ABSENT) {
          blocks.add(
              scale(
                      name + ".weight",
                      ParameterBlock.Role.GAMMA,
                      options.gamma().initializer(),
                      channels)
                  .trained(options.gamma().parameter() == Parameter.TRAINED));
        }
        if (options.beta().parameter() != Parameter.ABSENT) {
          blocks.add(
              scale(
                      name + ".bias",
                      ParameterBlock.Role.BETA,
                      options.beta().initializer(),
                      channels)
                  .trained(options.beta().parameter() == Parameter.TRAINED));
        }
        BatchNorm norm = BatchNorm.of(name, channels, options, network.random());
        return network.batchNorm(norm, blocks, spec, name, x);
      };

  /** Where the channels of a batch norm lie in rows of a shape. */
  static ChannelLayout layout(Shape shape, int rows, ChannelAxis axis) {
    int channels = shape.channels();
    if (axis == ChannelAxis.CHANNELS) {
      return new ChannelLayout(rows, shape.size() / channels, channels, 1);
    }
    if (shape instanceof Shape.Image image) {
      return axis == ChannelAxis.HEIGHT
          ? new ChannelLayout(rows, 1, image.height(), image.width() * channels)
          : new ChannelLayout(rows, image.height(), image.width(), channels);
    }
    throw new IllegalArgumentException(
        "%s have no %s: set axis to channels"
            .formatted(shape, axis == ChannelAxis.HEIGHT ? "height" : "width"));
  }

  static final LayerMaker.Structure<GraphSpec.Residual> RESIDUAL =
      (spec, name, x, network) -> {
        network.share(x);
        int body = network.append(name + ".body.", spec.body(), x);
        int shortcut = network.append(name + ".shortcut.", spec.shortcut(), x);
        Shape sum = network.shape(body);
        if (!sum.equals(network.shape(shortcut))) {
          throw new IllegalArgumentException(
              "the body makes " + sum + ", but the shortcut " + network.shape(shortcut));
        }
        return network.join(Node.Kind.ADD, spec, name, body, shortcut, sum);
      };

  static final LayerMaker.Structure<GraphSpec.Named> NAMED =
      (spec, name, x, network) -> {
        network.share(x);
        network.name(spec.name(), x);
        return x;
      };

  static final LayerMaker.Structure<GraphSpec.Concat> CONCAT =
      (spec, name, x, network) ->
          join(Node.Kind.CONCAT, spec, name, x, network, Structures::besides);

  static final LayerMaker.Structure<GraphSpec.Add> ADD =
      (spec, name, x, network) ->
          join(
              Node.Kind.ADD,
              spec,
              name,
              x,
              network,
              (a, b) -> a.equals(b) ? Optional.of(a) : Optional.empty());

  /** The shape of two values that are joined; nothing if they do not fit. */
  private interface JoinedShape extends BiFunction<Shape, Shape, Optional<Shape>> {}

  private static int join(
      Node.Kind kind,
      GraphSpec.Join spec,
      String name,
      int x,
      NetworkBuilder network,
      JoinedShape shape) {
    network.share(x);
    int[] outputs = new int[spec.branches().size()];
    for (int i = 0; i < outputs.length; i++) {
      GraphSpec.Branch branch = spec.branches().get(i);
      int from = branch.from().equals(GraphSpec.Branch.PREVIOUS) ? x : network.named(branch.from());
      outputs[i] = network.append(name + "." + branch.name() + ".", branch.layers(), from);
    }
    int joined = outputs[0];
    for (int i = 1; i < outputs.length; i++) {
      int y = outputs[i];
      Optional<Shape> both = shape.apply(network.shape(joined), network.shape(y));
      if (both.isEmpty()) {
        throw new IllegalArgumentException(
            "the branch '%s' makes %s, which cannot %s %s of the branch '%s': they come from %s and %s"
                .formatted(
                    spec.branches().get(i).name(),
                    network.shape(y),
                    kind == Node.Kind.ADD ? "be added to" : "stand beside",
                    network.shape(outputs[0]),
                    spec.branches().get(0).name(),
                    network.maker(y),
                    network.maker(outputs[0])));
      }
      joined = network.join(kind, spec, name, joined, y, both.get());
    }
    return joined;
  }

  private Structures() {}

  private static ParameterBlock scale(
      String name, ParameterBlock.Role role, Initializer initializer, int channels) {
    return ParameterBlock.vector(name, role, channels, channels, channels, initializer);
  }

  /** The features of both, or the channels of both at each place. */
  private static Optional<Shape> besides(Shape first, Shape second) {
    if (first instanceof Shape.Features && second instanceof Shape.Features) {
      return Optional.of(Shape.features(Math.addExact(first.size(), second.size())));
    }
    if (first instanceof Shape.Image a
        && second instanceof Shape.Image b
        && a.height() == b.height()
        && a.width() == b.width()) {
      return Optional.of(
          Shape.image(Math.addExact(a.channels(), b.channels()), a.height(), a.width()));
    }
    return Optional.empty();
  }
}
