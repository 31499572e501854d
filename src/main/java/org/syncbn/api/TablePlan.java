package org.syncbn.api;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.data.Schema;
import org.syncbn.nn.Loss;
import org.syncbn.spark.Features;
import org.syncbn.spark.LabelValues;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.TextFiles;
import org.syncbn.train.DataOptions;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;

/**
 * What a table is to a run: its columns, its classes, how its values become features. Found before
 * any row moves.
 *
 * @param options of the run
 * @param rows of the table, for training
 * @param testRows of the other table, if there is one
 * @param statistics the text of the file by which features are normalized
 * @param training the blocks of the rows
 * @param test the blocks of the test rows
 */
public record TablePlan(
    RunOptions options,
    Dataset<Row> rows,
    Optional<Dataset<Row>> testRows,
    Optional<String> statistics,
    TrainingColumns.Blocks training,
    Optional<TrainingColumns.Blocks> test) {

  /**
   * Reads the files that the options name.
   *
   * @throws DataException in a sentence, if a column is not there, or holds what a network cannot
   *     be trained on
   */
  public static TablePlan read(RunOptions options, SparkSession spark) {
    DataOptions data = options.data();
    if (data.format() == DataOptions.Format.DATASET) {
      throw new DataException(
          "data.format = dataset is for models that a program trained; set a file format.");
    }
    TrainingColumns columns = new TrainingColumns(data);
    Dataset<Row> training = RunInput.training(spark, data, columns.reading(options.namesClasses()));
    requireRows(training, data.path().get());
    List<String> features = Features.of(training, columns.selection()).names();
    List<String> classes = classes(options, training);
    Optional<Dataset<Row>> test =
        data.testPath()
            .map(
                path -> {
                  Dataset<Row> rows =
                      RunInput.test(
                          spark, data, columns.readingAgain(features, !classes.isEmpty()));
                  requireRows(rows, path);
                  return rows;
                });
    return of(options, training, test, features, classes);
  }

  /** The plan for rows that a program gives. */
  static TablePlan of(
      RunOptions options, Dataset<Row> training, Optional<Dataset<Row>> validation) {
    requireRows(training, "the training data");
    validation.ifPresent(rows -> requireRows(rows, "the validation data"));
    TrainingColumns columns = new TrainingColumns(options.data());
    List<String> features = Features.of(training, columns.selection()).names();
    return of(options, training, validation, features, classes(options, training));
  }

  private static TablePlan of(
      RunOptions options,
      Dataset<Row> training,
      Optional<Dataset<Row>> test,
      List<String> features,
      List<String> classes) {
    TrainingColumns columns = new TrainingColumns(options.data());
    Optional<String> statistics =
        options
            .data()
            .statistics()
            .map(
                file ->
                    TextFiles.read(
                        file, training.sparkSession().sparkContext().hadoopConfiguration()));
    TablePlan plan =
        new TablePlan(
            options,
            training,
            test,
            statistics,
            columns.blocks(training, Features.ofFeatures(training, features), classes, statistics),
            test.map(
                rows ->
                    columns.blocks(
                        rows, Features.ofFeatures(rows, features), classes, statistics)));
    RunData.checkClassCount(plan.schema(), options.loss(), plan.outputs());
    return plan;
  }

  private static void requireRows(Dataset<Row> table, String place) {
    if (table.isEmpty()) {
      throw new DataException("There are no rows in %s.".formatted(place));
    }
  }

  /** The classes of the labels; none where they are numbers to predict, or indices of classes. */
  private static List<String> classes(RunOptions options, Dataset<Row> training) {
    DataOptions data = options.data();
    String label = new TrainingColumns(data).label();
    if (!data.classes().isEmpty()) {
      return data.classes();
    }
    Loss loss = options.loss();
    boolean areTexts = LabelValues.areTexts(training, label);
    if (!areTexts && (!loss.isOfClasses() || data.labels() == DataOptions.Labels.INDICES)) {
      return List.of();
    }
    LabelValues values = LabelValues.of(training, label);
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
    return training.schema();
  }
}
