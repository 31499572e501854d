package org.syncbn.ml;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.syncbn.api.FittedNetwork;
import org.syncbn.api.NetworkTrainer;
import org.syncbn.model.SettingException;
import org.syncbn.nn.ActivationSpec;
import org.syncbn.nn.LayerSpec;
import org.syncbn.nn.LearnedWeights;
import org.syncbn.nn.LinearSpec;
import org.syncbn.nn.Loss;
import org.syncbn.nn.NormalizationSpec;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.DataOptions;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingOptions;

/**
 * Trains a stage's network: turns its params into the options of a run.
 *
 * @param params of the stage
 * @param loss that it trains for, unless its options name another
 * @param initial the network to start from, if there is one
 */
record NetworkFit(NetworkParams params, Loss loss, Optional<FittedNetwork> initial) {

  /** The units of the hidden layer where no network is named. */
  private static final int UNITS = 64;

  /**
   * Trains on rows.
   *
   * @param outputs of the network, where none is named
   */
  FittedNetwork fit(Dataset<Row> rows, int outputs) {
    NetworkColumns columns = NetworkColumns.of(params);
    RunOptions options = options(columns, outputs);
    NetworkTrainer trainer = trainer(rows, options);
    Dataset<Row> training = columns.training(rows);
    try {
      return columns
          .validation(rows)
          .map(validation -> trainer.fit(training, validation))
          .orElseGet(() -> trainer.fit(training));
    } catch (IllegalArgumentException | ArithmeticException sentence) {
      throw sentence;
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private NetworkTrainer trainer(Dataset<Row> rows, RunOptions options) {
    NetworkTrainer trainer = NetworkTrainer.of(options);
    String engine = params.getEngine();
    Optional<EngineKind> kind =
        Arrays.stream(EngineKind.values())
            .filter(candidate -> candidate.toString().equals(engine))
            .findFirst();
    if (kind.isPresent()) {
      trainer = trainer.with(kind.get());
    }
    if (initial.isPresent()) {
      trainer = trainer.startingFrom(initial.get());
    }
    if (params.isDefined(params.checkpointDir())) {
      var configuration = rows.sparkSession().sparkContext().hadoopConfiguration();
      try {
        trainer =
            trainer
                .withCheckpoints(HadoopFolder.at(params.getCheckpointDir(), configuration))
                .resuming();
      } catch (IOException e) {
        throw DataException.of(e);
      }
    }
    return trainer;
  }

  /** The options of the run. */
  private RunOptions options(NetworkColumns columns, int outputs) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    ObjectNode run = json.objectNode();
    run.set("network", network(outputs));
    run.put("loss", loss.kind());
    ObjectNode solver = run.putObject("optimizer").putObject(params.getSolver());
    if (params.isDefined(params.stepSize())) {
      solver.put("learningRate", params.getStepSize());
    }
    ObjectNode data = run.putObject("data").put("format", "dataset");
    data.put("label", columns.label()).put("labels", "indices").put("standardize", false);
    data.putObject("categories").put("numbersUpTo", 0);
    columns.features().names().forEach(data.putArray("features")::add);
    columns.weight().ifPresent(name -> data.put("weight", name));
    ObjectNode training =
        run.putObject("training")
            .put("epochs", params.getMaxIter())
            .put("batchSize", params.getBatchSize());
    if (params.isDefined(params.patience())) {
      TrainingOptions.EarlyStopping usual = TrainingOptions.EarlyStopping.DEFAULTS;
      training.set(
          "earlyStopping",
          RunOptions.FORMAT.write(
              new TrainingOptions.EarlyStopping(
                  usual.monitor(),
                  usual.mode(),
                  params.getPatience(),
                  params.getTol(),
                  usual.restoreBest())));
    }
    run.put("seed", params.getSeed()).put("shards", params.getShards());
    RunOptions options = RunFile.over(run, params.getOptions());
    if (options.loss().isOfClasses() != loss.isOfClasses()) {
      throw new DataException(
          "The loss %s does not predict %s; leave it out of options, or name another."
              .formatted(options.loss().kind(), loss.isOfClasses() ? "classes" : "numbers"));
    }
    boolean validates =
        columns.validation().isPresent()
            || options.data().validation() instanceof DataOptions.Validation.Fraction;
    if (options.training().earlyStopping().isPresent() && !validates) {
      throw new DataException(
          "patience needs rows to evaluate the network on; name them with validationIndicatorCol,"
              + " or set options to data.validation.fraction = 0.1.");
    }
    return options;
  }

  private JsonNode network(int outputs) {
    if (!params.isDefined(params.network())) {
      return json(layers(outputs));
    }
    try {
      return RunFile.layers(params.getNetwork());
    } catch (SettingException e) {
      throw new DataException("network is not a list of layers: " + e.getMessage(), e);
    }
  }

  /** Layers as a run file has them. */
  static JsonNode json(List<LayerSpec> layers) {
    return RunOptions.FORMAT.writeList(layers, LayerSpec.class);
  }

  /** One hidden layer; the batch norm before it takes raw features to one scale. */
  private static List<LayerSpec> layers(int outputs) {
    LayerSpec norm = new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
    List<LayerSpec> layers = new ArrayList<>();
    layers.add(norm);
    layers.add(LinearSpec.Dense.of(UNITS).with(LearnedWeights.Bias.ABSENT));
    layers.add(norm);
    layers.add(new ActivationSpec.Relu());
    layers.add(LinearSpec.Dense.of(outputs));
    return layers;
  }
}
