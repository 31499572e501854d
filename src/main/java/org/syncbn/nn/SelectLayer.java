package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** Some adjacent features of a row. */
final class SelectLayer extends Layer {

  static final LayerMaker<ShapeSpec.Select> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(ShapeSpec.Select spec, Shape input) {
          int features = LayerMaker.features(input).size();
          if (spec.count() > features - spec.from()) {
            throw new IllegalArgumentException(
                "features %d to %d are wanted, but it gets %s"
                    .formatted(spec.from(), spec.from() + spec.count() - 1L, input));
          }
          return Shape.features(spec.count());
        }

        @Override
        public Layer layer(ShapeSpec.Select spec, Node node, int rows) {
          return new SelectLayer(node, spec);
        }
      };

  private final int from;
  private final float[] row;

  private SelectLayer(Node node, ShapeSpec.Select spec) {
    super(node);
    this.from = spec.from();
    this.row = new float[node.input().size()];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    int count = node.output().size();
    for (int i = 0; i < context.rows; i++) {
      x.read(i * row.length + from, row, 0, count);
      y.write(i * count, row, 0, count);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    int count = node.output().size();
    float[] gradient = new float[row.length];
    for (int i = 0; i < context.rows; i++) {
      dy.read(i * count, gradient, from, count);
      dx.write(i * row.length, gradient, 0, row.length);
    }
  }
}
