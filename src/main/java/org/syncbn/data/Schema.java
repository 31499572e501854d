package org.syncbn.data;

import java.io.Serializable;
import java.util.List;

/**
 * The meaning of a data set's columns. Saved with a model, and checked when the model is used on
 * data.
 *
 * @param shape the shape of one row's features; images are [height, width, channels]
 * @param features names of the features, or empty when they are known by position only
 * @param classes names of the classes in the order of their indices, or empty when labels are
 *     numbers to predict
 * @param embedded what the last features are if they are indices of categories
 */
public record Schema(
    List<Integer> shape, List<String> features, List<String> classes, List<Embedded> embedded)
    implements Serializable {

  private static final int MOST_LISTED = 10;

  /**
   * A feature that is the index of a category, for which the network learns some numbers.
   *
   * @param categories how many there are
   * @param units how many numbers stand for each
   */
  public record Embedded(int categories, int units) implements Serializable {}

  /** Features none of which is the index of a category. */
  public Schema(List<Integer> shape, List<String> features, List<String> classes) {
    this(shape, features, classes, List.of());
  }

  /** Checks the shape and keeps copies of the lists. */
  public Schema {
    embedded = List.copyOf(embedded);
    shape = List.copyOf(shape);
    features = List.copyOf(features);
    classes = List.copyOf(classes);
    if (shape.isEmpty() || shape.stream().anyMatch(dimension -> dimension < 1)) {
      throw new IllegalArgumentException("features cannot have the shape " + shape);
    }
    if (!features.isEmpty() && features.size() != size(shape)) {
      throw new IllegalArgumentException(
          features.size() + " names do not fit features of shape " + shape);
    }
  }

  /** How many features a row has. */
  public int rowSize() {
    return size(shape);
  }

  /** The name of a class for a person; its index where it has none. */
  public String className(int index) {
    return index < classes.size() ? classes.get(index) : Integer.toString(index);
  }

  /** The names of the first classes for a person, and how many more there are. */
  public String listedClasses() {
    String first = String.join(", ", classes.subList(0, Math.min(MOST_LISTED, classes.size())));
    return classes.size() > MOST_LISTED
        ? "%s and %d more".formatted(first, classes.size() - MOST_LISTED)
        : first;
  }

  /**
   * Checks data of this schema against a network's need.
   *
   * @throws IllegalArgumentException if the features differ in number or names from those of {@code
   *     other}, in a sentence that names the first difference
   */
  public void checkSameFeatures(Schema other) {
    if (rowSize() != other.rowSize()) {
      throw new IllegalArgumentException(
          "the model was trained on "
              + rowSize()
              + " features a row "
              + shape
              + ", the data has "
              + other.rowSize()
              + " "
              + other.shape);
    }
    for (int i = 0; i < Math.min(features.size(), other.features.size()); i++) {
      if (!features.get(i).equals(other.features.get(i))) {
        throw new IllegalArgumentException(
            "feature "
                + i
                + " is '"
                + features.get(i)
                + "' in the model and '"
                + other.features.get(i)
                + "' in the data");
      }
    }
  }

  private static int size(List<Integer> shape) {
    return shape.stream().reduce(1, Math::multiplyExact);
  }
}
