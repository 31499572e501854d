package org.syncbn.data;

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
      if (!ClassLabels.isClass(label, classes)) {
        throw new IllegalArgumentException(
            "row " + row + " " + ClassLabels.sentence(label, classes));
      }
    }
  }
}
