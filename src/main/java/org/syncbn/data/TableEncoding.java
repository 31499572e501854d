package org.syncbn.data;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How the columns of a table become the features of a network. Found in the training table, saved
 * with the model, and applied alike in training, evaluation and prediction.
 *
 * <p>The features are the numbers in their order, an indicator for each of {@code indicators}, then
 * the categories, with a feature for each value.
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
   * @param column that has the values
   * @param areNumbers whether they are numbers
   * @param values as texts, in order
   * @param others whether there is a feature for all other values
   */
  public record Category(String column, boolean areNumbers, List<String> values, boolean others)
      implements Serializable {

    /** Copies the list. */
    public Category {
      values = List.copyOf(values);
    }

    /** How many features it has. */
    public int width() {
      return values.size() + (others ? 1 : 0);
    }

    private Stream<String> features() {
      return Stream.concat(values.stream(), others ? Stream.of("*") : Stream.empty())
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
   * The name of each feature, in order: {@code age}, {@code age is missing}, {@code shop=north}.
   */
  public List<String> features() {
    List<String> names = new ArrayList<>(numbers);
    indicators.forEach(name -> names.add(name + " is missing"));
    categories.forEach(category -> category.features().forEach(names::add));
    return names;
  }
}
