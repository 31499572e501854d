package io.syncbn.spark;

import io.syncbn.spark.files.DataException;
import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.types.DataType;

/**
 * One column of a data set that holds features: a number, or a block of them (a vector of Spark's
 * machine learning, an {@code array<double>} or an {@code array<float>}).
 *
 * @param name the column's name, literally
 * @param ordinal its place among the data set's columns, from 0
 * @param dataType its type
 * @param width the number of features in it: 1 for a number, the length of a block
 */
public record FeatureColumn(String name, int ordinal, DataType dataType, int width)
    implements Serializable {

  /** Checks that the type can hold features and that there is at least one. */
  public FeatureColumn {
    FeatureType type =
        FeatureType.of(dataType)
            .orElseThrow(
                () ->
                    new DataException(
                        "Column '%s' is %s, not a number; name numeric columns, vectors or arrays of double or float."
                            .formatted(name, dataType.simpleString())));
    if (width < 1 || !type.isBlock() && width != 1) {
      throw new DataException("Column '%s' cannot hold %d features.".formatted(name, width));
    }
  }

  /** The name of the column that holds a feature of this name, if it is one of a block's. */
  public static String ofBlockFeature(String feature) {
    return feature.replaceFirst("\\[\\d+]$", "");
  }

  FeatureType type() {
    return FeatureType.of(dataType).orElseThrow();
  }

  void requireWidth(int found) {
    if (found != width) {
      throw new DataException(
          "Column '%s' holds blocks of %d and of %d features; all must have the same length."
              .formatted(name, width, found));
    }
  }

  /** Whether each value is a block of features, rather than one number. */
  public boolean isBlock() {
    return type().isBlock();
  }

  /** The names of the features: that of the column, or {@code name[0]}, {@code name[1]}, .... */
  public List<String> featureNames() {
    return isBlock()
        ? IntStream.range(0, width).mapToObj(i -> name + "[" + i + "]").toList()
        : List.of(name);
  }
}
