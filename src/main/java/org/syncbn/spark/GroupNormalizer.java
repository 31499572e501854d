package org.syncbn.spark;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;

/**
 * Normalizes the values of one column, each by the group of its row: the methods are called from
 * generated code, by name.
 *
 * <p>Immutable.
 */
public final class GroupNormalizer implements Serializable {

  private static final long serialVersionUID = 1L;

  private final NumberNormalizer[] numbers; // [groups]; none for blocks
  private final BlockNormalizer[] blocks; // [groups]; none for numbers

  /** Normalizes the values of a column whose features begin with the scalings' first-th. */
  GroupNormalizer(FeatureColumn column, GroupScalings groups, int first, MissingValues missing) {
    List<FeatureScaling> scalings = groups.scalings();
    List<MissingValues> policies = groups.missing(missing);
    int size = scalings.size();
    numbers = new NumberNormalizer[column.isBlock() ? 0 : size];
    blocks = new BlockNormalizer[column.isBlock() ? size : 0];
    for (int i = 0; i < size; i++) {
      if (column.isBlock()) {
        blocks[i] = new BlockNormalizer(column, scalings.get(i), first, policies.get(i));
      } else {
        numbers[i] = new NumberNormalizer(column.name(), scalings.get(i), first, policies.get(i));
      }
    }
  }

  /** The name of the method for the column's type. */
  String method() {
    return blocks.length == 0 ? "apply" : blocks[0].method();
  }

  /** What a number of a group becomes; NaN stands for null where null does not pass through. */
  public double apply(double value, int group) {
    return numbers[group].apply(value);
  }

  /** What a vector of a group becomes. */
  public InternalRow vector(InternalRow vector, int group) {
    return blocks[group].vector(vector);
  }

  /** What an array of doubles of a group becomes. */
  public ArrayData doubles(ArrayData array, int group) {
    return blocks[group].doubles(array);
  }

  /** What an array of floats of a group becomes. */
  public ArrayData floats(ArrayData array, int group) {
    return blocks[group].floats(array);
  }
}
