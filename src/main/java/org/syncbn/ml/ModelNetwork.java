package org.syncbn.ml;

import java.io.Serializable;
import java.util.Optional;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.syncbn.api.FittedNetwork;
import org.syncbn.data.Block;
import org.syncbn.spark.Features;
import org.syncbn.spark.TableEncoder;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.inference.OutputColumns;
import org.syncbn.spark.inference.OutputMeaning;
import org.syncbn.spark.inference.Predictions;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.Predictor;
import org.syncbn.train.TrainedModel;

/** Runs the network of a model. Thread-safe. */
final class ModelNetwork implements Serializable {

  private static final long serialVersionUID = 1L;

  private final FittedNetwork network; // null in a model without one
  private transient InferencePlan plan;

  /** A network, or null for a model that cannot predict: Spark makes one to see what it is. */
  ModelNetwork(FittedNetwork network) {
    this.network = network;
  }

  boolean isPresent() {
    return network != null;
  }

  FittedNetwork fitted() {
    if (network == null) {
      throw new DataException("This model has no network; fit a stage, or load a model.");
    }
    return network;
  }

  private TrainedModel model() {
    return fitted().model();
  }

  int numFeatures() {
    return model().schema().rowSize();
  }

  OutputMeaning meaning() {
    return new OutputMeaning(model().options().loss(), model().network().output().size());
  }

  private synchronized InferencePlan plan() {
    if (plan == null) {
      plan = model().inference();
    }
    return plan;
  }

  /** What the network puts out for a row // [outputs]. */
  float[] outputs(Vector features) {
    if (features.size() != numFeatures()) {
      throw new DataException(
          "The vector has %d features, but the model was fitted to %d."
              .formatted(features.size(), numFeatures()));
    }
    if (model().table().statistics().isPresent()) {
      throw new DataException(
          "This network standardizes features by data.statistics, which single vectors cannot"
              + " have; use transform.");
    }
    float[] values = new float[features.size()];
    features.foreachNonZero(
        (i, value) -> {
          values[(int) i] = (float) (double) value;
          return scala.runtime.BoxedUnit.UNIT;
        });
    try (Predictor predictor = plan().open()) {
      return predictor.outputs(Block.ofFloats(1, values, new float[0], new float[0]));
    }
  }

  /** The rows with the columns of the outputs behind them. */
  Dataset<Row> transform(NetworkParams params, Dataset<?> data, OutputColumns columns) {
    transformSchema(params, data.schema(), columns);
    Dataset<Row> rows = data.toDF();
    Features features = NetworkColumns.of(params).features(rows, numFeatures());
    return new Predictions(plan(), columns)
        .ofTable(
            rows,
            TableEncoder.ofNumbers(
                features,
                model()
                    .table()
                    .statistics()
                    .map(
                        text ->
                            TrainingColumns.scaling(
                                model().schema().features(),
                                text,
                                model().options().data().eps()))));
  }

  /** The schema with the columns of the outputs, if it has the features. */
  StructType transformSchema(NetworkParams params, StructType schema, OutputColumns columns) {
    NetworkColumns.of(params).features().in(schema, Optional.of(numFeatures()));
    return NetworkColumns.appended(schema, columns.columns());
  }

  /** The bytes that the network takes in memory. */
  long estimatedSize() {
    return fitted().memory();
  }
}
