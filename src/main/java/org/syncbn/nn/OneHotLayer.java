package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/** For each feature, an indicator for each category that it may be the index of. */
final class OneHotLayer extends Layer {

  static final LayerMaker<CategorySpec.OneHot> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(CategorySpec.OneHot spec, Shape input) {
          Categories.requireFeatures(spec.categories().size(), input);
          return Shape.features(spec.categories().stream().reduce(0, Math::addExact));
        }

        @Override
        public Layer layer(CategorySpec.OneHot spec, Node node, int rows) {
          return new OneHotLayer(node, spec);
        }
      };

  private final CategorySpec.OneHot spec;
  private final Categories categories;
  private final float[] output; // of a row

  private OneHotLayer(Node node, CategorySpec.OneHot spec) {
    super(node);
    this.spec = spec;
    this.categories = new Categories(node, spec.categories());
    this.output = new float[node.output().size()];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    int columns = spec.categories().size();
    for (int row = 0; row < context.rows; row++) {
      Arrays.fill(output, 0);
      int at = 0;
      for (int column = 0; column < columns; column++) {
        int count = spec.categories().get(column);
        int index = categories.index(x.get(row * columns + column), column);
        if (index == Categories.NONE) {
          Arrays.fill(output, at, at + count, Float.NaN);
        } else {
          output[at + index] = 1;
        }
        at += count;
      }
      y.write(row * output.length, output, 0, output.length);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    dx.fill(0); // an index has no slope
  }
}
