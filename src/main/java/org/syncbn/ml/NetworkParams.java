package org.syncbn.ml;

import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The params that stages of networks and their models share, beside those of Spark's classes. */
public interface NetworkParams extends Params {

  /** Where the params are kept. */
  NetworkParamSet networkParamSet();

  /** The column of the features: a vector or an array of numbers. */
  String getFeaturesCol();

  /** The column to predict. */
  String getLabelCol();

  /** The column of the predictions. */
  String getPredictionCol();

  /**
   * The layers from the input to the output, the last with as many units as there are classes or,
   * for a regression, with one: a list in HOCON as {@code network} in a run file. Without, there is
   * one hidden layer of 64 units, with batch norm before and behind it.
   */
  default Param<String> network() {
    return networkParamSet().network;
  }

  /** See {@link #network}. */
  default String getNetwork() {
    return getOrDefault(network());
  }

  /** Several columns of numbers to predict from, in the place of {@code featuresCol}. */
  default StringArrayParam inputCols() {
    return networkParamSet().inputCols;
  }

  /** See {@link #inputCols}. */
  default String[] getInputCols() {
    return getOrDefault(inputCols());
  }

  /** The column of the rows' weights, finite and at least 0; without, each row counts once. */
  default Param<String> weightCol() {
    return networkParamSet().weightCol;
  }

  /** See {@link #weightCol}. */
  default String getWeightCol() {
    return getOrDefault(weightCol());
  }

  /**
   * The boolean column that is true for rows to evaluate the network on after each epoch, rather
   * than to train it on.
   */
  default Param<String> validationIndicatorCol() {
    return networkParamSet().validationIndicatorCol;
  }

  /** See {@link #validationIndicatorCol}. */
  default String getValidationIndicatorCol() {
    return getOrDefault(validationIndicatorCol());
  }

  /** How many epochs are trained: how often each row is taken. */
  default IntParam maxIter() {
    return networkParamSet().maxIter;
  }

  /** See {@link #maxIter}. */
  default int getMaxIter() {
    return (int) getOrDefault(maxIter());
  }

  /** The learning rate; not set, it is the solver's own of run files. */
  default DoubleParam stepSize() {
    return networkParamSet().stepSize;
  }

  /** See {@link #stepSize}. */
  default double getStepSize() {
    return (double) getOrDefault(stepSize());
  }

  /** How many rows a step takes, over all executors. */
  default IntParam batchSize() {
    return networkParamSet().batchSize;
  }

  /** See {@link #batchSize}. */
  default int getBatchSize() {
    return (int) getOrDefault(batchSize());
  }

  /** The optimizer, by its name in run files; {@code adam} by default. */
  default Param<String> solver() {
    return networkParamSet().solver;
  }

  /** See {@link #solver}. */
  default String getSolver() {
    return getOrDefault(solver());
  }

  /** The seed of the first weights and of the order of rows. */
  default LongParam seed() {
    return networkParamSet().seed;
  }

  /** See {@link #seed}. */
  default long getSeed() {
    return (long) getOrDefault(seed());
  }

  /** By how much the validation loss must fall to count as better; see {@link #patience}. */
  default DoubleParam tol() {
    return networkParamSet().tol;
  }

  /** See {@link #tol}. */
  default double getTol() {
    return (double) getOrDefault(tol());
  }

  /**
   * After how many epochs without a better validation loss training ends, with the weights of the
   * best epoch; not set, {@link #maxIter} epochs are trained. Needs {@link
   * #validationIndicatorCol}.
   */
  default IntParam patience() {
    return networkParamSet().patience;
  }

  /** See {@link #patience}. */
  default int getPatience() {
    return (int) getOrDefault(patience());
  }

  /** Into how many pieces a step is cut: as many tasks share it at most. Part of the result. */
  default IntParam shards() {
    return networkParamSet().shards;
  }

  /** See {@link #shards}. */
  default int getShards() {
    return (int) getOrDefault(shards());
  }

  /**
   * What carries the steps: {@code auto} (default), {@code gang}, {@code tree} or {@code
   * in-process}. No part of the result.
   */
  default Param<String> engine() {
    return networkParamSet().engine;
  }

  /** See {@link #engine}. */
  default String getEngine() {
    return getOrDefault(engine());
  }

  /**
   * The folder that keeps the state of the training, from which the same fit of the same rows goes
   * on; none by default.
   */
  default Param<String> checkpointDir() {
    return networkParamSet().checkpointDir;
  }

  /** See {@link #checkpointDir}. */
  default String getCheckpointDir() {
    return getOrDefault(checkpointDir());
  }

  /**
   * Further settings of a run file, in HOCON, overriding all params: every key of {@code
   * conf/reference-run.conf} can be reached, such as {@code training.clipNorm = 1}.
   */
  default Param<String> options() {
    return networkParamSet().options;
  }

  /** See {@link #options}. */
  default String getOptions() {
    return getOrDefault(options());
  }
}
