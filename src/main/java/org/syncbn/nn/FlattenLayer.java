package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/**
 * From {@code [height, width, channels]} to PyTorch's order of features, channel by channel, so
 * that weights and running statistics behind it need no other order than PyTorch's; and back.
 */
final class FlattenLayer extends Layer {

  static final LayerMaker<ShapeSpec.Flatten> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(ShapeSpec.Flatten spec, Shape input) {
          return Shape.features(input.size());
        }

        @Override
        public Layer layer(ShapeSpec.Flatten spec, Node node, int rows) {
          boolean flat = node.input() instanceof Shape.Features;
          int channels = flat ? 1 : node.input().channels();
          return new FlattenLayer(node, node.input().size() / channels, channels);
        }
      };

  static final LayerMaker<ShapeSpec.Reshape> RESHAPE =
      new LayerMaker<>() {
        @Override
        public Shape output(ShapeSpec.Reshape spec, Shape input) {
          Shape.Image image = spec.image();
          int wanted = Math.addExact(image.size(), spec.maskSize());
          if (wanted != LayerMaker.features(input).size()) {
            throw new IllegalArgumentException(
                spec.mask() == ShapeSpec.Reshape.Mask.NONE
                    ? "cannot make " + image + " of " + input
                    : "cannot make %s of %s: with their mask they take %d"
                        .formatted(image, input, wanted));
          }
          return image;
        }

        @Override
        public boolean findsMask(ShapeSpec.Reshape spec) {
          return spec.mask() != ShapeSpec.Reshape.Mask.NONE;
        }

        @Override
        public Layer layer(ShapeSpec.Reshape spec, Node node, int rows) {
          return findsMask(spec)
              ? new MaskedReshapeLayer(node, spec)
              : new FlattenLayer(node, spec.channels(), spec.height() * spec.width());
        }
      };

  private final int outer; // of x
  private final int inner;
  private final float[] result;

  private FlattenLayer(Node node, int outer, int inner) {
    super(node);
    this.outer = outer;
    this.inner = inner;
    this.result = new float[node.input().size()];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    transpose(x, y, outer, inner, context);
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    transpose(dy, dx, inner, outer, context);
  }

  private void transpose(Tensor from, Tensor to, int rows, int columns, PassContext context) {
    if (rows == 1 || columns == 1) { // one order
      if (from != to) {
        to.copyFrom(from);
      }
      return;
    }
    float[] image = context.imageBuffer(result.length);
    for (int i = 0; i < context.rows; i++) {
      from.read(i * result.length, image, 0, result.length);
      ChannelOrder.transpose(image, 0, rows, columns, result);
      to.write(i * result.length, result, 0, result.length);
    }
  }

  @Override
  boolean worksInPlace() {
    return true; // image by image
  }
}
