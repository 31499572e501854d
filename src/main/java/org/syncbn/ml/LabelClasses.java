package org.syncbn.ml;

import java.util.OptionalInt;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.BinaryAttribute;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;

/** Finds the number of classes from the labels. */
final class LabelClasses {

  /** More are numbers to predict rather than classes. */
  private static final int MOST = 1000;

  private LabelClasses() {}

  /** What the metadata of the column says, or the greatest label and one. */
  static int count(Dataset<Row> rows, String label) {
    StructField[] fields = rows.schema().fields();
    int ordinal = Features.ordinal(fields, label);
    OptionalInt declared = declared(fields[ordinal]);
    return declared.isPresent()
        ? declared.getAsInt()
        : found(rows, ClassicDataset.columnsOf(rows).get(ordinal), label);
  }

  private static OptionalInt declared(StructField field) {
    Attribute attribute = Attribute.fromStructField(field);
    if (attribute instanceof BinaryAttribute) {
      return OptionalInt.of(2);
    }
    return attribute instanceof NominalAttribute nominal && nominal.getNumValues().isDefined()
        ? OptionalInt.of((int) nominal.getNumValues().get())
        : OptionalInt.empty();
  }

  private static int found(Dataset<Row> rows, Column label, String name) {
    Column number = label.cast(DataTypes.DoubleType);
    Column wrong =
        functions.when(
            functions.not(
                number.geq(0).and(number.lt(MOST)).and(number.equalTo(functions.floor(number)))),
            number);
    Row found;
    try {
      found = rows.agg(functions.max(wrong), functions.max(number)).head();
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
    if (!found.isNullAt(0)) {
      throw new DataException(
          "Column '%s' has the label %s; number the classes 0, 1, 2, ... (at most %d without a network)."
              .formatted(name, found.get(0), MOST));
    }
    if (found.isNullAt(1)) {
      throw new DataException("Column '%s' has no label.".formatted(name));
    }
    return Math.max(2, (int) found.getDouble(1) + 1);
  }
}
