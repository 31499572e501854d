package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/** {@code x} above 0, {@code slope * x} below, with learned slopes (He et al. 2015). */
final class PReluLayer extends WeightedLayer {

  static final LayerMaker<ActivationSpec.PRelu> MAKER =
      new LayerMaker<>() {
        @Override
        public List<ParameterBlock> parameters(
            ActivationSpec.PRelu spec, String name, Shape input) {
          int slopes =
              switch (spec.slopes()) {
                case SHARED -> 1;
                case PER_CHANNEL -> input.channels();
              };
          return List.of(
              ParameterBlock.vector(
                  name + ".weight",
                  ParameterBlock.Role.SLOPE,
                  slopes,
                  slopes,
                  slopes,
                  Initializer.constant((float) spec.initialSlope())));
        }

        @Override
        public Layer layer(ActivationSpec.PRelu spec, Node node, int rows) {
          return new PReluLayer(node);
        }
      };

  private final ParameterBlock block;
  private final float[] slopes; // for each channel
  private final float[] line; // the channels of a place
  private final float[] gradient;
  private final double[] sums;

  private PReluLayer(Node node) {
    super(node);
    this.block = node.parameter(ParameterBlock.Role.SLOPE);
    this.slopes = new float[node.input().channels()];
    this.line = new float[slopes.length];
    this.gradient = new float[slopes.length];
    this.sums = new double[slopes.length];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    readSlopes(context.weights);
    for (int at = 0; at < x.size(); at += line.length) {
      x.read(at, line, 0, line.length);
      for (int c = 0; c < line.length; c++) {
        line[c] = Math.max(line[c], 0f) + slopes[c] * Math.min(line[c], 0f);
      }
      y.write(at, line, 0, line.length);
    }
  }

  private void readSlopes(Tensor weights) {
    if (block.size() == 1) {
      Arrays.fill(slopes, weights.get(block.offset()));
    } else {
      weights.read(block.offset(), slopes, 0, slopes.length);
    }
  }

  @Override
  void gradients(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    readSlopes(context.weights);
    Arrays.fill(sums, 0);
    for (int at = 0; at < dy.size(); at += line.length) {
      x.read(at, line, 0, line.length);
      dy.read(at, gradient, 0, line.length);
      for (int c = 0; c < line.length; c++) {
        sums[c] += (double) gradient[c] * Math.min(line[c], 0f);
        gradient[c] *= line[c] > 0 ? 1 : slopes[c];
      }
      if (dx.size() > 0) {
        dx.write(at, gradient, 0, line.length);
      }
    }
    if (!block.trained()) {
      return;
    }
    if (block.size() == 1) {
      double sum = 0;
      for (double channel : sums) {
        sum += channel;
      }
      gradients.set(block.offset(), (float) sum);
    } else {
      for (int c = 0; c < sums.length; c++) {
        gradient[c] = (float) sums[c];
      }
      gradients.write(block.offset(), gradient, 0, sums.length);
    }
  }
}
