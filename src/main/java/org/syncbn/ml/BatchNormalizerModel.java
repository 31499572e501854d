package org.syncbn.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SizeEstimator;
import org.syncbn.api.FittedNormalizer;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.SavedMethod;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.Features;
import org.syncbn.spark.GroupScalings;
import org.syncbn.spark.GroupTransform;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Group;
import org.syncbn.sums.Moments;

/**
 * Normalizes features with the exact statistics that {@link BatchNormalizer} found, on tables and
 * on streams.
 *
 * <p>The statistics do not change; params may, up to {@link #transform}. As all stages of Spark,
 * for one thread at a time.
 */
public final class BatchNormalizerModel extends Model<BatchNormalizerModel>
    implements NormalizerParams, MLWritable {

  private static final long serialVersionUID = 1L;

  private final String uid;
  private final NormalizerParamSet params;
  private final BooleanParam inverted;
  private final SavedStatistics statistics; // null in a model without any

  /** A model without statistics, which cannot transform: Spark makes one to see what it is. */
  public BatchNormalizerModel() {
    this(Identifiable.randomUID("batchNorm"));
  }

  /** A model without statistics, which cannot transform: Spark makes one to see what it is. */
  public BatchNormalizerModel(String uid) {
    this(uid, null);
  }

  BatchNormalizerModel(String uid, SavedStatistics statistics) {
    this.uid = uid;
    this.statistics = statistics;
    params = new NormalizerParamSet(this);
    inverted = new BooleanParam(uid, "inverted", "whether normalized values are taken back to raw");
    params.setDefaults(this);
    setDefault(inverted, false);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public NormalizerParamSet paramSet() {
    return params;
  }

  /** Whether the model takes normalized values back to raw ones; see {@link #inverse}. */
  public BooleanParam inverted() {
    return inverted;
  }

  /** See {@link #inverted}. */
  public boolean getInverted() {
    return (boolean) getOrDefault(inverted);
  }

  /** Sets {@link #inputCol}. */
  public BatchNormalizerModel setInputCol(String value) {
    set(inputCol(), value);
    return this;
  }

  /** Sets {@link #outputCol}. */
  public BatchNormalizerModel setOutputCol(String value) {
    set(outputCol(), value);
    return this;
  }

  /** Sets {@link #inputCols}. */
  public BatchNormalizerModel setInputCols(String... value) {
    set(inputCols(), value);
    return this;
  }

  /** Sets {@link #outputCols}. */
  public BatchNormalizerModel setOutputCols(String... value) {
    set(outputCols(), value);
    return this;
  }

  /** Sets {@link #eps}. */
  public BatchNormalizerModel setEps(double value) {
    set(eps(), value);
    return this;
  }

  /** Sets {@link #gamma}. */
  public BatchNormalizerModel setGamma(double... value) {
    set(gamma(), value);
    return this;
  }

  /** Sets {@link #beta}. */
  public BatchNormalizerModel setBeta(double... value) {
    set(beta(), value);
    return this;
  }

  /** Sets {@link #handleInvalid}. */
  public BatchNormalizerModel setHandleInvalid(String value) {
    set(handleInvalid(), value);
    return this;
  }

  /** Sets {@link #handleUnseenGroup}. */
  public BatchNormalizerModel setHandleUnseenGroup(String value) {
    set(handleUnseenGroup(), value);
    return this;
  }

  private SavedStatistics saved() {
    if (statistics == null) {
      throw new DataException(
          "This BatchNormalizerModel has no statistics; fit a BatchNormalizer, or load a model.");
    }
    return statistics;
  }

  /** The number of features. */
  public int numFeatures() {
    return saved().names().size();
  }

  /**
   * The rows with the normalized values behind them. Lazy; works on streams.
   *
   * @throws DataException if a column is not there, or of another type or length
   */
  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    StructType appended = transformSchema(data.schema());
    Dataset<Row> rows = data.toDF();
    NormalizerColumns columns = NormalizerColumns.of(this);
    List<String> names = columns.inputs().featureNames(rows.schema(), numFeatures());
    Features features = Features.ofFeatures(rows, names);
    boolean skips = getHandleInvalid().equals(NormalizerParamSet.SKIP);
    Dataset<Row> kept = skips ? NormalizerColumns.complete(rows, features) : rows;
    return GroupTransform.normalize(
        columns.withCopies(kept, features, appended),
        features.copies(rows.columns().length, ""),
        saved().by(),
        scalings(names),
        missingValues());
  }

  @Override
  public StructType transformSchema(StructType schema) {
    Optional<Integer> width = Optional.of(numFeatures());
    normalizationMethod();
    StructType appended = NormalizerColumns.of(this).appendedTo(schema, width);
    saved().by().forEach(name -> Features.ordinal(schema.fields(), name));
    return appended;
  }

  /** Fails where a feature has no value at all, or gamma or beta have another length. */
  void requireValues() {
    if (saved().groups().groups().isEmpty()) {
      throw new DataException("The data have no rows, so they have no statistics.");
    }
    scalings(saved().names());
  }

  private GroupScalings scalings(List<String> names) {
    SavedStatistics named =
        new SavedStatistics(names, saved().by(), saved().groups(), saved().quartiles());
    FittedNormalizer fitted = BatchNormalizer.normalizer(this).with(named);
    if (getInverted()) { // as a param too, which Spark Connect can set
      requireGammaKeepsValues();
    }
    GroupScalings scalings =
        (getInverted() ? fitted.inverse() : fitted)
            .scalings(names)
            .with(scaling -> scaling.withSteps(getCenter(), getScale()));
    if (!isDefined(gamma()) && !isDefined(beta())) {
      return scalings;
    }
    double[] gammas = given(gamma(), 1);
    double[] betas = given(beta(), 0);
    return scalings.with(scaling -> scaling.thenAffine(gammas, betas));
  }

  private double[] given(DoubleArrayParam param, double fallback) {
    double[] values = new double[numFeatures()];
    Arrays.fill(values, fallback);
    if (isDefined(param)) {
      values = getOrDefault(param);
    }
    if (values.length != numFeatures()) {
      throw new DataException(
          "%s has %d values, but there are %d features; give one for each."
              .formatted(param.name(), values.length, numFeatures()));
    }
    return values;
  }

  /**
   * The statistics as a table, a row for each feature, and for each group if there are any: {@code
   * feature}, {@code group}, {@code count}, {@code missing}, {@code mean}, {@code
   * populationVariance}, {@code sampleVariance}, {@code min}, {@code max}. Texts of a group of
   * several columns are joined by commas.
   */
  public Dataset<Row> statistics() {
    boolean grouped = !saved().by().isEmpty();
    StructType schema = new StructType().add("feature", DataTypes.StringType, false);
    if (grouped) {
      schema = schema.add("group", DataTypes.StringType);
    }
    schema =
        schema.add("count", DataTypes.LongType, false).add("missing", DataTypes.LongType, false);
    for (String name : List.of("mean", "populationVariance", "sampleVariance", "min", "max")) {
      schema = schema.add(name, DataTypes.DoubleType, false);
    }
    List<Row> rows = new ArrayList<>();
    saved()
        .groups()
        .groups()
        .forEach(
            (group, sums) -> {
              List<Moments> moments = sums.moments();
              for (int i = 0; i < moments.size(); i++) {
                Moments of = moments.get(i);
                List<Object> values = new ArrayList<>();
                values.add(saved().names().get(i));
                if (grouped) {
                  values.add(text(group));
                }
                values.addAll(
                    List.of(
                        of.count(),
                        of.missing(),
                        of.mean(),
                        of.populationVariance(),
                        of.sampleVariance(),
                        of.min(),
                        of.max()));
                rows.add(RowFactory.create(values.toArray()));
              }
            });
    return SparkSession.active().createDataFrame(rows, schema);
  }

  private static String text(Group group) {
    List<Optional<String>> texts = group.texts().toList();
    return texts.size() == 1
        ? texts.get(0).orElse(null)
        : String.join(", ", texts.stream().map(text -> text.orElse("null")).toList());
  }

  /**
   * A model with the params of this one and the statistics of both, as if they had been found in
   * one pass: the same bits.
   *
   * @throws DataException if they are of other features or groups, one is weighted and the other is
   *     not, or they hold quartiles
   */
  public BatchNormalizerModel merge(BatchNormalizerModel other) {
    return mergedWith(other.saved());
  }

  /** A model with the statistics of further rows too, found as the params say. */
  public BatchNormalizerModel update(Dataset<?> data) {
    requireNotInverted("updated");
    return mergedWith(BatchNormalizer.statistics(this, data.toDF()));
  }

  private BatchNormalizerModel mergedWith(SavedStatistics other) {
    if (normalizationMethod().kind() == Kind.ROBUST) {
      throw new DataException(
          "Statistics for the method robust cannot be merged: quartiles of parts cannot be"
              + " combined.");
    }
    try {
      return with(uid, saved().mergedWith(other));
    } catch (FileFormatException e) {
      throw new DataException("The statistics cannot be merged: %s.".formatted(e.getMessage()));
    }
  }

  private BatchNormalizerModel with(String newUid, SavedStatistics newStatistics) {
    return copyValues(new BatchNormalizerModel(newUid, newStatistics), ParamMap.empty());
  }

  /**
   * A model that takes normalized values back to raw ones: from this model's output columns to new
   * ones, named as the params of the result say (set {@code outputCol} or {@code outputCols}). What
   * min-max moved to an end of its range stays there.
   *
   * @throws DataException if a gamma is 0, which loses the value
   */
  public BatchNormalizerModel inverse() {
    requireNotInverted("inverted");
    requireGammaKeepsValues();
    BatchNormalizerModel inverse = with(Identifiable.randomUID("batchNorm"), saved());
    inverse.set(inverse.inverted, true);
    inverse.clear(inverse.outputCol());
    inverse.clear(inverse.outputCols());
    return isSet(inputCols())
        ? inverse.setInputCols(getOutputCols())
        : inverse.setInputCol(getOutputCol());
  }

  private void requireGammaKeepsValues() {
    if (isDefined(gamma()) && Arrays.stream(getGamma()).anyMatch(value -> value == 0)) {
      throw new DataException("A gamma is 0, so raw values cannot be restored.");
    }
  }

  private void requireNotInverted(String verb) {
    if (getInverted()) {
      throw new DataException(
          "This model takes normalized values back, so it cannot be %s; use the one it was made from."
              .formatted(verb));
    }
  }

  /**
   * A model of raw features that predicts what {@code model} predicts of normalized ones, but for
   * rounding: its {@code featuresCol} is this model's {@code inputCol}.
   *
   * @throws DataException if rows are normalized by groups, or by min-max, whose clipping is not
   *     linear
   */
  public LogisticRegressionModel fold(LogisticRegressionModel model) {
    return fold().into(model);
  }

  /** As {@link #fold(LogisticRegressionModel)}. */
  public LinearRegressionModel fold(LinearRegressionModel model) {
    return fold().into(model);
  }

  private LinearFold fold() {
    requireNotInverted("folded");
    if (!saved().by().isEmpty()) {
      throw new DataException(
          "Rows are normalized by groups, so no single model of raw features predicts the same.");
    }
    if (normalizationMethod().kind().hasRange()) {
      throw new DataException(
          "min-max moves values beyond its range to an end, so no linear model of raw features"
              + " predicts the same.");
    }
    return new LinearFold(
        scalings(saved().names()).ofGroups().get(Group.ALL),
        given(gamma(), 1),
        given(beta(), 0),
        get(inputCol()).isDefined() ? Optional.of(getInputCol()) : Optional.empty());
  }

  /**
   * Writes the statistics file that {@code jobs/normalize --apply} and {@link #fromStatistics}
   * read. It says the method, {@code eps}, {@code center} and the range; {@code gamma}, {@code
   * beta} and {@code scale = false} are not in it.
   *
   * @param path of the file, which is replaced; without a scheme on the default file system
   */
  public void saveStatistics(String path) {
    NormalizationMethod method = normalizationMethod();
    NormalizationMethod written =
        getCenter() ? method : Kind.UNIT_VARIANCE.method().withEps(getEps());
    String json = saved().with(written.saved(ConstantColumns.ZERO)).json();
    StatisticsText.write(path, json, configuration());
  }

  /**
   * A model with the statistics of a file that {@code jobs/normalize} or {@link #saveStatistics}
   * wrote, and with their method. {@code inputCol} or {@code inputCols} are set from the names of
   * the features; for several columns {@code outputCols} is to be set.
   *
   * @throws DataException if there is no such file, it is not a statistics file, or was found for a
   *     method that this stage does not have
   */
  public static BatchNormalizerModel fromStatistics(String path) {
    SavedStatistics statistics = StatisticsText.statistics(path, configuration());
    BatchNormalizerModel model =
        new BatchNormalizerModel(Identifiable.randomUID("batchNorm"), statistics);
    statistics.method().ifPresent(method -> model.adopt(method, path));
    List<String> names = statistics.names();
    String block = FeatureColumn.ofBlockFeature(names.get(0));
    long inBlocks =
        names.stream().filter(name -> !FeatureColumn.ofBlockFeature(name).equals(name)).count();
    if (inBlocks == 0) {
      model.setInputCols(names.toArray(String[]::new));
    } else if (names.stream().allMatch(name -> FeatureColumn.ofBlockFeature(name).equals(block))) {
      model.setInputCol(block);
    } else {
      throw new DataException(
          "%s has statistics of several columns, among them vectors or arrays; this stage normalizes one such column, or several of numbers."
              .formatted(path));
    }
    return model;
  }

  private void adopt(SavedMethod saved, String path) {
    NormalizationMethod found =
        NormalizationMethod.of(saved)
            .filter(method -> !saved.keepsConstants())
            .orElseThrow(
                () ->
                    new DataException(
                        "%s was found for a way to normalize that this stage does not have (%s%s)."
                            .formatted(
                                path,
                                saved.name(),
                                saved.keepsConstants() ? ", constants kept" : "")));
    boolean centers = found.kind() != Kind.UNIT_VARIANCE;
    set(center(), centers);
    set(method(), (centers ? found.kind() : Kind.BATCH_NORM).written());
    if (found.kind().hasEps()) {
      set(eps(), found.eps());
    }
    if (found.kind().hasRange()) {
      set(min(), found.range().get(0));
      set(max(), found.range().get(1));
    }
  }

  private static Configuration configuration() {
    return SparkSession.active().sparkContext().hadoopConfiguration();
  }

  /** The bytes that the model takes in memory, which Spark Connect counts. */
  public long estimatedSize() {
    return SizeEstimator.estimate(saved().groups());
  }

  @Override
  public BatchNormalizerModel copy(ParamMap extra) {
    BatchNormalizerModel copy = new BatchNormalizerModel(uid, statistics);
    return copyValues(copy, extra).setParent(parent());
  }

  @Override
  public MLWriter write() {
    return new NormalizerModelWriter(this, saved());
  }

  /** Reads models that were saved. */
  public static MLReader<BatchNormalizerModel> read() {
    return new NormalizerModelReader();
  }

  /** Reads a model that was saved. */
  public static BatchNormalizerModel load(String path) {
    return read().load(path);
  }

  @Override
  public String toString() {
    return "BatchNormalizerModel: uid=%s, method=%s, numFeatures=%s"
        .formatted(uid, getMethod(), statistics == null ? 0 : numFeatures());
  }
}
