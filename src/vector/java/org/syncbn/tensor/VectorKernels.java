package org.syncbn.tensor;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels in the Vector API, one row after the other: several rows at a time, whose sums would
 * stay in registers, are faster in the cache and much slower beyond it.
 *
 * <p>Compiled apart from everything else, because its module is incubating; {@link KernelChoice}
 * loads it by name. Uses only what has not changed since JDK 17.
 */
final class VectorKernels implements Kernels {

  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

  /** As many floats as a vector has doubles. */
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  /** As many bytes as a vector has floats. */
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));

  /** Called by name. */
  VectorKernels() {}

  @Override
  public int vectorBits() {
    return FLOATS.vectorBitSize();
  }

  @Override
  public void widen(byte[] source, int offset, float factor, float[] target, int length) {
    int end = BYTES.loopBound(length);
    for (int i = 0; i < end; i += BYTES.length()) {
      IntVector value =
          (IntVector) ByteVector.fromArray(BYTES, source, offset + i).castShape(INTS, 0);
      ((FloatVector) value.and(0xFF).castShape(FLOATS, 0)).mul(factor).intoArray(target, i);
    }
    for (int i = end; i < length; i++) {
      target[i] = (source[offset + i] & 0xFF) * factor;
    }
  }

  @Override
  public void addDeviations(
      Tensor x,
      int at,
      int stride,
      int rows,
      int length,
      float[] origin,
      float[] sum,
      float[] squares) {
    int end = FLOATS.loopBound(length);
    for (int row = 0; row < rows; row++) {
      addDeviations(x, at + row * stride, end, origin, sum, squares);
    }
    if (end < length) {
      ScalarKernels.addDeviations(x, at, stride, rows, end, length, origin, sum, squares);
    }
  }

  private static void addDeviations(
      Tensor x, int at, int length, float[] origin, float[] sum, float[] squares) {
    Object values = VectorMemory.of(x);
    int row = x.byteOf(at);
    for (int i = 0; i < length; i += FLOATS.length()) {
      FloatVector d =
          VectorMemory.load(values, row + Float.BYTES * i)
              .sub(FloatVector.fromArray(FLOATS, origin, i));
      FloatVector.fromArray(FLOATS, sum, i).add(d).intoArray(sum, i);
      FloatVector.fromArray(FLOATS, squares, i).add(d.mul(d)).intoArray(squares, i);
    }
  }

  @Override
  public void addProducts(
      Tensor x,
      Tensor dy,
      int at,
      int stride,
      int rows,
      int length,
      Forward columns,
      boolean rectified,
      float[] sum,
      float[] products) {
    int end = FLOATS.loopBound(length);
    for (int row = 0; row < rows; row++) {
      if (rectified) {
        addRectifiedProducts(x, dy, at + row * stride, end, columns, sum, products);
      } else {
        addProducts(x, dy, at + row * stride, end, columns.center(), sum, products);
      }
    }
    if (end < length) {
      ScalarKernels.addProducts(
          x, dy, at, stride, rows, end, length, columns, rectified, sum, products);
    }
  }

  private static void addProducts(
      Tensor x, Tensor dy, int at, int length, float[] center, float[] sum, float[] products) {
    Object values = VectorMemory.of(x);
    Object gradients = VectorMemory.of(dy);
    int xAt = x.byteOf(at);
    int dyAt = dy.byteOf(at);
    for (int i = 0; i < length; i += FLOATS.length()) {
      FloatVector gradient = VectorMemory.load(gradients, dyAt + Float.BYTES * i);
      FloatVector deviation =
          VectorMemory.load(values, xAt + Float.BYTES * i)
              .sub(FloatVector.fromArray(FLOATS, center, i));
      FloatVector.fromArray(FLOATS, sum, i).add(gradient).intoArray(sum, i);
      FloatVector.fromArray(FLOATS, products, i)
          .add(gradient.mul(deviation))
          .intoArray(products, i);
    }
  }

  private static void addRectifiedProducts(
      Tensor x, Tensor dy, int at, int length, Forward columns, float[] sum, float[] products) {
    Object values = VectorMemory.of(x);
    Object gradients = VectorMemory.of(dy);
    int xAt = x.byteOf(at);
    int dyAt = dy.byteOf(at);
    for (int i = 0; i < length; i += FLOATS.length()) {
      FloatVector deviation =
          VectorMemory.load(values, xAt + Float.BYTES * i)
              .sub(FloatVector.fromArray(FLOATS, columns.center(), i));
      FloatVector y =
          deviation
              .mul(FloatVector.fromArray(FLOATS, columns.scale(), i))
              .add(FloatVector.fromArray(FLOATS, columns.offset(), i));
      FloatVector gradient =
          VectorMemory.load(gradients, dyAt + Float.BYTES * i).mul(open(y)).add(0);
      FloatVector.fromArray(FLOATS, sum, i).add(gradient).intoArray(sum, i);
      FloatVector.fromArray(FLOATS, products, i)
          .add(gradient.mul(deviation))
          .intoArray(products, i);
    }
  }

  /** 1 where y is above 0, 0 where it is not, NaN where it is none; see {@link ScalarKernels}. */
  private static FloatVector open(FloatVector y) {
    return y.add(y.abs()).mul(0x1p127f).mul(0x1p127f).min(1);
  }

  /**
   * Two vectors of doubles at a time, written out: so long a method is not inlined into its caller,
   * where vectors whose type was converted end up on the heap.
   */
  @Override
  public void addRun(
      float[] runSum,
      float[] runSquares,
      int count,
      float[] first,
      float[] origin,
      double[] sum,
      double[] squares,
      int length) {
    int end = FLOATS.loopBound(length);
    for (int i = 0; i < end; i += FLOATS.length()) {
      int next = i + DOUBLES.length();
      DoubleVector origin0 =
          (DoubleVector) FloatVector.fromArray(HALF, origin, i).castShape(DOUBLES, 0);
      DoubleVector shift0 =
          ((DoubleVector) FloatVector.fromArray(HALF, first, i).castShape(DOUBLES, 0)).sub(origin0);
      DoubleVector run0 =
          (DoubleVector) FloatVector.fromArray(HALF, runSum, i).castShape(DOUBLES, 0);
      DoubleVector squares0 =
          (DoubleVector) FloatVector.fromArray(HALF, runSquares, i).castShape(DOUBLES, 0);
      DoubleVector shifts0 = shift0.mul(count);
      DoubleVector.fromArray(DOUBLES, sum, i).add(run0.add(shifts0)).intoArray(sum, i);
      DoubleVector.fromArray(DOUBLES, squares, i)
          .add(squares0.add(shift0.mul(run0.mul(2).add(shifts0))))
          .intoArray(squares, i);
      DoubleVector origin1 =
          (DoubleVector) FloatVector.fromArray(HALF, origin, next).castShape(DOUBLES, 0);
      DoubleVector shift1 =
          ((DoubleVector) FloatVector.fromArray(HALF, first, next).castShape(DOUBLES, 0))
              .sub(origin1);
      DoubleVector run1 =
          (DoubleVector) FloatVector.fromArray(HALF, runSum, next).castShape(DOUBLES, 0);
      DoubleVector squares1 =
          (DoubleVector) FloatVector.fromArray(HALF, runSquares, next).castShape(DOUBLES, 0);
      DoubleVector shifts1 = shift1.mul(count);
      DoubleVector.fromArray(DOUBLES, sum, next).add(run1.add(shifts1)).intoArray(sum, next);
      DoubleVector.fromArray(DOUBLES, squares, next)
          .add(squares1.add(shift1.mul(run1.mul(2).add(shifts1))))
          .intoArray(squares, next);
    }
    ScalarKernels.addRun(runSum, runSquares, count, first, origin, sum, squares, end, length);
  }

  @Override
  public void normalize(
      Tensor x, Tensor y, int at, int length, Forward columns, boolean rectifies) {
    int end = FLOATS.loopBound(length);
    if (rectifies) {
      normalizeAndRectify(x, y, at, end, columns);
    } else {
      normalize(x, y, at, end, columns);
    }
    if (end < length) {
      ScalarKernels.normalize(x, y, at, end, length, columns, rectifies);
    }
  }

  private static void normalize(Tensor x, Tensor y, int at, int length, Forward columns) {
    Object source = VectorMemory.of(x);
    Object target = VectorMemory.of(y);
    int from = x.byteOf(at);
    int to = y.byteOf(at);
    for (int i = 0; i < length; i += FLOATS.length()) {
      VectorMemory.store(normalized(source, from, i, columns), target, to + Float.BYTES * i);
    }
  }

  private static void normalizeAndRectify(Tensor x, Tensor y, int at, int length, Forward columns) {
    Object source = VectorMemory.of(x);
    Object target = VectorMemory.of(y);
    int from = x.byteOf(at);
    int to = y.byteOf(at);
    for (int i = 0; i < length; i += FLOATS.length()) {
      VectorMemory.store(normalized(source, from, i, columns).max(0), target, to + Float.BYTES * i);
    }
  }

  private static FloatVector normalized(Object source, int from, int i, Forward columns) {
    return VectorMemory.load(source, from + Float.BYTES * i)
        .sub(FloatVector.fromArray(FLOATS, columns.center(), i))
        .mul(FloatVector.fromArray(FLOATS, columns.scale(), i))
        .add(FloatVector.fromArray(FLOATS, columns.offset(), i));
  }

  @Override
  public void inputGradient(
      Tensor x, Tensor dy, Tensor dx, int at, int length, Backward columns, boolean rectified) {
    int end = FLOATS.loopBound(length);
    if (rectified) {
      rectifiedInputGradient(x, dy, dx, at, end, columns);
    } else {
      inputGradient(x, dy, dx, at, end, columns);
    }
    if (end < length) {
      ScalarKernels.inputGradient(x, dy, dx, at, end, length, columns, rectified);
    }
  }

  private static void inputGradient(
      Tensor x, Tensor dy, Tensor dx, int at, int length, Backward columns) {
    Object values = VectorMemory.of(x);
    Object gradients = VectorMemory.of(dy);
    Object target = VectorMemory.of(dx);
    int xAt = x.byteOf(at);
    int dyAt = dy.byteOf(at);
    int dxAt = dx.byteOf(at);
    for (int i = 0; i < length; i += FLOATS.length()) {
      FloatVector gradient = VectorMemory.load(gradients, dyAt + Float.BYTES * i);
      FloatVector deviation =
          VectorMemory.load(values, xAt + Float.BYTES * i)
              .sub(FloatVector.fromArray(FLOATS, columns.forward().center(), i));
      VectorMemory.store(
          inputGradient(gradient, deviation, i, columns), target, dxAt + Float.BYTES * i);
    }
  }

  private static void rectifiedInputGradient(
      Tensor x, Tensor dy, Tensor dx, int at, int length, Backward columns) {
    Object values = VectorMemory.of(x);
    Object gradients = VectorMemory.of(dy);
    Object target = VectorMemory.of(dx);
    int xAt = x.byteOf(at);
    int dyAt = dy.byteOf(at);
    int dxAt = dx.byteOf(at);
    Forward forward = columns.forward();
    for (int i = 0; i < length; i += FLOATS.length()) {
      FloatVector deviation =
          VectorMemory.load(values, xAt + Float.BYTES * i)
              .sub(FloatVector.fromArray(FLOATS, forward.center(), i));
      FloatVector y =
          deviation
              .mul(FloatVector.fromArray(FLOATS, forward.scale(), i))
              .add(FloatVector.fromArray(FLOATS, forward.offset(), i));
      FloatVector gradient =
          VectorMemory.load(gradients, dyAt + Float.BYTES * i).mul(open(y)).add(0);
      VectorMemory.store(
          inputGradient(gradient, deviation, i, columns), target, dxAt + Float.BYTES * i);
    }
  }

  private static FloatVector inputGradient(
      FloatVector gradient, FloatVector deviation, int i, Backward columns) {
    return gradient
        .mul(FloatVector.fromArray(FLOATS, columns.dyFactor(), i))
        .add(
            deviation
                .mul(FloatVector.fromArray(FLOATS, columns.xFactor(), i))
                .add(FloatVector.fromArray(FLOATS, columns.offset(), i)));
  }
}
