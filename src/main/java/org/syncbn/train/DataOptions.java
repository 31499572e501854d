package org.syncbn.train;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.syncbn.data.ImageSize;
import org.syncbn.data.MissingRule;
import org.syncbn.data.TextOptions;

/**
 * Where a run's rows come from and how they become features and labels.
 *
 * @param format of the files
 * @param path of the training rows: a folder of IDX files, files of a table in one place or
 *     several, or the name of a table of a catalog
 * @param testPath of the test rows of a table or of image files; an IDX folder and generated images
 *     bring their own
 * @param generatedRows how many training images are generated
 * @param generatedTestRows how many test images are generated
 * @param scale what every feature is multiplied by; images that do not say are brought to [0, 1]
 * @param validation which rows the run is evaluated on after each epoch
 * @param label the columns to predict, in tables
 * @param features the columns to predict from, in tables; all numeric ones if empty
 * @param weight the column of row weights, in tables
 * @param classes names of the classes, in order; found in the data if empty
 * @param labels what the numbers of the label column are, where the loss is of classes
 * @param statistics a file of {@code normalize}, by which features are normalized with the method
 *     that it names
 * @param eps added to the variance there, instead of what the file or the method says
 * @param standardize whether the numbers of a table, and a label that is a number, are standardized
 *     by the exact statistics of the training rows, where {@code statistics} is not given
 * @param missing what happens to missing values of a table's features
 * @param categories which columns of a table are categories
 * @param test which rows of a table are held out for tests; if empty a fifth of the files of a
 *     table, unless there are test rows elsewhere
 * @param image what image files are brought to
 * @param state which earlier state of the training table is read, as {@code versionAsOf} and a
 *     number
 * @param testState which earlier state of the test table is read
 * @param text how files of text are to be understood, in tables
 */
