package org.syncbn.ml;

import java.util.Locale;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataException;

/** The params that {@link BatchNormalizer} and {@link BatchNormalizerModel} share. */
public interface NormalizerParams extends Params {

  /** Where the params are kept. */
  NormalizerParamSet paramSet();

  /** The one column to normalize: a vector, an array of numbers or a number. */
  default Param<String> inputCol() {
    return paramSet().inputCol;
  }

  /** See {@link #inputCol}. */
  default String getInputCol() {
    return getOrDefault(inputCol());
  }

  /** The column of the normalized values; by default the stage's uid and {@code __output}. */
  default Param<String> outputCol() {
    return paramSet().outputCol;
  }

  /** See {@link #outputCol}. */
  default String getOutputCol() {
    return getOrDefault(outputCol());
  }

  /** Several columns of numbers to normalize, instead of {@link #inputCol}. */
  default StringArrayParam inputCols() {
    return paramSet().inputCols;
  }

  /** See {@link #inputCols}. */
  default String[] getInputCols() {
    return getOrDefault(inputCols());
  }

  /** The columns of the normalized values, one for each of {@link #inputCols}. */
  default StringArrayParam outputCols() {
    return paramSet().outputCols;
  }

  /** See {@link #outputCols}. */
  default String[] getOutputCols() {
    return getOrDefault(outputCols());
  }

  /** {@code batch-norm} (default), {@code min-max}, {@code max-abs} or {@code robust}. */
  default Param<String> method() {
    return paramSet().method;
  }

  /** See {@link #method}. */
  default String getMethod() {
    return getOrDefault(method());
  }

  /** Added to the variance by batch-norm; 1e-5 by default. */
  default DoubleParam eps() {
    return paramSet().eps;
  }

  /** See {@link #eps}. */
  default double getEps() {
    return (double) getOrDefault(eps());
  }

  /** Whether batch-norm subtracts the mean; without, sparse vectors stay sparse. */
  default BooleanParam center() {
    return paramSet().center;
  }

  /** See {@link #center}. */
  default boolean getCenter() {
    return (boolean) getOrDefault(center());
  }

  /** Whether batch-norm divides by the standard deviation. */
  default BooleanParam scale() {
    return paramSet().scale;
  }

  /** See {@link #scale}. */
  default boolean getScale() {
    return (boolean) getOrDefault(scale());
  }

  /** Factors of the normalized features; none by default. */
  default DoubleArrayParam gamma() {
    return paramSet().gamma;
  }

  /** See {@link #gamma}. */
  default double[] getGamma() {
    return getOrDefault(gamma());
  }

  /** Added to the normalized features after {@link #gamma}; none by default. */
  default DoubleArrayParam beta() {
    return paramSet().beta;
  }

  /** See {@link #beta}. */
  default double[] getBeta() {
    return getOrDefault(beta());
  }

  /** The lower end of min-max's range; 0 by default. */
  default DoubleParam min() {
    return paramSet().min;
  }

  /** See {@link #min}. */
  default double getMin() {
    return (double) getOrDefault(min());
  }

  /** The upper end of min-max's range; 1 by default. */
  default DoubleParam max() {
    return paramSet().max;
  }

  /** See {@link #max}. */
  default double getMax() {
    return (double) getOrDefault(max());
  }

  /**
   * What becomes of null, NaN and infinities: {@code error} (default), {@code skip} drops the row,
   * {@code keep} leaves the value as it is, {@code mean} writes what the mean becomes. None of them
   * counts in the statistics.
   */
  default Param<String> handleInvalid() {
    return paramSet().handleInvalid;
  }

  /** See {@link #handleInvalid}. */
  default String getHandleInvalid() {
    return getOrDefault(handleInvalid());
  }

  /** The column of the rows' weights in the statistics: finite, at least 0. */
  default Param<String> weightCol() {
    return paramSet().weightCol;
  }

  /** See {@link #weightCol}. */
  default String getWeightCol() {
    return getOrDefault(weightCol());
  }

  /** The column of the rows' groups, each of which is normalized with its own statistics. */
  default Param<String> groupCol() {
    return paramSet().groupCol;
  }

  /** See {@link #groupCol}. */
  default String getGroupCol() {
    return getOrDefault(groupCol());
  }

  /**
   * What becomes of rows whose group has no statistics: {@code error} (default), {@code keep}
   * leaves their values as they are, {@code global} takes the statistics of all groups together.
   */
  default Param<String> handleUnseenGroup() {
    return paramSet().handleUnseenGroup;
  }

  /** See {@link #handleUnseenGroup}. */
  default String getHandleUnseenGroup() {
    return getOrDefault(handleUnseenGroup());
  }

  /**
   * How values are normalized, before {@link #center}, {@link #scale}, {@link #gamma} and {@link
   * #beta} change it.
   *
   * @throws DataException if params contradict each other
   */
  default NormalizationMethod normalizationMethod() {
    Kind kind = Kind.of(getMethod()).orElseThrow();
    if (kind != Kind.BATCH_NORM && !(getCenter() && getScale())) {
      throw new DataException(
          "center and scale belong to the method batch-norm, not to %s; leave them true."
              .formatted(getMethod()));
    }
    if (kind == Kind.ROBUST && getHandleUnseenGroup().equals(NormalizerParamSet.GLOBAL)) {
      throw new DataException(
          "handleUnseenGroup global cannot be combined with robust: quartiles of groups cannot"
              + " be merged; use error or keep.");
    }
    if (kind == Kind.ROBUST && isDefined(weightCol())) {
      throw new DataException(
          "weightCol cannot be combined with robust, whose quartiles are unweighted; use another"
              + " method.");
    }
    NormalizationMethod method = kind.method();
    return kind.hasRange()
        ? method.withRange(getMin(), getMax())
        : kind.hasEps() ? method.withEps(getEps()) : method;
  }

  /** What is done with missing values of rows that are not dropped. */
  default MissingValues missingValues() {
    return switch (getHandleInvalid()) {
      case NormalizerParamSet.ERROR -> MissingValues.ERROR;
      case NormalizerParamSet.MEAN -> MissingValues.MEAN;
      default -> MissingValues.SKIP;
    };
  }

  /** What is done with rows of unseen groups. */
  default UnseenGroups unseenGroups() {
    return getHandleUnseenGroup().equals(NormalizerParamSet.KEEP)
        ? UnseenGroups.SKIP
        : UnseenGroups.valueOf(getHandleUnseenGroup().toUpperCase(Locale.ROOT));
  }
}
