package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** A function of each number for itself. */
abstract class ActivationLayer extends Layer {

  /** Behind a batch norm, a ReLU becomes part of it. */
  static final LayerMaker<ActivationSpec.Relu> RELU =
      new LayerMaker<>() {
        @Override
        public int append(ActivationSpec.Relu spec, String name, int x, NetworkBuilder network) {
          return network.fuseRelu(x) ? x : network.layer(this, spec, name, x);
        }

        @Override
        public Layer layer(ActivationSpec.Relu spec, Node node, int rows) {
          return new Relu(node);
        }
      };

  ActivationLayer(Node node) {
    super(node);
  }

  /** Replaces x by y. */
  abstract void forward(float[] values, int length);

  /** Replaces dy by dx, given y (or x, see {@link #readsInput}). */
  abstract void backward(float[] saved, float[] gradient, int length);

  @Override
  final void forward(Tensor x, Tensor y, PassContext context) {
    float[] run = context.first;
    for (int at = 0; at < x.size(); at += run.length) {
      int length = Math.min(run.length, x.size() - at);
      x.read(at, run, 0, length);
      forward(run, length);
      y.write(at, run, 0, length);
    }
  }

  @Override
  final void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    Tensor saved = readsInput() ? x : y;
    float[] values = context.first;
    float[] run = context.second;
    for (int at = 0; at < dx.size(); at += run.length) {
      int length = Math.min(run.length, dx.size() - at);
      saved.read(at, values, 0, length);
      dy.read(at, run, 0, length);
      backward(values, run, length);
      dx.write(at, run, 0, length);
    }
  }

  @Override
  boolean worksInPlace() {
    return !readsInput();
  }

  @Override
  boolean goesBackInPlace() {
    return true;
  }

  @Override
  boolean readsOutput() {
    return !readsInput();
  }

  /** Whether backward wants x instead of y. */
  boolean readsInput() {
    return false;
  }

  static final class Relu extends ActivationLayer {

    Relu(Node node) {
      super(node);
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        values[i] = Math.max(values[i], 0f);
      }
    }

    @Override
    void backward(float[] y, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        // All ones where y > 0, else 0: a branch would be mispredicted half of the time.
        int mask = -Float.floatToRawIntBits(y[i]) >> 31;
        gradient[i] = Float.intBitsToFloat(Float.floatToRawIntBits(gradient[i]) & mask);
      }
    }
  }

  static final class LeakyRelu extends ActivationLayer {

    private final float slope;

    LeakyRelu(Node node, ActivationSpec.LeakyRelu spec) {
      super(node);
      this.slope = (float) spec.slope();
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        values[i] = Math.max(values[i], 0f) + slope * Math.min(values[i], 0f);
      }
    }

    @Override
    void backward(float[] x, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        gradient[i] *= x[i] > 0 ? 1 : slope;
      }
    }

    @Override
    boolean readsInput() {
      return true;
    }
  }

  static final class Elu extends ActivationLayer {

    private final double alpha;

    Elu(Node node, ActivationSpec.Elu spec) {
      super(node);
      this.alpha = spec.alpha();
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        if (values[i] < 0) {
          values[i] = (float) (alpha * StableMath.expm1(values[i]));
        }
      }
    }

    @Override
    void backward(float[] x, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        // y + alpha would have lost the digits of exp(x).
        gradient[i] *= x[i] > 0 ? 1 : (float) (alpha * StableMath.exp(x[i]));
      }
    }

    @Override
    boolean readsInput() {
      return true;
    }
  }

  static final class Gelu extends ActivationLayer {

    private static final double ROOT_HALF = Math.sqrt(0.5);
    private static final double ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

    Gelu(Node node) {
      super(node);
    }

    private static double phi(double x) {
      return 0.5 * (1 + StableMath.erf(x * ROOT_HALF));
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        values[i] = (float) (values[i] * phi(values[i]));
      }
    }

    @Override
    void backward(float[] x, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        double density = StableMath.exp(-0.5 * x[i] * x[i]) / ROOT_TWO_PI;
        gradient[i] *= (float) (phi(x[i]) + x[i] * density);
      }
    }

    @Override
    boolean readsInput() {
      return true;
    }
  }

  static final class TanhGelu extends ActivationLayer {

    private static final double SCALE = Math.sqrt(2 / Math.PI);
    private static final double CUBE = 0.044715;

    TanhGelu(Node node) {
      super(node);
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        double x = values[i];
        values[i] = (float) (0.5 * x * (1 + StableMath.tanh(SCALE * (x + CUBE * x * x * x))));
      }
    }

    @Override
    void backward(float[] saved, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        double x = saved[i];
        double tanh = StableMath.tanh(SCALE * (x + CUBE * x * x * x));
        double slope = SCALE * (1 + 3 * CUBE * x * x) * (1 - tanh * tanh);
        gradient[i] *= (float) (0.5 * (1 + tanh + x * slope));
      }
    }

    @Override
    boolean readsInput() {
      return true;
    }
  }

  static final class Sigmoid extends ActivationLayer {

    Sigmoid(Node node) {
      super(node);
    }

    @Override
    void forward(float[] values, int length) {
      StableMath.sigmoid(values, length);
    }

    @Override
    void backward(float[] y, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        gradient[i] = (float) (gradient[i] * (y[i] * (1.0 - y[i])));
      }
    }
  }

  static final class Tanh extends ActivationLayer {

    Tanh(Node node) {
      super(node);
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        values[i] = (float) StableMath.tanh(values[i]);
      }
    }

    @Override
    void backward(float[] y, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        gradient[i] = (float) (gradient[i] * (1 - (double) y[i] * y[i]));
      }
    }
  }

  static final class Silu extends ActivationLayer {

    Silu(Node node) {
      super(node);
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        values[i] = (float) (values[i] * StableMath.sigmoid(values[i]));
      }
    }

    @Override
    void backward(float[] x, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        double sigmoid = StableMath.sigmoid(x[i]);
        gradient[i] *= (float) (sigmoid * (1 + x[i] * (1 - sigmoid)));
      }
    }

    @Override
    boolean readsInput() {
      return true;
    }
  }

  static final class Softplus extends ActivationLayer {

    private final double beta;

    Softplus(Node node, ActivationSpec.Softplus spec) {
      super(node);
      this.beta = spec.beta();
    }

    @Override
    void forward(float[] values, int length) {
      for (int i = 0; i < length; i++) {
        double scaled = beta * values[i];
        // log(1 + e^s) = max(s, 0) + log(1 + e^-|s|), which neither overflows nor cancels.
        double tail = StrictMath.log1p(StableMath.exp(-Math.abs(scaled)));
        values[i] = (float) ((Math.max(scaled, 0) + tail) / beta);
      }
    }

    @Override
    void backward(float[] x, float[] gradient, int length) {
      for (int i = 0; i < length; i++) {
        gradient[i] *= (float) StableMath.sigmoid(beta * x[i]);
      }
    }

    @Override
    boolean readsInput() {
      return true;
    }
  }
}
