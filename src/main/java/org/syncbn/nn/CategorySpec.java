package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;
import org.syncbn.norm.Regularizer;
import org.syncbn.tensor.Initializer;

/** Layers that take indices of categories. */
public sealed interface CategorySpec extends LayerSpec {

  /**
   * For each feature, the row of a table of weights that it is the index of: columns of categories,
   * numbered from 0. Weights are {@code [categories, units]} under the names {@code 2.weight}, or
   * {@code 2.0.weight}, {@code 2.1.weight} if there are several columns. A feature that is not such
   * a number ends the pass with a sentence; NaN gives NaN.
   *
   * @param columns one for each feature
   * @param weightInitializer first values of the tables
   * @param regularizer a penalty on the tables
   */
  record Embedding(
      List<EmbeddedColumn> columns, Initializer weightInitializer, Regularizer regularizer)
      implements CategorySpec {

    /** Rejects an embedding of nothing. */
    public Embedding {
      columns = List.copyOf(columns);
      Limits.requirePositive(columns.size(), "columns of an embedding");
    }

    /** First values of PyTorch: the standard normal distribution. */
    public static Embedding of(EmbeddedColumn... columns) {
      return new Embedding(List.of(columns), Initializer.normal(0, 1), Regularizer.NONE);
    }
  }

  /**
   * One column of an {@link Embedding}.
   *
   * @param categories how many there are
   * @param units how many numbers stand for each
   */
  record EmbeddedColumn(int categories, int units) implements Serializable {

    /** Rejects an empty table. */
    public EmbeddedColumn {
      Limits.requirePositive(categories, "categories of an embedding");
      Limits.requirePositive(units, "units of an embedding");
    }
  }

  /**
   * For each feature, a 1 at the category that it is the index of and 0 at the others; see {@link
   * Embedding} for what indices are.
   *
   * @param categories how many each feature has
   */
  record OneHot(List<Integer> categories) implements CategorySpec {

    /** Rejects columns without categories. */
    public OneHot {
      categories = List.copyOf(categories);
      Limits.requirePositive(categories.size(), "columns of a one-hot layer");
      categories.forEach(count -> Limits.requirePositive(count, "categories of a column"));
    }
  }
}
