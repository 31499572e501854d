package org.syncbn.ml;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.StringArrayParam;
import org.syncbn.spark.NormalizationMethod.Kind;

/**
 * The params of one stage. Each knows the class of its values, by which Spark Connect reads what a
 * client sends: {@code Param}'s short constructors leave it out.
 */
final class NormalizerParamSet implements Serializable {

  private static final long serialVersionUID = 1L;

  static final String ERROR = "error";
  static final String SKIP = "skip";
  static final String KEEP = "keep";
  static final String MEAN = "mean";
  static final String GLOBAL = "global";

  private static final List<Kind> METHODS =
      List.of(Kind.BATCH_NORM, Kind.MIN_MAX, Kind.MAX_ABS, Kind.ROBUST);

  final Param<String> inputCol;
  final Param<String> outputCol;
  final StringArrayParam inputCols;
  final StringArrayParam outputCols;
  final Param<String> method;
  final DoubleParam eps;
  final BooleanParam center;
  final BooleanParam scale;
  final DoubleArrayParam gamma;
  final DoubleArrayParam beta;
  final DoubleParam min;
  final DoubleParam max;
  final Param<String> handleInvalid;
  final Param<String> weightCol;
  final Param<String> groupCol;
  final Param<String> handleUnseenGroup;

  NormalizerParamSet(NormalizerParams stage) {
    String uid = stage.uid();
    inputCol =
        NewParam.text(uid, "inputCol", "column to normalize: a vector, an array or a number");
    outputCol = NewParam.text(uid, "outputCol", "column of the normalized values");
    inputCols = new StringArrayParam(stage, "inputCols", "columns of numbers to normalize");
    outputCols =
        new StringArrayParam(stage, "outputCols", "columns of the normalized values, in order");
    method =
        NewParam.oneOf(
            uid,
            "method",
            "how values are normalized",
            METHODS.stream().map(Kind::written).toList());
    eps =
        new DoubleParam(
            uid, "eps", "added to the variance by batch-norm (>= 0)", ParamValidators.gtEq(0));
    center = new BooleanParam(uid, "center", "whether batch-norm subtracts the mean");
    scale = new BooleanParam(uid, "scale", "whether batch-norm divides by the deviation");
    gamma = new DoubleArrayParam(stage, "gamma", "factors of the normalized features");
    beta = new DoubleArrayParam(stage, "beta", "added to the features after gamma");
    min = new DoubleParam(uid, "min", "lower end of the range of min-max");
    max = new DoubleParam(uid, "max", "upper end of the range of min-max");
    handleInvalid =
        NewParam.oneOf(
            uid,
            "handleInvalid",
            "what becomes of null, NaN and infinities: error, skip (drop the row), keep (the value"
                + " as it is) or mean (what the mean becomes)",
            List.of(ERROR, SKIP, KEEP, MEAN));
    weightCol = NewParam.text(uid, "weightCol", "column of the rows' weights in the statistics");
    groupCol =
        NewParam.text(uid, "groupCol", "column of the groups that have statistics of their own");
    handleUnseenGroup =
        NewParam.oneOf(
            uid,
            "handleUnseenGroup",
            "what becomes of rows of a group without statistics: error, keep (as they are) or"
                + " global (normalized with the statistics of all groups)",
            List.of(ERROR, KEEP, GLOBAL));
  }

  /** Sets the defaults, which Spark keeps in the stage. */
  void setDefaults(NormalizerParams stage) {
    stage.setDefault(outputCol, stage.uid() + "__output");
    stage.setDefault(method, Kind.BATCH_NORM.written());
    stage.setDefault(eps, Kind.BATCH_NORM.method().eps());
    stage.setDefault(center, true);
    stage.setDefault(scale, true);
    stage.setDefault(min, Kind.MIN_MAX.method().range().get(0));
    stage.setDefault(max, Kind.MIN_MAX.method().range().get(1));
    stage.setDefault(handleInvalid, ERROR);
    stage.setDefault(handleUnseenGroup, ERROR);
  }
}
