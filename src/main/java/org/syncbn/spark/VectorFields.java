package org.syncbn.spark;

/** The fields of the struct that Spark stores a vector in, of either linear algebra package. */
final class VectorFields {

  static final int TYPE = 0;
  static final int SIZE = 1;
  static final int INDICES = 2;
  static final int VALUES = 3;
  static final int COUNT = 4;

  /** The value of {@link #TYPE} of a sparse vector. */
  static final byte SPARSE = 0;

  /** The value of {@link #TYPE} of a dense vector. */
  static final byte DENSE = 1;

  private VectorFields() {}
}
