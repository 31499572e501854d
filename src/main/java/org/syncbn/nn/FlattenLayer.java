package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/**
 * From {@code [height, width, channels]} to PyTorch's order of features, channel by channel, so
 * that weights and running statistics behind it need no other order than PyTorch's.
 */
final class FlattenLayer extends Layer {

  static final LayerMaker<LayerSpec.Flatten> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LayerSpec.Flatten spec, Shape input) {
          return Shape.features(input.size());
        }

        @Override
        public Layer layer(LayerSpec.Flatten spec, Node node, int rows) {
          return new FlattenLayer(node);
        }
      };

  private final int places;
  private final int channels;
  private final float[] result;

  private FlattenLayer(Node node) {
    super(node);
    this.channels = node.input() instanceof Shape.Image image ? image.channels() : 1;
    this.places = node.input().size() / channels;
    this.result = new float[node.input().size()];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    transpose(x, y, places, channels, context);
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    transpose(dy, dx, channels, places, context);
  }

  private void transpose(Tensor from, Tensor to, int outer, int inner, PassContext context) {
    if (places == 1 || channels == 1) { // one order
      if (from != to) {
        to.copyFrom(from);
      }
      return;
    }
    float[] image = context.imageBuffer(result.length);
    for (int i = 0; i < context.rows; i++) {
      from.read(i * result.length, image, 0, result.length);
      ChannelOrder.transpose(image, 0, outer, inner, result);
      to.write(i * result.length, result, 0, result.length);
    }
  }

  @Override
  boolean worksInPlace() {
    return true; // image by image
  }
}
