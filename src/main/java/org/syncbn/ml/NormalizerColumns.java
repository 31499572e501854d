package org.syncbn.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.attribute.NumericAttribute;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;

/**
 * The columns that a stage reads and those that it adds.
 *
 * @param inputs the columns to normalize
 * @param outputs names of the columns of their normalized values, in the same order
 */
record NormalizerColumns(InputColumns inputs, List<String> outputs) {

  private static final String INPUT_COL = "inputCol";

  /** The columns that the params name. */
  static NormalizerColumns of(NormalizerParams params) {
    boolean single = params.isSet(params.inputCol());
    boolean several = params.isSet(params.inputCols());
    if (single == several) {
      throw new DataException(
          single
              ? "Both inputCol and inputCols are set; set one of them."
              : "Neither inputCol nor inputCols is set; name the columns to normalize.");
    }
    if (single) {
      if (params.isSet(params.outputCols())) {
        throw new DataException("outputCols belongs to inputCols; with inputCol, set outputCol.");
      }
      return new NormalizerColumns(
          InputColumns.single(INPUT_COL, params.getInputCol()), List.of(params.getOutputCol()));
    }
    if (params.isSet(params.outputCol())) {
      throw new DataException("outputCol belongs to inputCol; with inputCols, set outputCols.");
    }
    if (!params.isSet(params.outputCols())) {
      throw new DataException("outputCols is not set; name a column for each of inputCols.");
    }
    List<String> inputs = List.of(params.getInputCols());
    List<String> outputs = List.of(params.getOutputCols());
    if (inputs.isEmpty() || inputs.size() != outputs.size()) {
      throw new DataException(
          "There are %d inputCols and %d outputCols; name one output for each input."
              .formatted(inputs.size(), outputs.size()));
    }
    return new NormalizerColumns(InputColumns.several(INPUT_COL, inputs), outputs);
  }

  /**
   * The schema with the new columns.
   *
   * @param width the number of features, where it is known
   */
  StructType appendedTo(StructType schema, Optional<Integer> width) {
    List<FeatureColumn> columns = inputs.in(schema, width);
    StructType appended = schema;
    for (int i = 0; i < columns.size(); i++) {
      FeatureColumn column = columns.get(i);
      if (Arrays.asList(appended.fieldNames()).contains(outputs.get(i))) {
        throw new DataException(
            "There is a column '%s' already; name another output column."
                .formatted(outputs.get(i)));
      }
      StructField field = schema.fields()[column.ordinal()];
      appended = appended.add(output(outputs.get(i), field, column, width));
    }
    return appended;
  }

  private static StructField output(
      String name, StructField input, FeatureColumn column, Optional<Integer> width) {
    StructField plain = new StructField(name, column.normalizedType(), true, input.metadata());
    if (!input.dataType().equals(SQLDataTypes.VectorType())) {
      return plain;
    }
    AttributeGroup group = AttributeGroup.fromStructField(input);
    if (group.attributes().isEmpty()) {
      int size = group.size() == -1 ? width.orElse(-1) : group.size();
      return size == -1 ? plain : new AttributeGroup(name, size).toStructField();
    }
    Attribute[] attributes =
        Arrays.stream(group.attributes().get())
            .map(
                attribute ->
                    attribute.name().isEmpty()
                        ? NumericAttribute.defaultAttr()
                        : NumericAttribute.defaultAttr().withName(attribute.name().get()))
            .toArray(Attribute[]::new);
    return new AttributeGroup(name, attributes).toStructField();
  }

  /** The features of rows to fit; finds out how long blocks are. */
  Features features(Dataset<Row> rows) {
    return inputs.isSingle()
        ? Features.of(rows, FeatureSelection.named(inputs.names()))
        : Features.ofFeatures(rows, inputs.names());
  }

  /**
   * The rows with a copy of each feature column behind them, to be normalized.
   *
   * @param appended the schema with the new columns
   */
  Dataset<Row> withCopies(Dataset<Row> rows, Features features, StructType appended) {
    List<Column> columns = new ArrayList<>(ClassicDataset.columnsOf(rows));
    int first = columns.size();
    for (FeatureColumn column : features.columns()) {
      StructField output = appended.fields()[columns.size()];
      columns.add(column.in(columns.subList(0, first)).as(output.name(), output.metadata()));
    }
    return rows.select(columns.toArray(Column[]::new));
  }

  /** The rows in which no feature is null, NaN or infinite. */
  static Dataset<Row> complete(Dataset<Row> rows, Features features) {
    List<Column> all = ClassicDataset.columnsOf(rows);
    return rows.where(
        features.columns().stream()
            .map(column -> isComplete(column, column.in(all)))
            .reduce(Column::and)
            .orElseThrow());
  }

  private static Column isComplete(FeatureColumn column, Column value) {
    if (!column.isBlock()) {
      return isFinite(value.cast(DataTypes.DoubleType));
    } else if (column.dataType() instanceof ArrayType) {
      return functions.forall(value, NormalizerColumns::isFinite);
    }
    UDF1<Object, Boolean> allFinite = NormalizerColumns::allFinite;
    return functions.udf(allFinite, DataTypes.BooleanType).apply(value);
  }

  private static Column isFinite(Column number) {
    // NaN is greater than any number in Spark's order.
    return functions.coalesce(functions.abs(number).leq(Double.MAX_VALUE), functions.lit(false));
  }

  private static boolean allFinite(Object vector) {
    double[] values =
        vector == null
            ? new double[] {Double.NaN}
            : vector instanceof Vector v
                ? stored(v)
                : ((org.apache.spark.mllib.linalg.Vector) vector).toArray();
    return Arrays.stream(values).allMatch(Double::isFinite);
  }

  private static double[] stored(Vector vector) {
    return vector instanceof org.apache.spark.ml.linalg.SparseVector sparse
        ? sparse.values()
        : vector.toArray();
  }
}
