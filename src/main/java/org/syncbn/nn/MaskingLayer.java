package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** Masks the places of an image all of whose channels have one value. */
final class MaskingLayer extends Layer {

  static final LayerMaker<ShapeSpec.Masking> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(ShapeSpec.Masking spec, Shape input) {
          return LayerMaker.image(input);
        }

        @Override
        public boolean findsMask(ShapeSpec.Masking spec) {
          return true;
        }

        @Override
        public Layer layer(ShapeSpec.Masking spec, Node node, int rows) {
          return new MaskingLayer(node, spec);
        }
      };

  private final float value;
  private final int places;
  private final float[] image;

  private MaskingLayer(Node node, ShapeSpec.Masking spec) {
    super(node);
    this.value = (float) spec.value();
    this.image = new float[node.input().size()];
    this.places = image.length / node.input().channels();
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    PlaceMask before = context.masks.of(node.x());
    PlaceMask mask = context.masks.of(node.y());
    mask.showAll();
    for (int row = 0; row < context.rows; row++) {
      x.read(row * image.length, image, 0, image.length);
      for (int place = 0; place < places; place++) {
        if (!before.isValid(row, place) || isMasked(place)) {
          mask.hide(row, place);
        }
      }
    }
    if (x != y) {
      y.copyFrom(x);
    }
  }

  private boolean isMasked(int place) {
    int channels = image.length / places;
    for (int i = place * channels; i < (place + 1) * channels; i++) {
      // The numbers are equal, or both are NaN.
      if (image[i] != value && !(Float.isNaN(image[i]) && Float.isNaN(value))) {
        return false;
      }
    }
    return true;
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    if (dx != dy) {
      dx.copyFrom(dy);
    }
  }

  @Override
  boolean worksInPlace() {
    return true;
  }
}
