package org.syncbn.tensor;

/**
 * A matrix inside a tensor, which it views and does not copy.
 *
 * @param values where the numbers are
 * @param offset of the first one
 * @param rows how many rows it has
 * @param columns how many columns
 * @param stride from one row to the next, or from one column to the next if they lie in memory
 * @param order which of the two that is
 */
public record Matrix(Tensor values, int offset, int rows, int columns, int stride, Order order) {

  /** What lies in memory side by side. */
  public enum Order {
    /** The numbers of a row. */
    ROW_MAJOR,
    /** The numbers of a column. */
    COLUMN_MAJOR
  }

  /**
   * Checks that the tensor has room.
   *
   * @throws IndexOutOfBoundsException if it has not
   */
  public Matrix {
    int lines = order == Order.ROW_MAJOR ? rows : columns;
    int length = order == Order.ROW_MAJOR ? columns : rows;
    long end = offset + (lines == 0 ? 0 : (lines - 1L) * stride + length);
    if (rows < 0 || columns < 0 || stride < length || offset < 0 || end > values.size()) {
      throw new IndexOutOfBoundsException(
          "a matrix of %d lines of %d numbers, stride %d, at offset %d does not lie inside %s"
              .formatted(lines, length, stride, offset, values));
    }
  }

  /** Rows one behind the other. */
  public static Matrix of(Tensor values, int offset, int rows, int columns) {
    return of(values, offset, rows, columns, columns);
  }

  /** Rows at a stride. */
  public static Matrix of(Tensor values, int offset, int rows, int columns, int stride) {
    return new Matrix(values, offset, rows, columns, stride, Order.ROW_MAJOR);
  }

  /** The same numbers with rows and columns exchanged. */
  public Matrix transposed() {
    Order other = order == Order.ROW_MAJOR ? Order.COLUMN_MAJOR : Order.ROW_MAJOR;
    return new Matrix(values, offset, columns, rows, stride, other);
  }
}
