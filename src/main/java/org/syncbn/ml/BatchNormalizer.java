package org.syncbn.ml;

import java.util.Optional;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.syncbn.api.FittedNormalizer;
import org.syncbn.api.Normalizer;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.Features;

/**
 * Normalizes features with exact statistics, as a pipeline stage that replaces {@code
 * StandardScaler}, {@code MinMaxScaler}, {@code MaxAbsScaler} or {@code RobustScaler}.
 *
 * <pre>{@code
 * BatchNormalizerModel model =
 *     new BatchNormalizer().setInputCol("features").setOutputCol("normalized").fit(rows);
 * Dataset<Row> normalized = model.transform(rows);
 * }</pre>
 *
 * <p>The fit is one pass (quartiles need further ones); its result has the same bits for any number
 * of partitions and any order of rows. As all stages of Spark, for one thread at a time.
 */
public final class BatchNormalizer extends Estimator<BatchNormalizerModel>
    implements NormalizerParams, DefaultParamsWritable {

  private static final long serialVersionUID = 1L;

  private final String uid;
  private final NormalizerParamSet params;

  /** A stage with a random uid. */
  public BatchNormalizer() {
    this(Identifiable.randomUID("batchNorm"));
  }

  /** A stage with a uid that differs from those of other stages. */
  public BatchNormalizer(String uid) {
    this.uid = uid;
    params = new NormalizerParamSet(this);
    params.setDefaults(this);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public NormalizerParamSet paramSet() {
    return params;
  }

  /** Sets {@link #inputCol}. */
  public BatchNormalizer setInputCol(String value) {
    set(inputCol(), value);
    return this;
  }

  /** Sets {@link #outputCol}. */
  public BatchNormalizer setOutputCol(String value) {
    set(outputCol(), value);
    return this;
  }

  /** Sets {@link #inputCols}. */
  public BatchNormalizer setInputCols(String... value) {
    set(inputCols(), value);
    return this;
  }

  /** Sets {@link #outputCols}. */
  public BatchNormalizer setOutputCols(String... value) {
    set(outputCols(), value);
    return this;
  }

  /** Sets {@link #method}. */
  public BatchNormalizer setMethod(String value) {
    set(method(), value);
    return this;
  }

  /** Sets {@link #eps}. */
  public BatchNormalizer setEps(double value) {
    set(eps(), value);
    return this;
  }

  /** Sets {@link #center}. */
  public BatchNormalizer setCenter(boolean value) {
    set(center(), value);
    return this;
  }

  /** Sets {@link #scale}. */
  public BatchNormalizer setScale(boolean value) {
    set(scale(), value);
    return this;
  }

  /** Sets {@link #gamma}. */
  public BatchNormalizer setGamma(double... value) {
    set(gamma(), value);
    return this;
  }

  /** Sets {@link #beta}. */
  public BatchNormalizer setBeta(double... value) {
    set(beta(), value);
    return this;
  }

  /** Sets {@link #min}. */
  public BatchNormalizer setMin(double value) {
    set(min(), value);
    return this;
  }

  /** Sets {@link #max}. */
  public BatchNormalizer setMax(double value) {
    set(max(), value);
    return this;
  }

  /** Sets {@link #handleInvalid}. */
  public BatchNormalizer setHandleInvalid(String value) {
    set(handleInvalid(), value);
    return this;
  }

  /** Sets {@link #weightCol}. */
  public BatchNormalizer setWeightCol(String value) {
    set(weightCol(), value);
    return this;
  }

  /** Sets {@link #groupCol}. */
  public BatchNormalizer setGroupCol(String value) {
    set(groupCol(), value);
    return this;
  }

  /** Sets {@link #handleUnseenGroup}. */
  public BatchNormalizer setHandleUnseenGroup(String value) {
    set(handleUnseenGroup(), value);
    return this;
  }

  /**
   * Finds the statistics of {@code data}.
   *
   * @throws org.syncbn.spark.files.DataException if a column is not there or of another type, the
   *     data cannot be read, all values of a feature are missing, or {@link #handleInvalid} is
   *     {@code error} and some are
   */
  @Override
  public BatchNormalizerModel fit(Dataset<?> data) {
    transformSchema(data.schema());
    SavedStatistics statistics = statistics(this, data.toDF());
    BatchNormalizerModel model =
        copyValues(new BatchNormalizerModel(uid, statistics), ParamMap.empty());
    model.requireValues();
    return model.setParent(this);
  }

  /** The statistics of rows, found as the params of a stage say. */
  static SavedStatistics statistics(NormalizerParams params, Dataset<Row> rows) {
    NormalizerColumns columns = NormalizerColumns.of(params);
    Features features = columns.features(rows);
    Dataset<Row> counted =
        params.getHandleInvalid().equals(NormalizerParamSet.SKIP)
            ? NormalizerColumns.complete(rows, features)
            : rows;
    FittedNormalizer fitted = normalizer(params).fit(counted, features);
    return fitted.statistics();
  }

  /** The request that the params stand for. */
  static Normalizer normalizer(NormalizerParams params) {
    Normalizer request =
        Normalizer.of(params.normalizationMethod())
            .with(params.missingValues())
            .with(params.unseenGroups());
    if (params.isDefined(params.weightCol())) {
      request = request.withWeight(params.getWeightCol());
    }
    return params.isDefined(params.groupCol()) ? request.by(params.getGroupCol()) : request;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    normalizationMethod();
    return NormalizerColumns.of(this).appendedTo(schema, Optional.empty());
  }

  @Override
  public BatchNormalizer copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Reads stages that were saved. */
  public static MLReader<BatchNormalizer> read() {
    return new DefaultParamsReader<>();
  }

  /** Reads a stage that was saved. */
  public static BatchNormalizer load(String path) {
    return read().load(path);
  }
}
