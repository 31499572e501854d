package org.syncbn.nn;

import java.util.List;
import org.syncbn.tensor.Tensor;

/** Convolution of channels-last images. */
final class Conv2dLayer extends WeightedLayer {

  static final LayerMaker<LayerSpec.Conv2d> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LayerSpec.Conv2d spec, Shape input) {
          Shape.Image image = LayerMaker.image(input);
          LayerMaker.requireGroups(image, spec.groups());
          return windows(spec, image).output(spec.filters());
        }

        @Override
        public List<ParameterBlock> parameters(LayerSpec.Conv2d spec, String name, Shape input) {
          int groups = spec.groups();
          int channels = input.channels() / groups;
          int filters = spec.filters() / groups;
          int height = spec.kernel().height();
          int width = spec.kernel().width();
          ParameterBlock weight =
              new ParameterBlock(
                  name + ".weight",
                  List.of(spec.filters(), channels, height, width),
                  0,
                  ParameterBlock.Role.WEIGHT,
                  true,
                  List.of(groups, filters, channels, height, width),
                  List.of(0, 3, 4, 2, 1),
                  channels * height * width,
                  filters * height * width,
                  spec.weightInitializer(),
                  spec.regularizer(),
                  spec.constraint());
          return BiasVector.behind(
              weight, spec.bias(), name, spec.filters(), spec.biasInitializer());
        }

        @Override
        public PlaceMap places(LayerSpec.Conv2d spec, Shape.Image input) {
          return PlaceMap.of(windows(spec, input), spec.padding(), false);
        }

        @Override
        public Layer layer(LayerSpec.Conv2d spec, Node node, int rows) {
          return new Conv2dLayer(node, spec);
        }
      };

  static final LayerMaker<LayerSpec.Conv1d> MAKER_1D =
      new LayerMaker<>() {
        @Override
        public Shape output(LayerSpec.Conv1d spec, Shape input) {
          return MAKER.output(spec.in2d(), LayerMaker.sequence(input));
        }

        @Override
        public List<ParameterBlock> parameters(LayerSpec.Conv1d spec, String name, Shape input) {
          return MAKER.parameters(spec.in2d(), name, input).stream()
              .map(block -> block.shape().size() == 1 ? block : block.withoutHeight())
              .toList();
        }

        @Override
        public PlaceMap places(LayerSpec.Conv1d spec, Shape.Image input) {
          return MAKER.places(spec.in2d(), input);
        }

        @Override
        public Layer layer(LayerSpec.Conv1d spec, Node node, int rows) {
          return new Conv2dLayer(node, spec.in2d());
        }
      };

  private final Convolution convolution;
  private final BiasVector bias;

  private Conv2dLayer(Node node, LayerSpec.Conv2d conv) {
    super(node);
    this.convolution =
        Convolution.of(
            windows(conv, (Shape.Image) node.input()),
            node.input().channels(),
            conv.filters(),
            conv.groups(),
            node.parameter(ParameterBlock.Role.WEIGHT).offset());
    this.bias = BiasVector.of(node);
  }

  private static Windows windows(LayerSpec.Conv2d conv, Shape.Image image) {
    return Windows.of(image, conv.kernel(), conv.stride(), conv.padding(), conv.dilation());
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    float beta = bias.spread(context.weights, y);
    convolution.forward(x, context.weights, beta, y, context.rows);
  }

  @Override
  void backward(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    bias.gradient(dy, 0, rows, gradients);
    convolution.weightGradient(x, dy, gradients, rows);
    if (dx.size() > 0) {
      convolution.inputGradient(dy, context.weights, dx, rows);
    }
  }
}
