package org.syncbn.ml;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.text.WordUtils;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.StringArrayParam;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.OptimizerOptions;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingOptions;

/** The params of one stage of networks, beside those that Spark's classes bring. */
final class NetworkParamSet implements Serializable {

  private static final long serialVersionUID = 1L;

  static final String AUTO = "auto";

  private static final String ADAM = "adam";

  private static final List<String> SOLVERS =
      Arrays.stream(OptimizerOptions.class.getPermittedSubclasses())
          .map(kind -> WordUtils.uncapitalize(kind.getSimpleName()))
          .toList();

  private static final List<String> ENGINES =
      Stream.concat(Stream.of(AUTO), Arrays.stream(EngineKind.values()).map(EngineKind::toString))
          .toList();

  final Param<String> network;
  final StringArrayParam inputCols;
  final Param<String> weightCol;
  final Param<String> validationIndicatorCol;
  final IntParam maxIter;
  final DoubleParam stepSize;
  final IntParam batchSize;
  final Param<String> solver;
  final LongParam seed;
  final DoubleParam tol;
  final IntParam patience;
  final IntParam shards;
  final Param<String> engine;
  final Param<String> checkpointDir;
  final Param<String> options;

  NetworkParamSet(NetworkParams stage) {
    String uid = stage.uid();
    network =
        NewParam.text(
            uid,
            "network",
            "layers from the input to the output, as the network of a run file, for example"
                + " [{ dense = 16 }, batchNorm, relu, { dense = 3 }]");
    inputCols =
        new StringArrayParam(
            stage, "inputCols", "columns of numbers to predict from, in the place of featuresCol");
    weightCol = NewParam.text(uid, "weightCol", "column of the rows' weights (>= 0)");
    validationIndicatorCol =
        NewParam.text(
            uid,
            "validationIndicatorCol",
            "boolean column: rows with true are not trained on, but evaluated after each epoch");
    maxIter = new IntParam(uid, "maxIter", "epochs (>= 1)", ParamValidators.gtEq(1));
    stepSize =
        new DoubleParam(
            uid,
            "stepSize",
            "learning rate (> 0); the solver's own if it is not set",
            ParamValidators.gt(0));
    batchSize = new IntParam(uid, "batchSize", "rows of a step (>= 1)", ParamValidators.gtEq(1));
    solver = NewParam.oneOf(uid, "solver", "optimizer", SOLVERS);
    seed = new LongParam(uid, "seed", "of the first weights and the order of rows");
    tol =
        new DoubleParam(
            uid,
            "tol",
            "how much the validation loss must fall to count as better, where patience is set"
                + " (>= 0)",
            ParamValidators.gtEq(0));
    patience =
        new IntParam(
            uid,
            "patience",
            "epochs without a better validation loss after which training ends (>= 1); all of"
                + " maxIter are trained if it is not set",
            ParamValidators.gtEq(1));
    shards =
        new IntParam(
            uid,
            "shards",
            "pieces of a step, which tasks share; part of the result (>= 1)",
            ParamValidators.gtEq(1));
    engine = NewParam.oneOf(uid, "engine", "what carries the steps on the cluster", ENGINES);
    checkpointDir =
        NewParam.text(
            uid,
            "checkpointDir",
            "folder for the state of the training, from which the same fit goes on");
    options =
        NewParam.text(
            uid, "options", "further settings of a run file, in HOCON, overriding all params");
  }

  /** Sets the defaults, which Spark keeps in the stage. */
  void setDefaults(NetworkParams stage) {
    TrainingOptions training = TrainingOptions.DEFAULTS;
    stage.setDefault(maxIter, training.epochs());
    stage.setDefault(batchSize, TrainingOptions.USUAL_BATCH);
    stage.setDefault(solver, ADAM);
    stage.setDefault(seed, RunOptions.DEFAULT_SEED);
    stage.setDefault(tol, 0.0);
    stage.setDefault(shards, RunOptions.DEFAULT_SHARDS);
    stage.setDefault(engine, AUTO);
    stage.setDefault(options, "");
  }
}
