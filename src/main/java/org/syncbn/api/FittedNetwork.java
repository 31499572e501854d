package org.syncbn.api;

import java.io.IOException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.Features;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.inference.ModelEvaluation;
import org.syncbn.spark.inference.Predictions;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.TrainedModel;

/**
 * Predicts and evaluates tables with a network that was trained on one.
 *
 * <p>A row's prediction has the same bits wherever the row stands. Immutable.
 */
public final class FittedNetwork {

  private final TrainedModel model;
  private final InferencePlan plan;

  private FittedNetwork(TrainedModel model) {
    this.model = model;
    this.plan = model.inference();
  }

  /**
   * A model that is at hand already.
   *
   * @throws IllegalArgumentException in a sentence, if the model judges rows by their mini-batch
   */
  public static FittedNetwork of(TrainedModel model) {
    return new FittedNetwork(model);
  }

  /**
   * Reads a model that {@code jobs/train} wrote.
   *
   * @param location a folder in any of Hadoop's file systems; without a scheme, in the default one
   * @throws IllegalArgumentException in a sentence, if there is no whole model, or it judges rows
   *     by their mini-batch
   */
  public static FittedNetwork load(SparkSession spark, String location) {
    try {
      return of(
          TrainedModel.load(HadoopFolder.at(location, spark.sparkContext().hadoopConfiguration())));
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  /** The network, its weights, and the options of its run. */
  public TrainedModel model() {
    return model;
  }

  /** The columns that hold the features of the model. */
  private Features features(Dataset<Row> rows) {
    return Features.ofFeatures(rows, model.schema().features());
  }

  /**
   * Appends the prediction to each row, and for classes their probabilities and the label: see
   * {@link Predictions}. Lazy.
   *
   * @throws DataException if {@code rows} lack a feature, or have a column of such a name already
   */
  public Dataset<Row> predict(Dataset<Row> rows) {
    Features features = features(rows);
    return new Predictions(plan, model.schema())
        .ofTable(
            rows,
            features,
            model.statistics().map(text -> TrainingColumns.scaling(features.names(), text)));
  }

  /**
   * Loss and metrics: the same figures for any number of partitions and any order of rows.
   *
   * @param rows with the columns of the training data: features, label and, if it had one, weight
   * @throws DataException if a column is not there, or holds what the model does not know
   */
  public ModelEvaluation evaluate(Dataset<Row> rows) {
    try {
      return ModelEvaluation.of(
          plan,
          new TrainingColumns(model.options().data())
              .blocks(rows, features(rows), model.schema().classes(), model.statistics())
              .rdd());
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }
}
