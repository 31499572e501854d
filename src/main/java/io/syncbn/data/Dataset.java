package io.syncbn.data;

import java.util.Optional;

/**
 * Rows with the meaning of their columns. Immutable.
 *
 * @param rows the rows
 * @param schema what features and labels mean
 */
public record Dataset(Block rows, Schema schema) {

  /** Checks that rows have as many features as the schema says. */
  public Dataset {
    if (rows.rows() > 0 && rows.features() != schema.rowSize()) {
      throw new IllegalArgumentException(
          "rows of " + rows.features() + " features do not have the shape " + schema.shape());
    }
  }

  /**
   * Checks that every label is the index of one of some classes.
   *
   * @throws IllegalArgumentException naming the first row whose label is not
   */
  public void checkClassLabels(int classes) {
    for (int row = 0; row < rows.rows(); row++) {
      float label = rows.label(row, 0);
      if (!(label >= 0 && label < classes && label == Math.rint(label))) {
        throw new IllegalArgumentException(
            "row "
                + row
                + " has the label "
                + number(label)
                + ", but the classes are 0 to "
                + (classes - 1));
      }
    }
  }

  /** The first of some classes that no row has. */
  public Optional<Integer> missingClass(int classes) {
    boolean[] seen = new boolean[classes];
    for (int row = 0; row < rows.rows(); row++) {
      seen[(int) rows.label(row, 0)] = true;
    }
    for (int i = 0; i < classes; i++) {
      if (!seen[i]) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  private static String number(float label) {
    return label == Math.rint(label) ? Long.toString((long) label) : Float.toString(label);
  }
}
