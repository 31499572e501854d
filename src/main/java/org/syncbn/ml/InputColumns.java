package org.syncbn.ml;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.DataException;

/**
 * The columns of features that a stage reads: one, which may hold vectors or arrays, or several of
 * numbers.
 *
 * @param param that names a single column, or would name it
 * @param names of the columns
 * @param isSingle whether there is one column, which may hold blocks
 */
record InputColumns(String param, List<String> names, boolean isSingle) {

  private static final String SEVERAL = "inputCols";

  /** One column. */
  static InputColumns single(String param, String name) {
    return new InputColumns(param, List.of(name), true);
  }

  /** Several columns of numbers, in the place of one that another param names. */
  static InputColumns several(String param, List<String> names) {
    return new InputColumns(param, names, false);
  }

  /**
   * The columns in a schema; blocks as if they had one feature.
   *
   * @param width the number of features, where it is known
   * @throws DataException if one is not there, or of another type or length
   */
  List<FeatureColumn> in(StructType schema, Optional<Integer> width) {
    StructField[] fields = schema.fields();
    List<FeatureColumn> columns = new ArrayList<>();
    for (String name : names) {
      int ordinal = Features.ordinal(fields, name);
      StructField field = fields[ordinal];
      FeatureColumn column = new FeatureColumn(name, ordinal, List.of(), field.dataType(), 1);
      if (column.isBlock() && !isSingle) {
        throw new DataException(
            "Column '%s' of inputCols is %s; inputCols are numbers, %s may be a vector or an array."
                .formatted(name, field.dataType().simpleString(), param));
      }
      width.ifPresent(features -> requireWidth(field, column, features));
      columns.add(column);
    }
    return columns;
  }

  private void requireWidth(StructField field, FeatureColumn column, int features) {
    int declared =
        field.dataType().equals(SQLDataTypes.VectorType())
            ? AttributeGroup.fromStructField(field).size()
            : -1;
    int found = column.isBlock() ? declared : names.size();
    if (found != -1 && found != features) {
      throw new DataException(
          "%s has %d features, but the model was fitted to %d."
              .formatted(
                  isSingle ? "Column '%s'".formatted(column.name()) : SEVERAL, found, features));
    }
  }

  /** The names of the given number of features. */
  List<String> featureNames(StructType schema, int width) {
    FeatureColumn first = in(schema, Optional.empty()).get(0);
    return first.isBlock()
        ? IntStream.range(0, width).mapToObj(i -> first.name() + "[" + i + "]").toList()
        : names;
  }
}
