package org.syncbn.tensor;

import org.syncbn.tensor.Gemm.Operand;

/** A library that multiplies; arguments as in {@link Gemm#multiply}, already checked. */
interface MatrixProduct {

  void multiply(
      Operand aForm,
      Operand bForm,
      int m,
      int n,
      int k,
      Tensor a,
      int aOffset,
      int aStride,
      Tensor b,
      int bOffset,
      int bStride,
      float beta,
      Tensor c,
      int cOffset,
      int cStride);

  String description();
}
