package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.norm.Activation;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Parameter;
import org.syncbn.norm.Regularizer;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;

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
  private final List<ParameterBlock> parameters = new ArrayList<>();
  private final List<BatchNorm> batchNorms = new ArrayList<>();
  private int weights;

  NetworkBuilder(Shape input, CounterRandom random) {
    this.random = random;
    values.add(input);
  }

  List<Node> nodes() {
    return nodes;
  }

  List<Shape> values() {
    return values;
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

  /** Appends layers behind a value; the result is their last value. */
  int append(String prefix, List<LayerSpec> layers, int value) {
    int last = value;
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec spec = layers.get(i);
      String name = prefix + i;
      try {
        last =
            spec instanceof LayerSpec.Residual block
                ? residual(name, block, last)
                : layer(name, spec, last);
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

  private static LayerException rejected(
      String name, LayerSpec spec, String why, RuntimeException cause) {
    return new LayerException("layer " + name + " (" + spec.kind() + "): " + why, cause);
  }

  private int residual(String name, LayerSpec.Residual block, int x) {
    Shape shape = values.get(x);
    int body = newValue(shape);
    int shortcut = newValue(shape);
    nodes.add(
        new Node(
            name,
            Node.Kind.FORK,
            block,
            x,
            -1,
            body,
            shortcut,
            shape,
            shape,
            List.of(),
            -1,
            Activation.NONE));
    body = append(name + ".body.", block.body(), body);
    shortcut = append(name + ".shortcut.", block.shortcut(), shortcut);
    Shape sum = values.get(body);
    if (!sum.equals(values.get(shortcut))) {
      throw new IllegalArgumentException(
          "the body makes " + sum + ", but the shortcut " + values.get(shortcut));
    }
    int y = newValue(sum);
    nodes.add(
        new Node(
            name,
            Node.Kind.ADD,
            block,
            body,
            shortcut,
            y,
            -1,
            sum,
            sum,
            List.of(),
            -1,
            Activation.NONE));
    return y;
  }

  private int layer(String name, LayerSpec spec, int x) {
    Shape input = values.get(x);
    if (spec instanceof LayerSpec.Relu && isBareBatchNorm(x)) {
      nodes.add(nodes.remove(nodes.size() - 1).withActivation(Activation.RELU));
      return x;
    }
    Shape output = output(spec, input);
    int firstBlock = parameters.size();
    int batchNorm = -1;
    if (spec instanceof LayerSpec.Dense dense) {
      addDense(name, dense, input);
    } else if (spec instanceof LayerSpec.Conv2d conv) {
      addConv2d(name, conv, input);
    } else if (spec instanceof LayerSpec.BatchNormalization norm) {
      batchNorm = batchNorms.size();
      addBatchNorm(name, norm.options(), input);
    } else if (spec instanceof LayerSpec.LayerNormalization) {
      addLayerNorm(name, input);
    }
    int y = newValue(output);
    nodes.add(
        new Node(
            name,
            Node.Kind.LAYER,
            spec,
            x,
            -1,
            y,
            -1,
            input,
            output,
            List.copyOf(parameters.subList(firstBlock, parameters.size())),
            batchNorm,
            Activation.NONE));
    return y;
  }

  private static Shape output(LayerSpec spec, Shape input) {
    if (spec instanceof LayerSpec.Dense dense) {
      if (!(input instanceof Shape.Features)) {
        throw new IllegalArgumentException(
            "needs features, but gets " + input + ": put a flatten layer before it");
      }
      return Shape.features(dense.units());
    }
    if (spec instanceof LayerSpec.Conv2d conv) {
      Shape.Image image = image(input);
      if (image.channels() % conv.groups() != 0) {
        throw new IllegalArgumentException(
            image.channels() + " channels cannot be divided into " + conv.groups() + " groups");
      }
      return Windows.of(image, conv.kernel(), conv.stride(), conv.padding(), conv.dilation())
          .output(conv.filters());
    }
    if (spec instanceof LayerSpec.MaxPool pool) {
      return Windows.pooling(image(input), pool.window(), pool.stride(), pool.padding())
          .output(input.channels());
    }
    if (spec instanceof LayerSpec.AveragePool pool) {
      return Windows.pooling(image(input), pool.window(), pool.stride(), pool.padding())
          .output(input.channels());
    }
    if (spec instanceof LayerSpec.GlobalAveragePool) {
      return Shape.features(image(input).channels());
    }
    if (spec instanceof LayerSpec.Flatten) {
      return Shape.features(input.size());
    }
    return input;
  }

  private static Shape.Image image(Shape input) {
    if (input instanceof Shape.Image image) {
      return image;
    }
    throw new IllegalArgumentException("needs images, but gets " + input);
  }

  private void addDense(String name, LayerSpec.Dense dense, Shape input) {
    int inputs = input.size();
    int units = dense.units();
    add(
        name + ".weight",
        List.of(units, inputs),
        ParameterBlock.Role.WEIGHT,
        List.of(units, inputs),
        List.of(1, 0),
        inputs,
        units,
        dense.weightInitializer(),
        dense.regularizer(),
        dense.constraint());
    if (dense.bias() == LayerSpec.Bias.PRESENT) {
      addVector(
          name + ".bias", units, ParameterBlock.Role.BIAS, inputs, units, dense.biasInitializer());
    }
  }

  private void addConv2d(String name, LayerSpec.Conv2d conv, Shape input) {
    int groups = conv.groups();
    int channels = input.channels() / groups;
    int filters = conv.filters() / groups;
    int height = conv.kernel().height();
    int width = conv.kernel().width();
    int fanIn = channels * height * width;
    int fanOut = filters * height * width;
    add(
        name + ".weight",
        List.of(conv.filters(), channels, height, width),
        ParameterBlock.Role.WEIGHT,
        List.of(groups, filters, channels, height, width),
        List.of(0, 3, 4, 2, 1),
        fanIn,
        fanOut,
        conv.weightInitializer(),
        conv.regularizer(),
        conv.constraint());
    if (conv.bias() == LayerSpec.Bias.PRESENT) {
      addVector(
          name + ".bias",
          conv.filters(),
          ParameterBlock.Role.BIAS,
          fanIn,
          fanOut,
          conv.biasInitializer());
    }
  }

  private void addBatchNorm(String name, BatchNormOptions options, Shape input) {
    int channels = input.channels();
    batchNorms.add(BatchNorm.of(name, channels, options, random));
    addScale(
        name + ".weight",
        channels,
        ParameterBlock.Role.GAMMA,
        options.gamma(),
        options.gammaInitializer());
    addScale(
        name + ".bias",
        channels,
        ParameterBlock.Role.BETA,
        options.beta(),
        options.betaInitializer());
  }

  private void addScale(
      String name, int channels, ParameterBlock.Role role, Parameter parameter, Initializer first) {
    if (parameter != Parameter.ABSENT) {
      addVector(name, channels, role, channels, channels, first);
      if (parameter == Parameter.FIXED) {
        parameters.add(parameters.remove(parameters.size() - 1).fixed());
      }
    }
  }

  private void addLayerNorm(String name, Shape input) {
    List<Integer> shape = List.of(input.size());
    List<Integer> order = List.of(0);
    if (input instanceof Shape.Image image) {
      shape = List.of(image.channels(), image.height(), image.width());
      order = List.of(1, 2, 0);
    }
    int fan = input.size();
    for (ParameterBlock.Role role : List.of(ParameterBlock.Role.GAMMA, ParameterBlock.Role.BETA)) {
      boolean gamma = role == ParameterBlock.Role.GAMMA;
      add(
          name + (gamma ? ".weight" : ".bias"),
          shape,
          role,
          shape,
          order,
          fan,
          fan,
          gamma ? Initializer.ones() : Initializer.zeros(),
          Regularizer.NONE,
          Constraint.NONE);
    }
  }

  private void addVector(
      String name,
      int length,
      ParameterBlock.Role role,
      int fanIn,
      int fanOut,
      Initializer initializer) {
    add(
        name,
        List.of(length),
        role,
        List.of(length),
        List.of(0),
        fanIn,
        fanOut,
        initializer,
        Regularizer.NONE,
        Constraint.NONE);
  }

  private void add(
      String name,
      List<Integer> shape,
      ParameterBlock.Role role,
      List<Integer> view,
      List<Integer> order,
      int fanIn,
      int fanOut,
      Initializer initializer,
      Regularizer regularizer,
      Constraint constraint) {
    ParameterBlock block =
        new ParameterBlock(
            name,
            shape,
            Math.addExact(weights, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
            role,
            true,
            view,
            order,
            fanIn,
            fanOut,
            initializer,
            regularizer,
            constraint);
    parameters.add(block);
    weights = Math.addExact(block.offset(), block.size());
  }

  private int newValue(Shape shape) {
    values.add(shape);
    return values.size() - 1;
  }

  private boolean isBareBatchNorm(int value) {
    if (nodes.isEmpty()) {
      return false;
    }
    Node last = nodes.get(nodes.size() - 1);
    return last.y() == value && last.isBatchNorm() && last.activation() == Activation.NONE;
  }

  /** An error whose message already names the layer. */
  private static final class LayerException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    LayerException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
