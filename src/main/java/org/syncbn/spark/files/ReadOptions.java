package org.syncbn.spark.files;

import java.util.List;
import java.util.Optional;
import org.syncbn.data.TextOptions;

/**
 * How an input is read: what is known of its form, and what its rows are for.
 *
 * @param format of all files, or of a table with a log; told by their names or content if absent
 * @param selection the columns that shall be features: they are read as numbers, all others as they
 *     are written
 * @param numbers columns that are no features, such as labels and weights, but are read as numbers
 *     all the same where they hold some
 * @param featureNames the features, where other data have decided which there are; else empty
 * @param text how texts are to be understood
 * @param target where the rows will be written: what is left alone is then kept in the form of its
 *     format where both are the same
 */
public record ReadOptions(
    Optional<RowFormat> format,
    FeatureSelection selection,
    List<String> numbers,
    List<String> featureNames,
    TextOptions text,
    RowTarget target) {

  /** Copies the lists. */
  public ReadOptions {
    numbers = List.copyOf(numbers);
    featureNames = List.copyOf(featureNames);
  }

  /** Options for files that tell everything themselves. */
  public static ReadOptions of(FeatureSelection selection) {
    return new ReadOptions(
        Optional.empty(),
        selection,
        List.of(),
        List.of(),
        TextOptions.DEFAULTS,
        new RowTarget.None());
  }

  /** The same with a format, if there is one. */
  public ReadOptions with(Optional<? extends RowFormat> newFormat) {
    return new ReadOptions(newFormat.map(it -> it), selection, numbers, featureNames, text, target);
  }

  /** The format, if it is one of files. */
  public Optional<DataFormat> formatOfFiles() {
    return format.filter(DataFormat.class::isInstance).map(DataFormat.class::cast);
  }

  /** The same with other columns that are read as numbers where they hold some. */
  public ReadOptions withNumbers(List<String> names) {
    return new ReadOptions(format, selection, names, featureNames, text, target);
  }

  /** Whether a column is read as numbers if it holds some. */
  public boolean admits(String column) {
    return selection.admits(column) || numbers.contains(column);
  }

  /** The same with features that other data have decided. */
  public ReadOptions withFeatureNames(List<String> names) {
    return new ReadOptions(format, selection, numbers, names, text, target);
  }

  /** The same with other rules for texts. */
  public ReadOptions with(TextOptions newText) {
    return new ReadOptions(format, selection, numbers, featureNames, newText, target);
  }

  /** The same for rows that will be written into files of a format. */
  public ReadOptions withTarget(DataFormat newTarget) {
    return withTarget(new RowTarget.Files(newTarget));
  }

  /** The same for rows that will be written somewhere. */
  public ReadOptions withTarget(RowTarget newTarget) {
    return new ReadOptions(format, selection, numbers, featureNames, text, newTarget);
  }
}
