package org.syncbn.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;

/**
 * The columns that a stage of networks reads.
 *
 * @param features to predict from
 * @param label to predict
 * @param weight of the rows
 * @param validation whether a row is held out
 */
record NetworkColumns(
    InputColumns features, String label, Optional<String> weight, Optional<String> validation) {

  private static final String FEATURES_COL = "featuresCol";

  /** The columns that the params name. */
  static NetworkColumns of(NetworkParams params) {
    boolean several = params.isDefined(params.inputCols());
    if (several && params.getInputCols().length == 0) {
      throw new DataException("inputCols is empty; name the columns to predict from.");
    }
    return new NetworkColumns(
        several
            ? InputColumns.several(FEATURES_COL, List.of(params.getInputCols()))
            : InputColumns.single(FEATURES_COL, params.getFeaturesCol()),
        params.getLabelCol(),
        params.isDefined(params.weightCol())
            ? Optional.of(params.getWeightCol())
            : Optional.empty(),
        params.isDefined(params.validationIndicatorCol())
            ? Optional.of(params.getValidationIndicatorCol())
            : Optional.empty());
  }

  /**
   * Checks that all columns are there and of types that can be trained on.
   *
   * @throws DataException in a sentence, if one is not
   */
  void checkForTraining(StructType schema) {
    features.in(schema, Optional.empty());
    requireNumber(schema, label, "the label");
    weight.ifPresent(name -> requireNumber(schema, name, "the weight"));
    validation.ifPresent(
        name -> {
          StructField field = field(schema, name);
          if (!(field.dataType() instanceof BooleanType)) {
            throw new DataException(
                "Column '%s' is %s; the validation indicator must be boolean."
                    .formatted(name, field.dataType().simpleString()));
          }
        });
  }

  private static void requireNumber(StructType schema, String name, String role) {
    StructField field = field(schema, name);
    if (!(field.dataType() instanceof NumericType)) {
      throw new DataException(
          "Column '%s' is %s; %s must be a number%s."
              .formatted(
                  name,
                  field.dataType().simpleString(),
                  role,
                  role.equals("the label") ? " (StringIndexer numbers texts)" : ""));
    }
  }

  static StructField field(StructType schema, String name) {
    return schema.fields()[Features.ordinal(schema.fields(), name)];
  }

  /** The training rows, with no other columns than those that training reads. */
  Dataset<Row> training(Dataset<Row> rows) {
    return read(rows, false);
  }

  /** The rows that are held out, if a column says which. */
  Optional<Dataset<Row>> validation(Dataset<Row> rows) {
    return validation.map(name -> read(rows, true));
  }

  private Dataset<Row> read(Dataset<Row> rows, boolean heldOut) {
    StructField[] fields = rows.schema().fields();
    List<Column> all = ClassicDataset.columnsOf(rows);
    List<String> names = new ArrayList<>(features.names());
    names.add(label);
    weight.ifPresent(names::add);
    Dataset<Row> kept =
        validation
            .map(name -> all.get(Features.ordinal(fields, name)))
            .map(column -> rows.where(heldOut ? column : column.unary_$bang()))
            .orElse(rows);
    return kept.select(
        names.stream().map(name -> all.get(Features.ordinal(fields, name))).toArray(Column[]::new));
  }

  /**
   * The features of rows for a model.
   *
   * @param width how many it has
   */
  Features features(Dataset<Row> rows, int width) {
    return Features.ofFeatures(rows, features.featureNames(rows.schema(), width));
  }

  /**
   * A schema with further columns.
   *
   * @throws DataException if it has one of them already
   */
  static StructType appended(StructType schema, StructType columns) {
    StructType appended = schema;
    for (StructField column : columns.fields()) {
      if (Arrays.stream(appended.fieldNames()).anyMatch(column.name()::equalsIgnoreCase)) {
        throw new DataException(
            "There is a column '%s' already; name another output column.".formatted(column.name()));
      }
      appended = appended.add(column);
    }
    return appended;
  }
}
