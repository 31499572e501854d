package org.syncbn.nn;

import java.util.List;
import org.syncbn.tensor.Tensor;

/** Convolution of channels-last images. */
final class Conv2dLayer extends WeightedLayer {

  static final LayerMaker<LinearSpec.Conv2d> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LinearSpec.Conv2d spec, Shape input) {
          Shape.Image image = LayerMaker.image(input);
          LayerMaker.requireGroups(image, spec.shape().groups());
          return Windows.of(image, spec.shape()).output(spec.filters());
        }

        @Override
        public List<ParameterBlock> parameters(LinearSpec.Conv2d spec, String name, Shape input) {
          ConvolutionShape shape = spec.shape();
          int groups = shape.groups();
          int channels = input.channels() / groups;
          int filters = spec.filters() / groups;
          int height = shape.kernel().height();
          int width = shape.kernel().width();
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
                  spec.weights().weightInitializer(),
                  spec.weights().regularizer(),
                  spec.constraint());
          return BiasVector.behind(weight, spec.weights(), name, spec.filters());
        }

        @Override
        public PlaceMap places(LinearSpec.Conv2d spec, Shape.Image input) {
          return PlaceMap.of(Windows.of(input, spec.shape()), spec.shape().padding(), false);
        }

        @Override
        public Layer layer(LinearSpec.Conv2d spec, Node node, int rows) {
          return new Conv2dLayer(node, spec);
        }
      };

  static final LayerMaker<LinearSpec.Conv1d> MAKER_1D =
      LayerMaker.ofSequences(MAKER, LinearSpec.Conv1d::in2d);

  private final Convolution convolution;
  private final BiasVector bias;

  private Conv2dLayer(Node node, LinearSpec.Conv2d conv) {
    super(node);
    this.convolution =
        Convolution.of(
            Windows.of((Shape.Image) node.input(), conv.shape()),
            node.input().channels(),
            conv.filters(),
            conv.shape().groups(),
            node.parameter(ParameterBlock.Role.WEIGHT).offset());
    this.bias = BiasVector.of(node);
  }

  @Override
  int scratch() {
    return convolution.scratch();
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    float beta = bias.spread(context.weights, y);
    convolution.forward(x, context.weights, beta, y, context.rows, context.scratch);
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    if (dx.size() > 0) {
      convolution.inputGradient(dy, context.weights, dx, context.rows, context.scratch);
    }
  }

  @Override
  boolean leavesWeightGradients() {
    return true;
  }

  @Override
  void gradients(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    if (node.trains(ParameterBlock.Role.BIAS)) {
      bias.gradient(dy, 0, rows, gradients);
    }
    if (node.trains(ParameterBlock.Role.WEIGHT)) {
      convolution.weightGradient(x, dy, gradients, rows, context.scratch);
    }
  }
}
