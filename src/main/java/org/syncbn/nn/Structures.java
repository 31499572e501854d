package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
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
        if (network.isMasked(x) && options.axis() != ChannelAxis.CHANNELS) {
          throw new IllegalArgumentException("statistics of masked images are of channels only");
        }
        int channels = layout(network.shape(x), 0, options.axis()).channels();
        List<ParameterBlock> blocks = new ArrayList<>();
        if (options.gamma() != Parameter.ABSENT) {
          blocks.add(
              scale(
                      name + ".weight",
                      ParameterBlock.Role.GAMMA,
                      options.gammaInitializer(),
                      channels)
                  .trained(options.gamma() == Parameter.TRAINED));
        }
        if (options.beta() != Parameter.ABSENT) {
          blocks.add(
              scale(name + ".bias", ParameterBlock.Role.BETA, options.betaInitializer(), channels)
                  .trained(options.beta() == Parameter.TRAINED));
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
        int[] ways = network.fork(spec, name, x, 2);
        int body = network.append(name + ".body.", spec.body(), ways[0]);
        int shortcut = network.append(name + ".shortcut.", spec.shortcut(), ways[1]);
        Shape sum = network.shape(body);
        if (!sum.equals(network.shape(shortcut))) {
          throw new IllegalArgumentException(
              "the body makes " + sum + ", but the shortcut " + network.shape(shortcut));
        }
        return network.join(Node.Kind.ADD, spec, name, body, shortcut, sum);
      };

  static final LayerMaker.Structure<GraphSpec.Concat> CONCAT =
      (spec, name, x, network) -> {
        int[] ways = network.fork(spec, name, x, spec.branches().size());
        int joined = -1;
        for (int i = 0; i < ways.length; i++) {
          GraphSpec.Branch branch = spec.branches().get(i);
          int y = network.append(name + "." + branch.name() + ".", branch.layers(), ways[i]);
          joined =
              i == 0
                  ? y
                  : network.join(
                      Node.Kind.CONCAT,
                      spec,
                      name,
                      joined,
                      y,
                      besides(network.shape(joined), network.shape(y), branch.name()));
        }
        return joined;
      };

  private Structures() {}

  private static ParameterBlock scale(
      String name, ParameterBlock.Role role, Initializer initializer, int channels) {
    return ParameterBlock.vector(name, role, channels, channels, channels, initializer);
  }

  /** The features of both, or the channels of both at each place. */
  private static Shape besides(Shape first, Shape second, String branch) {
    if (first instanceof Shape.Features && second instanceof Shape.Features) {
      return Shape.features(Math.addExact(first.size(), second.size()));
    }
    if (first instanceof Shape.Image a
        && second instanceof Shape.Image b
        && a.height() == b.height()
        && a.width() == b.width()) {
      return Shape.image(Math.addExact(a.channels(), b.channels()), a.height(), a.width());
    }
    throw new IllegalArgumentException(
        "the branch '%s' makes %s, which cannot stand beside %s".formatted(branch, second, first));
  }
}
