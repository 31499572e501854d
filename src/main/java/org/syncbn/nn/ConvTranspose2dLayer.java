package org.syncbn.nn;

import java.util.List;
import org.syncbn.norm.Constraint;
import org.syncbn.tensor.Tensor;

/**
 * Transposed convolution: the way back of a convolution from its output, as large as x, to its
 * image, as large as y.
 */
final class ConvTranspose2dLayer extends WeightedLayer {

  static final LayerMaker<LayerSpec.ConvTranspose2d> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LayerSpec.ConvTranspose2d spec, Shape input) {
          Shape.Image image = LayerMaker.image(input);
          LayerMaker.requireGroups(image, spec.groups());
          Extent kernel = spec.kernel();
          Extent stride = spec.stride();
          int tall = (kernel.height() - 1) * spec.dilation().height() + 1;
          int wide = (kernel.width() - 1) * spec.dilation().width() + 1;
          return Shape.image(
              spec.filters(),
              spec.padding().imageLength(image.height(), tall, stride.height(), 0)
                  + spec.outputPadding(),
              spec.padding().imageLength(image.width(), wide, stride.width(), 1)
                  + spec.outputPadding());
        }

        @Override
        public List<ParameterBlock> parameters(
            LayerSpec.ConvTranspose2d spec, String name, Shape input) {
          int groups = spec.groups();
          int channels = input.channels() / groups;
          int filters = spec.filters() / groups;
          int height = spec.kernel().height();
          int width = spec.kernel().width();
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
                  spec.weightInitializer(),
                  spec.regularizer(),
                  Constraint.NONE);
          return BiasVector.behind(
              weight, spec.bias(), name, spec.filters(), spec.biasInitializer());
        }

        @Override
        public PlaceMap places(LayerSpec.ConvTranspose2d spec, Shape.Image input) {
          throw LayerMaker.rejectsMasks();
        }

        @Override
        public Layer layer(LayerSpec.ConvTranspose2d spec, Node node, int rows) {
          return new ConvTranspose2dLayer(node, spec);
        }
      };

  private final Convolution convolution; // from y to x
  private final BiasVector bias;

  private ConvTranspose2dLayer(Node node, LayerSpec.ConvTranspose2d spec) {
    super(node);
    this.convolution =
        Convolution.of(
            Windows.of(
                (Shape.Image) node.output(),
                spec.kernel(),
                spec.stride(),
                spec.padding(),
                spec.dilation()),
            spec.filters(),
            node.input().channels(),
            spec.groups(),
            node.parameter(ParameterBlock.Role.WEIGHT).offset());
    this.bias = BiasVector.of(node);
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    convolution.inputGradient(x, context.weights, y, context.rows);
    bias.add(context.weights, y);
  }

  @Override
  void backward(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    bias.gradient(dy, 0, rows, gradients);
    convolution.weightGradient(dy, x, gradients, rows);
    if (dx.size() > 0) {
      convolution.forward(dy, context.weights, 0, dx, rows);
    }
  }
}
