package org.syncbn.tensor;

/** A library that multiplies. */
interface MatrixProduct {

  /** As {@link Gemm#multiply}, of matrices that fit each other and are not empty. */
  void multiply(Matrix a, Matrix b, float beta, Matrix c);

  String description();
}
