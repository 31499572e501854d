package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** Images of features, the last of which say which of their places are valid. */
final class MaskedReshapeLayer extends Layer {

  private final ShapeSpec.Reshape spec;
  private final int places;
  private final float[] row; // of features
  private final float[] image;

  MaskedReshapeLayer(Node node, ShapeSpec.Reshape spec) {
    super(node);
    this.spec = spec;
    this.places = spec.image().places();
    this.row = new float[node.input().size()];
    this.image = new float[node.output().size()];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    PlaceMask mask = context.masks.of(node.y());
    mask.showAll();
    for (int i = 0; i < context.rows; i++) {
      x.read(i * row.length, row, 0, row.length);
      ChannelOrder.transpose(row, 0, spec.channels(), places, image);
      y.write(i * image.length, image, 0, image.length);
      hide(i, mask);
    }
  }

  private void hide(int i, PlaceMask mask) {
    boolean byLength = spec.mask() == ShapeSpec.Reshape.Mask.LENGTHS;
    float length = byLength ? length() : 0;
    for (int place = 0; place < places; place++) {
      // NaN hides.
      boolean isValid = byLength ? place < length : Math.abs(row[image.length + place]) > 0;
      if (!isValid) {
        mask.hide(i, place);
      }
    }
  }

  private float length() {
    float length = row[image.length];
    if (length < 0 || length > places || length != Math.rint(length) && !Float.isNaN(length)) {
      throw new IllegalArgumentException(
          "layer %s: a row has the length %s, but its sequence has %d places"
              .formatted(node.title(), length, places));
    }
    return length;
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    for (int i = 0; i < context.rows; i++) {
      dy.read(i * image.length, image, 0, image.length);
      ChannelOrder.transpose(image, 0, places, spec.channels(), row);
      for (int at = image.length; at < row.length; at++) {
        row[at] = 0; // what says where has no slope
      }
      dx.write(i * row.length, row, 0, row.length);
    }
  }
}
