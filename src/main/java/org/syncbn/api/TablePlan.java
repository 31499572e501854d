package org.syncbn.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.syncbn.data.Block;
import org.syncbn.data.MissingRule;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.data.TableEncoding;
import org.syncbn.model.SavedStatistics;
import org.syncbn.nn.Loss;
import org.syncbn.nn.NormalizationSpec;
import org.syncbn.nn.ShapeSpec;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.LabelValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.RowSplit;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TableBlocks;
import org.syncbn.spark.TableSources;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.TrainingColumns.Pieces;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.TextFiles;
import org.syncbn.sums.Moments;
import org.syncbn.train.DataOptions;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TableForm;

/**
 * What a table is to a run: which columns are read and how they become features, its classes, and
 * which rows are held out. Found before any row moves.
 *
 * @param options of the run
 * @param table all rows of the training table
 * @param testTable the rows of another table for tests, if there is one
 * @param form how columns become features
 * @param rows those that weights are fitted to, and those that are evaluated after each epoch
 * @param test the rows for the last word, if there are any that a run does not validate on
 * @param notes for a person: what was left out
 */
public record TablePlan(
    RunOptions options,
    Dataset<Row> table,
    Optional<Dataset<Row>> testTable,
    TableForm form,
    Pieces rows,
    Optional<JavaRDD<Block>> test,
    List<String> notes) {

  private static final NormalizationMethod STANDARDIZATION =
      NormalizationMethod.Kind.BATCH_NORM.method();

  /** So many rows show how features differ in scale. */
  private static final int LOOKED_AT = 1_000;

  /** Copies the list. */
  public TablePlan {
    notes = List.copyOf(notes);
  }

  /**
   * Plans for the files that the options name.
   *
   * @throws DataException in a sentence, if a column is not there, or holds what a network cannot
   *     be trained on
   * @throws IllegalArgumentException in a sentence, if the network does not fit the classes
   */
  public static TablePlan read(RunOptions options, SparkSession spark) {
    DataOptions data = options.data();
    if (data.format() == DataOptions.Format.DATASET) {
      throw new DataException(
          "data.format = dataset is for models that a program trained; set a file format.");
    }
    TrainingColumns columns = new TrainingColumns(data);
    Dataset<Row> table = RunInput.training(spark, data, columns.reading(options.namesClasses()));
    requireRows(table, data.path().get().toString());
    Found found = new Found(options, table);
    return data.testPath()
        .map(
            path -> {
              Dataset<Row> test =
                  RunInput.test(
                      spark,
                      data,
                      columns.readingAgain(found.sources.encoding(), !found.classes.isEmpty()));
              requireRows(test, path);
              return found.with(test);
            })
        .orElseGet(found::alone);
  }

  /** The plan for rows that a program gives. */
  static TablePlan of(RunOptions options, Dataset<Row> table, Optional<Dataset<Row>> validation) {
    requireRows(table, "the training data");
    validation.ifPresent(rows -> requireRows(rows, "the validation data"));
    Found found = new Found(options, table);
    return validation.map(found::with).orElseGet(found::alone);
  }

  private static void requireRows(Dataset<Row> table, String place) {
    if (table.isEmpty()) {
      throw new DataException("There are no rows in %s.".formatted(place));
    }
  }

  /** What a table tells before it is split. */
  private static final class Found {

    private final RunOptions options;
    private final DataOptions data;
    private final TrainingColumns columns;
    private final Dataset<Row> table;
    private final TableSources sources;
    private final List<String> classes;
    private final RowSplit split;

    Found(RunOptions options, Dataset<Row> table) {
      this.options = options;
      this.data = options.data();
      this.columns = new TrainingColumns(data);
      this.table = table;
      // A file of statistics knows its columns as numbers, and so does a mask.
      boolean areNumbers = data.statistics().isPresent() || options.masksFeatures();
      DataOptions.Categories found =
          areNumbers ? data.categories().withoutNumbers() : data.categories();
      boolean keepsIndices = !options.masksFeatures() && data.featureScale() == 1;
      DataOptions.Categories rules = keepsIndices ? found : found.withoutEmbeddings();
      TableSources all = TableSources.of(table, columns.selection(), rules, data.missing());
      this.classes = classes(options, table);
      this.split = columns.split(table, all.encoding(), options.seed());
      this.sources =
          split.isWhole() ? all : all.ofTraining(table, split, columns.selection(), rules);
    }

    /** The plan where no other table is given. */
    TablePlan alone() {
      TableForm form = form();
      boolean tests = data.testFraction() > 0 && !validatesOnTest();
      Optional<JavaRDD<Block>> test =
          tests
              ? Optional.of(
                  pieces(form, RowSplit.Part.TEST, Optional.empty()).rdd().map(ShardData::training))
              : Optional.empty();
      return plan(
          Optional.empty(), form, pieces(form, RowSplit.Part.TRAINING, Optional.of(held())), test);
    }

    /**
     * The plan where another table has the rows for tests, or those that a program validates on.
     */
    TablePlan with(Dataset<Row> other) {
      TableForm form = form();
      Pieces pieces = pieces(form, RowSplit.Part.TRAINING, Optional.of(held()));
      JavaRDD<Block> others = columns.blocks(other, form, classes).rdd();
      return validatesOnTest()
          ? plan(
              Optional.of(other),
              form,
              new Pieces(pieces.rdd().union(others.map(ShardData::ofValidation)), pieces.schema()),
              Optional.empty())
          : plan(Optional.of(other), form, pieces, Optional.of(others));
    }

    private boolean validatesOnTest() {
      return data.validation() instanceof DataOptions.Validation.Test;
    }

    private RowSplit.Part held() {
      return validatesOnTest() ? RowSplit.Part.TEST : RowSplit.Part.VALIDATION;
    }

    private Pieces pieces(
        TableForm form, RowSplit.Part training, Optional<RowSplit.Part> validation) {
      return columns.pieces(table, form, classes, split, training, validation);
    }

    private TablePlan plan(
        Optional<Dataset<Row>> other,
        TableForm form,
        Pieces pieces,
        Optional<JavaRDD<Block>> test) {
      List<String> notes = new ArrayList<>(sources.notes());
      sources.encoding().categories().stream()
          .filter(TableEncoding.Category::isEmbedded)
          .map(Found::embedded)
          .forEach(notes::add);
      unscaled(form).ifPresent(notes::add);
      TablePlan plan = new TablePlan(options, table, other, form, pieces, test, notes);
      RunData.checkClassCount(plan.schema(), options.loss(), plan.outputs());
      RunData.checkLabelCount(columns.labels().size(), options.loss(), plan.outputs());
      return plan;
    }

    private static String embedded(TableEncoding.Category category) {
      return "Column '%s' is embedded: %d numbers are learned for each of its %,d categories and for all other values."
          .formatted(category.column(), category.units(), category.values().size());
    }

    /** What the training rows tell. */
    private TableForm form() {
      Optional<String> given =
          data.statistics()
              .map(
                  file ->
                      TextFiles.read(
                          file, table.sparkSession().sparkContext().hadoopConfiguration()));
      TableEncoding encoding = sources.encoding();
      TableForm raw = new TableForm(encoding, given, List.of());
      boolean fillsIn =
          data.missing() == MissingRule.MEAN || data.missing() == MissingRule.INDICATOR;
      boolean standardizes = given.isEmpty() && data.standardize() && !options.masksFeatures();
      Dataset<Row> counting = counting(columns.encoder(table, raw).complete(table));
      Optional<String> statistics = given;
      if (!encoding.numbers().isEmpty() && (standardizes || fillsIn)) {
        Features numbers = Features.ofFeatures(counting, encoding.numbers());
        SavedStatistics found =
            new SavedStatistics(
                encoding.numbers(),
                split.isWhole()
                    ? FeatureStatistics.fit(counting, numbers)
                    : split.sums(counting, RowSplit.Part.TRAINING));
        if (fillsIn) {
          encoding = encoding.with(means(found), indicators(found));
        }
        if (standardizes) {
          statistics = Optional.of(found.with(STANDARDIZATION.saved(ConstantColumns.ZERO)).json());
        }
      }
      boolean standardizesLabel =
          data.standardize() && classes.isEmpty() && RunData.takesAnyNumber(options.loss());
      return new TableForm(
          encoding,
          statistics,
          standardizesLabel
              ? TableBlocks.targets(split.rows(counting, RowSplit.Part.TRAINING), columns.labels())
              : List.of());
    }

    /** What to say if a layer that needs like scales reads numbers that have others. */
    private Optional<String> unscaled(TableForm form) {
      boolean isRaw = form.statistics().isEmpty() && !options.masksFeatures();
      boolean normalizes =
          options.network().stream()
              .filter(layer -> !(layer instanceof ShapeSpec.Flatten))
              .findFirst()
              .filter(NormalizationSpec.class::isInstance)
              .isPresent();
      if (!isRaw || normalizes || form.encoding().numbers().isEmpty()) {
        return Optional.empty();
      }
      List<String> names = form.encoding().numbers();
      Dataset<Row> some = counting(columns.encoder(table, form).complete(table)).limit(LOOKED_AT);
      return FeatureScales.warning(
          names, FeatureStatistics.fit(some, Features.ofFeatures(some, names)).moments());
    }

    /** Rows of weight 0 count for nothing. */
    private Dataset<Row> counting(Dataset<Row> rows) {
      return data.weight()
          .map(
              name -> {
                Column weight = functions.col("`" + name.replace("`", "``") + "`");
                // What is not a number is an error that comes later.
                return rows.where(
                    functions.coalesce(weight.try_cast("double"), functions.lit(1)).notEqual(0));
              })
          .orElse(rows);
    }

    private static List<Double> means(SavedStatistics found) {
      for (int i = 0; i < found.names().size(); i++) {
        if (found.moments().get(i).count() == 0) {
          throw new DataException(
              "All values of '%s' are missing in the training rows; leave it out of data.features."
                  .formatted(found.names().get(i)));
        }
      }
      return found.moments().stream().map(Moments::mean).toList();
    }

    private List<String> indicators(SavedStatistics found) {
      return data.missing() == MissingRule.MEAN
          ? List.of()
          : IntStream.range(0, found.names().size())
              .filter(i -> found.moments().get(i).missing() > 0)
              .mapToObj(found.names()::get)
              .toList();
    }
  }

  /** The classes of the labels; none where they are numbers to predict, or indices of classes. */
  private static List<String> classes(RunOptions options, Dataset<Row> table) {
    DataOptions data = options.data();
    Loss loss = options.loss();
    List<String> labels = new TrainingColumns(data).labels();
    if (labels.size() > 1) {
      if (loss.target() == Loss.Target.CLASS || !data.classes().isEmpty()) {
        throw new DataException(
            "data.label names %d columns, each of which is a target of its own: use binaryCrossEntropy for columns of 0 and 1, or a loss of numbers, and no data.classes."
                .formatted(labels.size()));
      }
      return List.of();
    }
    String label = labels.get(0);
    if (!data.classes().isEmpty()) {
      return data.classes();
    }
    boolean areTexts = LabelValues.areTexts(table, label);
    if (!areTexts && (!loss.isOfClasses() || data.labels() == DataOptions.Labels.INDICES)) {
      return List.of();
    }
    LabelValues values = LabelValues.of(table, label);
    if (loss.target() == Loss.Target.PROBABILITY && values.areWithin(0, 1)) {
      return List.of(); // probabilities
    }
    if (values.areTooMany()) {
      throw new DataException(
          "Column '%s' has more than %d different values: these are no classes. Name another column to predict, or the classes."
              .formatted(label, LabelValues.MOST));
    }
    return values.names();
  }

  /** How many outputs the network has for rows of this table. */
  public int outputs() {
    return options.network(schema()).output().size();
  }

  /** What the columns mean to the network. */
  public Schema schema() {
    return rows.schema();
  }
}
