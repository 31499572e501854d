package org.syncbn.nn;

import java.util.List;
import org.syncbn.norm.Constraint;
import org.syncbn.tensor.Tensor;

/**
 * Transposed convolution: the way back of a convolution from its output, as large as x, to its
 * image, as large as y.
 */
final class ConvTranspose2dLayer extends WeightedLayer {

  static final LayerMaker<LinearSpec.ConvTranspose2d> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LinearSpec.ConvTranspose2d spec, Shape input) {
          Shape.Image image = LayerMaker.image(input);
          ConvolutionShape shape = spec.shape();
          LayerMaker.requireGroups(image, shape.groups());
          Padding cut = shape.padding();
          Extent covered = shape.covered();
          Extent stride = shape.stride();
          return Shape.image(
              spec.filters(),
              cut.imageLength(image.height(), covered.height(), stride.height(), 0)
                  + spec.outputPadding(),
              cut.imageLength(image.width(), covered.width(), stride.width(), 1)
                  + spec.outputPadding());
        }

        @Override
        public List<ParameterBlock> parameters(
            LinearSpec.ConvTranspose2d spec, String name, Shape input) {
          ConvolutionShape shape = spec.shape();
          int groups = shape.groups();
          int channels = input.channels() / groups;
          int filters = spec.filters() / groups;
          int height = shape.kernel().height();
          int width = shape.kernel().width();
          ParameterBlock weight =
              new ParameterBlock(
                  name + ".weight",
                  List.of(input.channels(), filters, height, width),
                  0,
                  ParameterBlock.Role.WEIGHT,
                  true,
                  List.of(groups, channels, filters, height, width),
                  List.of(0, 3, 4, 2, 1),
                  filters * height * width, // as PyTorch counts
                  channels * height * width,
                  spec.weights().weightInitializer(),
                  spec.weights().regularizer(),
                  Constraint.NONE);
          return BiasVector.behind(weight, spec.weights(), name, spec.filters());
        }

        @Override
        public PlaceMap places(LinearSpec.ConvTranspose2d spec, Shape.Image input) {
          throw LayerMaker.rejectsMasks();
        }

        @Override
        public Layer layer(LinearSpec.ConvTranspose2d spec, Node node, int rows) {
          return new ConvTranspose2dLayer(node, spec);
        }
      };

  private final Convolution convolution; // from y to x
  private final BiasVector bias;

  private ConvTranspose2dLayer(Node node, LinearSpec.ConvTranspose2d spec) {
    super(node);
    this.convolution =
        Convolution.of(
            Windows.of((Shape.Image) node.output(), spec.shape()),
            spec.filters(),
            node.input().channels(),
            spec.shape().groups(),
            node.parameter(ParameterBlock.Role.WEIGHT).offset());
    this.bias = BiasVector.of(node);
  }

  @Override
  int scratch() {
    return convolution.scratch();
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    convolution.inputGradient(x, context.weights, y, context.rows, context.scratch);
    bias.add(context.weights, y);
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    if (dx.size() > 0) {
      convolution.forward(dy, context.weights, 0, dx, context.rows, context.scratch);
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
      convolution.weightGradient(dy, x, gradients, rows, context.scratch);
    }
  }
}
