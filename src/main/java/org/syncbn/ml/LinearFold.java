package org.syncbn.ml;

import java.util.Optional;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.DenseMatrix;
import org.apache.spark.ml.linalg.Matrix;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.files.DataException;

/**
 * Folds a normalization into the coefficients of linear models: {@code sum(w * (factor * x +
 * summand)) + b} is linear in {@code x} too.
 */
final class LinearFold {

  private final double[] factors; // [features]
  private final double[] summands; // [features]
  private final Optional<String> featuresCol;

  /**
   * Folds {@code gamma * (x - center) / divisor + beta}.
   *
   * @param featuresCol the column of the raw features, if one holds them
   */
  LinearFold(FeatureScaling scaling, double[] gamma, double[] beta, Optional<String> featuresCol) {
    this.featuresCol = featuresCol;
    factors = new double[gamma.length];
    summands = new double[gamma.length];
    for (int i = 0; i < gamma.length; i++) {
      factors[i] = scaling.divisor(i) == 0 ? 0 : gamma[i] / scaling.divisor(i);
      summands[i] = beta[i] - scaling.center(i) * factors[i];
    }
  }

  /** A model of raw features; its constructor is Spark's own, public in the class file only. */
  LogisticRegressionModel into(LogisticRegressionModel model) {
    Matrix weights = model.coefficientMatrix();
    requireFeatures(weights.numCols());
    double[] folded = new double[weights.numRows() * factors.length];
    double[] intercepts = model.interceptVector().toArray().clone();
    for (int row = 0; row < weights.numRows(); row++) {
      for (int i = 0; i < factors.length; i++) {
        double weight = weights.apply(row, i);
        folded[row * factors.length + i] = weight * factors[i];
        intercepts[row] += weight * summands[i];
      }
    }
    boolean isRowMajor = true; // Spark requires it of binomial models
    boolean isMultinomial = weights.numRows() > 1;
    LogisticRegressionModel raw =
        new LogisticRegressionModel(
            model.uid(),
            new DenseMatrix(weights.numRows(), factors.length, folded, isRowMajor),
            Vectors.dense(intercepts),
            model.numClasses(),
            isMultinomial);
    model.copyValues(raw, ParamMap.empty());
    featuresCol.ifPresent(raw::setFeaturesCol);
    return raw;
  }

  /** As the other. */
  LinearRegressionModel into(LinearRegressionModel model) {
    Vector weights = model.coefficients();
    requireFeatures(weights.size());
    double[] folded = new double[factors.length];
    double intercept = model.intercept();
    for (int i = 0; i < factors.length; i++) {
      folded[i] = weights.apply(i) * factors[i];
      intercept += weights.apply(i) * summands[i];
    }
    LinearRegressionModel raw =
        new LinearRegressionModel(model.uid(), Vectors.dense(folded), intercept, model.scale());
    model.copyValues(raw, ParamMap.empty());
    featuresCol.ifPresent(raw::setFeaturesCol);
    return raw;
  }

  private void requireFeatures(int found) {
    if (found != factors.length) {
      throw new DataException(
          "The linear model has coefficients of %d features, but %d are normalized."
              .formatted(found, factors.length));
    }
  }
}