public record DataOptions(
    Format format,
    Optional<DataPaths> path,
    Optional<String> testPath,
    int generatedRows,
    int generatedTestRows,
    Optional<Double> scale,
    Validation validation,
    Optional<LabelColumns> label,
    List<String> features,
    Optional<String> weight,
    List<String> classes,
    Labels labels,
    Optional<String> statistics,
    Optional<Double> eps,
    boolean standardize,
    MissingRule missing,
    Categories categories,
    Optional<TestRows> test,
    Optional<ImageSize> image,
    Map<String, String> state,
    Map<String, String> testState,
    TextOptions text) {

  /** Generated images, none of which is held out. */
  public static final DataOptions DEFAULTS =
      new DataOptions(
          Format.GENERATED,
          Optional.empty(),
          Optional.empty(),
          12_000,
          2_000,
          Optional.empty(),
          new Validation.None(),
          Optional.empty(),
          List.of(),
          Optional.empty(),
          List.of(),
          Labels.VALUES,
          Optional.empty(),
          Optional.empty(),
          true,
          MissingRule.ERROR,
          Categories.DEFAULTS,
          Optional.empty(),
          Optional.empty(),
          Map.of(),
          Map.of(),
          TextOptions.DEFAULTS);

  /** Checks that what a format needs is said, and copies the maps. */
  public DataOptions {
    state = Collections.unmodifiableMap(new TreeMap<>(state));
    testState = Collections.unmodifiableMap(new TreeMap<>(testState));
    if (format == Format.GENERATED) {
      requireUnset("path", path.isPresent());
      requireUnset("testPath", testPath.isPresent());
      requireUnset("label", label.isPresent());
      requireUnset("features", !features.isEmpty());
      requireUnset("weight", weight.isPresent());
      requireUnset("statistics", statistics.isPresent());
      requireUnset("image", image.isPresent());
    } else if (format.hasPlace() && path.isEmpty()) {
      throw new IllegalArgumentException("set path to the location of the data");
    } else if (path.isPresent() && path.get().all().size() > 1 && !format.isFilesOfTable()) {
      throw new IllegalArgumentException(
          "path names %d places; only files of a table may have several (%s)"
              .formatted(path.get().all().size(), path.get()));
    }
    if (format.isTable() && label.isEmpty() && format != Format.LIBSVM) {
      throw new IllegalArgumentException("set label to the column to predict");
    }
    if (format == Format.IMAGES && image.isEmpty()) {
      throw new IllegalArgumentException(
          "set image { height = 32, width = 32, channels = 3 } to the size that images are scaled"
              + " to");
    }
    if (generatedRows < 1 || generatedTestRows < 0) {
      throw new IllegalArgumentException(
          "cannot generate " + generatedRows + " and " + generatedTestRows + " images");
    }
    if (test.isPresent() && !format.isTable()) {
      throw new IllegalArgumentException(
          "test is of tables; images bring their test rows, or testPath names them");
    }
    if (test.isPresent() && testPath.isPresent() && test.get() instanceof TestRows.Fraction) {
      throw new IllegalArgumentException(
          "test holds out rows of path, but testPath names other test rows; set one of them");
    }
    boolean tests =
        switch (format) {
          case GENERATED -> generatedTestRows > 0;
          case IDX -> true;
          case PARQUET, ORC, CSV, JSON, LIBSVM, DELTA, ICEBERG, TABLE ->
              testPath.isPresent() || testFraction(format, testPath, test) > 0;
          case IMAGES -> testPath.isPresent();
          case DATASET -> true;
        };
    if (validation instanceof Validation.Test && !tests) {
      throw new IllegalArgumentException("validation = test needs a test set, and there is none");
    }
    boolean hasStates =
        switch (format) {
          case DELTA, ICEBERG, TABLE -> true;
          case GENERATED, IDX, PARQUET, ORC, CSV, JSON, LIBSVM, DATASET, IMAGES -> false;
        };
    if (!hasStates && !(state.isEmpty() && testState.isEmpty())) {
      throw new IllegalArgumentException(
          "state and testState are of tables with a log (delta, iceberg, table)");
    }
    if (eps.isPresent() && statistics.isEmpty()) {
      throw new IllegalArgumentException("eps is set, but statistics, which it belongs to, is not");
    }
    if (eps.isPresent() && !(eps.get() >= 0 && eps.get() < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("eps must be finite and at least 0, was " + eps.get());
    }
    if (scale.isPresent() && !Double.isFinite(scale.get())) {
      throw new IllegalArgumentException("scale must be finite, was " + scale.get());
    }
  }

  private static void requireUnset(String key, boolean isSet) {
    if (isSet) {
      throw new IllegalArgumentException(
          "%s is set, but format is generated, which reads no files; set format to that of the data"
              .formatted(key));
    }
  }

  /** Which share of the rows of a table is held out for tests; from 0 to below 1. */
  public double testFraction() {
    return testFraction(format, testPath, test);
  }

  private static double testFraction(
      Format format, Optional<String> testPath, Optional<TestRows> test) {
    boolean byDefault = format.isTable() && format != Format.DATASET && testPath.isEmpty();
    return test.map(TestRows::fraction).orElse(byDefault ? TestRows.DEFAULT_FRACTION : 0);
  }

  /** The factor of every feature. */
  public double featureScale() {
    return scale.orElse(format.isTable() ? 1 : 1.0 / 255);
  }

  /**
   * The same columns of rows that a program gives.
   *
   * @param validates whether it gives validation rows apart; else {@code validation} holds, where
   *     it is a share of the rows
   */
  public DataOptions ofDataset(boolean validates) {
    return new DataOptions(
        Format.DATASET,
        Optional.empty(),
        Optional.empty(),
        generatedRows,
        generatedTestRows,
        scale,
        validates
            ? new Validation.Test()
            : validation instanceof Validation.Test ? new Validation.None() : validation,
        label,
        features,
        weight,
        classes,
        labels,
        statistics,
        eps,
        standardize,
        missing,
        categories,
        test,
        Optional.empty(),
        Map.of(),
        Map.of(),
        TextOptions.DEFAULTS);
  }

  /** The same kind of data in another place; what was generated before is read as IDX files. */
  public DataOptions at(String newPath) {
    return new DataOptions(
        format == Format.GENERATED ? Format.IDX : format,
        Optional.of(DataPaths.of(newPath)),
        format.isTable() ? Optional.of(newPath) : Optional.empty(),
        generatedRows,
        generatedTestRows,
        scale,
        validation,
        label,
        features,
        weight,
        classes,
        labels,
        statistics,
        eps,
        standardize,
        missing,
        categories,
        test,
        image,
        Map.of(),
        Map.of(),
        text);
  }

  /** What labels of classes are. */
  public enum Labels {
    /** Any distinct values, numbers or texts, each of which is a class. */
    VALUES,
    /** The indices of classes, from 0. */
    INDICES
  }

  /** Formats of rows. */
  public enum Format {
    /** Ten figures, drawn. */
    GENERATED,
    /** IDX files of the MNIST family. */
    IDX,
    /** Apache Parquet. */
    PARQUET,
    /** Apache ORC. */
    ORC,
    /** Comma-separated text with a header. */
    CSV,
    /** JSON objects. */
    JSON,
    /** Sparse text, one row a line. */
    LIBSVM,
    /** A folder that is a table of Delta Lake. */
    DELTA,
    /** A folder that is a table of Apache Iceberg. */
    ICEBERG,
    /** Tables of a catalog, whose names stand in the place of paths. */
    TABLE,
    /** Rows that a program gives, in no place of their own. */
    DATASET,
    /** A folder of image files for each class. */
    IMAGES;

    /** Whether rows are read from a path that must be set. */
    boolean hasPlace() {
      return this != GENERATED && this != DATASET;
    }

    /** Whether columns have names. */
    public boolean isTable() {
      return switch (this) {
        case GENERATED, IDX, IMAGES -> false;
        case PARQUET, ORC, CSV, JSON, LIBSVM, DELTA, ICEBERG, TABLE, DATASET -> true;
      };
    }

    /** Whether rows are in files that together make a table. */
    boolean isFilesOfTable() {
      return switch (this) {
        case PARQUET, ORC, CSV, JSON, LIBSVM -> true;
        case GENERATED, IDX, IMAGES, DELTA, ICEBERG, TABLE, DATASET -> false;
      };
    }

    /** Whether executors read the rows, rather than the driver. */
    public boolean isOnExecutors() {
      return isTable() || this == IMAGES;
    }
  }

  /**
   * Which columns of a table are categories: texts, and whole numbers of few values.
   *
   * @param numbersUpTo how many different values a column of whole numbers has at most to be one of
   *     categories; 0 for none
   * @param most how many categories of a text column have a feature of their own, the most frequent
   *     ones; all others share one
   * @param fewestRows how many rows a category needs for a feature of its own
   * @param mostEmbedded how many categories are embedded, the most frequent ones, where a text
   *     column has more than {@code most}; 0: none. If empty, 10,000, but 0 where features are
   *     named
   */
  public record Categories(
      int numbersUpTo, int most, int fewestRows, Optional<Integer> mostEmbedded) {

    /** Whole numbers of up to 10 values; 64 texts that occur 5 times. */
    public static final Categories DEFAULTS = new Categories(10, 64, 5, Optional.empty());

    private static final int MOST_EMBEDDED = 10_000;

    /** Checks the ranges. */
    public Categories {
      if (numbersUpTo < 0 || most < 1 || fewestRows < 1 || mostEmbedded.orElse(0) < 0) {
        throw new IllegalArgumentException(
            "numbersUpTo and mostEmbedded must be at least 0, most and fewestRows at least 1");
      }
    }

    /** How many categories of a text column are embedded; 0 for none. */
    public int mostEmbedded(boolean named) {
      return mostEmbedded.orElse(named ? 0 : MOST_EMBEDDED);
    }

    /** The same for texts; whole numbers stay numbers. */
    public Categories withoutNumbers() {
      return new Categories(0, most, fewestRows, mostEmbedded);
    }

    /** The same, but no column is embedded. */
    public Categories withoutEmbeddings() {
      return new Categories(numbersUpTo, most, fewestRows, Optional.of(0));
    }
  }

  private static void requireFraction(String rows, double fraction) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "the " + rows + " fraction must be above 0 and below 1, was " + fraction);
    }
  }

  /** Which rows of a table are held out for tests. */
  public sealed interface TestRows {

    /** The share that is held out by default. */
    double DEFAULT_FRACTION = 0.2;

    /** Which share of the rows is held out; from 0 to below 1. */
    default double fraction() {
      return 0;
    }

    /** None. */
    record None() implements TestRows {}

    /**
     * A share of the rows, held out by their content.
     *
     * @param fraction above 0 and below 1
     */
    record Fraction(double fraction) implements TestRows {
      /** Checks the range. */
      public Fraction {
        requireFraction("test", fraction);
      }
    }
  }

  /** Which rows a run is evaluated on after each epoch. */
  public sealed interface Validation {

    /** Which share of the training rows is held out; from 0 to below 1. */
    default double fraction() {
      return 0;
    }

    /** None. */
    record None() implements Validation {}

    /** The test set: for comparisons, not for choosing between models. */
    record Test() implements Validation {}

    /**
     * A share of the training rows, held out by their content.
     *
     * @param fraction above 0 and below 1
     */
    record Fraction(double fraction) implements Validation {
      /** Checks the range. */
      public Fraction {
        requireFraction("validation", fraction);
      }
    }
  }
}
