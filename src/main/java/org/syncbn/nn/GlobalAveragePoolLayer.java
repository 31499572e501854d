package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/** The mean of each channel over the valid places; 0 if there are none. */
final class GlobalAveragePoolLayer extends Layer {

  static final LayerMaker<PoolingSpec.GlobalAveragePool> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(PoolingSpec.GlobalAveragePool spec, Shape input) {
          return Shape.features(LayerMaker.image(input).channels());
        }

        @Override
        public Layer layer(PoolingSpec.GlobalAveragePool spec, Node node, int rows) {
          return new GlobalAveragePoolLayer(node);
        }
      };

  private final int size;
  private final double[] sums;
  private final float[] means;

  private GlobalAveragePoolLayer(Node node) {
    super(node);
    this.size = node.input().size();
    this.sums = new double[node.input().channels()];
    this.means = new float[sums.length];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    float[] image = context.imageBuffer(size);
    for (int i = 0; i < context.rows; i++) {
      x.read(i * size, image, 0, size);
      int count = count(i, context);
      Arrays.fill(sums, 0);
      for (int at = 0; at < size; at += sums.length) {
        for (int c = 0; c < sums.length; c++) {
          sums[c] += image[at + c];
        }
      }
      for (int c = 0; c < sums.length; c++) {
        means[c] = (float) (sums[c] / count);
      }
      y.write(i * means.length, means, 0, means.length);
    }
  }

  private int count(int row, PassContext context) {
    return Math.max(1, context.masks.of(node.x()).count(row, size / sums.length));
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    float[] image = context.imageBuffer(size);
    for (int i = 0; i < context.rows; i++) {
      int count = count(i, context);
      dy.read(i * means.length, means, 0, means.length);
      for (int at = 0; at < size; at += means.length) {
        for (int c = 0; c < means.length; c++) {
          image[at + c] = means[c] / count;
        }
      }
      dx.write(i * size, image, 0, size);
    }
  }
}
