package org.syncbn.data;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * How the columns of a table become the features of a network. Found in the training table, saved
 * with the model, and applied alike in training, evaluation and prediction.
 *
 * <p>The features are the numbers in their order, an indicator for each of {@code indicators}, then
 * the categories with a feature for each value, then those that are embedded, with one feature
 * each.
 *
 * @param numbers names of the features that are numbers
 * @param missing what happens to missing values
 * @param replacements of missing numbers, in their own units, one for each; empty if there are none
 * @param indicators the numbers that have a further feature: 1 where the value is missing, else 0
 * @param categories columns whose values are categories
 */
public record TableEncoding(
    List<String> numbers,
    MissingRule missing,
    List<Double> replacements,
    List<String> indicators,
    List<Category> categories)
    implements Serializable {

  /** Copies the lists. */
  public TableEncoding {
    numbers = List.copyOf(numbers);
    replacements = List.copyOf(replacements);
    indicators = List.copyOf(indicators);
    categories = List.copyOf(categories);
    if (!replacements.isEmpty() && replacements.size() != numbers.size()) {
      throw new IllegalArgumentException(
          "%d replacements do not fit %d numbers".formatted(replacements.size(), numbers.size()));
    }
    if (!numbers.containsAll(indicators)) {
      throw new IllegalArgumentException("indicators are of numbers, but were " + indicators);
    }
  }

  /**
   * A column whose values are categories: a feature for each value, 1 for the value of the row and
   * 0 for all others. A value that is none of them, or is missing, is 1 in a last feature for all
   * others if there is one; else all features are 0.
   *
   * <p>One that is embedded has a single feature, the place of the value counted from 1, or 0 for
   * all others; the network learns some numbers for each.
   *
   * @param column that has the values
   * @param areNumbers whether they are numbers
   * @param values as texts, in order
   * @param others whether there is a feature for all other values
   * @param units how many numbers are learned for each value; 0 if it is not embedded
   */
  public record Category(
      String column, boolean areNumbers, List<String> values, boolean others, int units)
      implements Serializable {

    private static final int MOST_UNITS = 50;

    /** Copies the list. */
    public Category {
      values = List.copyOf(values);
    }

    /** A feature for each value. */
    public Category(String column, boolean areNumbers, List<String> values, boolean others) {
      this(column, areNumbers, values, others, 0);
    }

    /**
     * Texts that are embedded by fastai's rule: {@code 1.6 n^0.56} numbers for each of n
     * categories, at most 50.
     *
     * @param values all others are a category too
     */
    public static Category embedded(String column, List<String> values) {
      double units = 1.6 * StrictMath.pow(values.size() + 1, 0.56);
      return new Category(
          column, false, values, true, (int) Math.min(MOST_UNITS, Math.round(units)));
    }

    /** Whether the network learns some numbers for each value. */
    public boolean isEmbedded() {
      return units > 0;
    }

    /** How many features it has. */
    public int width() {
      return isEmbedded() ? 1 : values.size() + (others ? 1 : 0);
    }

    private Stream<String> features() {
      return isEmbedded()
          ? Stream.of(column)
          : Stream.concat(values.stream(), others ? Stream.of("*") : Stream.empty())
              .map(value -> column + "=" + value);
    }
  }

  /** Numbers as they are; none may be missing. */
  public static TableEncoding ofNumbers(List<String> names) {
    return new TableEncoding(names, MissingRule.ERROR, List.of(), List.of(), List.of());
  }

  /** The same with another rule for missing values. */
  public TableEncoding with(MissingRule rule) {
    return new TableEncoding(numbers, rule, replacements, indicators, categories);
  }

  /** The same with other categories of the same columns. */
  public TableEncoding with(List<Category> others) {
    return new TableEncoding(numbers, missing, replacements, indicators, others);
  }

  /**
   * The same with what is known of the training rows.
   *
   * @param means that replace missing numbers, one for each
   * @param withIndicator the numbers that get an indicator
   */
  public TableEncoding with(List<Double> means, List<String> withIndicator) {
    return new TableEncoding(numbers, missing, means, withIndicator, categories);
  }

  /** The columns that are read, categories behind numbers, by the names of their features. */
  public List<String> sources() {
    return Stream.concat(numbers.stream(), categories.stream().map(Category::column)).toList();
  }

  /** The columns that are read as numbers, by the names of their features. */
  public List<String> numericSources() {
    return Stream.concat(
            numbers.stream(),
            categories.stream().filter(Category::areNumbers).map(Category::column))
        .toList();
  }

  /** How many features there are. */
  public int size() {
    return numbers.size() + indicators.size() + categories.stream().mapToInt(Category::width).sum();
  }

  /**
   * The name of each feature, in order: {@code age}, {@code age is missing}, {@code shop=north},
   * and {@code city} of a column that is embedded.
   */
  public List<String> features() {
    List<String> names = new ArrayList<>(numbers);
    indicators.forEach(name -> names.add(name + " is missing"));
    inOrderOfFeatures().forEach(category -> category.features().forEach(names::add));
    return names;
  }

  /** The categories whose values have features of their own, then those that are embedded. */
  public List<Category> inOrderOfFeatures() {
    return categories.stream().sorted(Comparator.comparing(Category::isEmbedded)).toList();
  }

  /** What the last features are: those of the columns that are embedded. */
  public List<Schema.Embedded> embedded() {
    return categories.stream()
        .filter(Category::isEmbedded)
        .map(category -> new Schema.Embedded(category.values().size() + 1, category.units()))
        .toList();
  }
}
