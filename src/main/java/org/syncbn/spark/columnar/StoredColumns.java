package org.syncbn.spark.columnar;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowTarget;

/** Columns of types that Spark lacks, for those who cannot write them as they are stored. */
final class StoredColumns {

  private StoredColumns() {}

  /**
   * The table with these columns in forms that the wanted output has: numbers of 16 bits as floats
   * where they are features or not written to Parquet, and for other formats than Parquet all
   * others as texts that say the same. What has no such form is left out with a note.
   */
  static InputTable shown(InputTable table, ReadOptions options) {
    RowTarget target = options.target();
    boolean isWritten = !(target instanceof RowTarget.None);
    boolean toText = isWritten && !target.isFilesOf(DataFormat.PARQUET);
    boolean toOthers = isWritten && !target.isFilesOf(DataFormat.ORC);
    StructField[] fields = table.rows().schema().fields();
    List<Column> found = ClassicDataset.columnsOf(table.rows());
    List<Column> shown = new ArrayList<>();
    List<String> notes = new ArrayList<>(table.notes());
    boolean same = true;
    for (int i = 0; i < fields.length; i++) {
      StructField field = fields[i];
      Optional<StoredType> stored = StoredType.of(field);
      boolean isFloat16 =
          stored.filter(s -> s.isType(Float16LogicalTypeAnnotation.class)).isPresent();
      boolean isNamed = options.selection().named().contains(field.name());
      Column column = found.get(i);
      if (isFloat16 && (toText || isNamed)) {
        column = as(functions.udf(new StoredText.OfFloat16(), DataTypes.FloatType), column, field);
      } else if (StoredType.isNull(field) && (toText || isNamed)) {
        column =
            functions
                .lit(null)
                .cast(isNamed ? DataTypes.DoubleType : DataTypes.StringType)
                .as(field.name());
      } else if (toText && stored.isPresent() && !stored.get().isBytesOrText()) {
        Optional<StoredText> text = StoredText.of(stored.get());
        if (text.isEmpty()) {
          notes.add(
              "Column '%s' is %s, which the output cannot hold; it is left out."
                  .formatted(field.name(), stored.get()));
          same = false;
          continue;
        }
        notes.add(
            "Column '%s' is %s; it is written as text.".formatted(field.name(), stored.get()));
        column = as(functions.udf(text.get(), DataTypes.StringType), column, field);
      } else if (target.isFilesOf(DataFormat.ORC)
          && !OrcFooter.isLocal(field)
          && !OrcTimes.local(field.dataType()).equals(field.dataType())) {
        notes.add(
            "Column '%s' holds instants; they are written to ORC as timestamps in UTC."
                .formatted(field.name()));
      } else if (toOthers && OrcFooter.isLocal(field)) {
        column = column.cast(OrcTimes.local(field.dataType())).as(field.name());
      }
      same &= column == found.get(i);
      shown.add(column);
    }
    return same && notes.equals(table.notes())
        ? table
        : new InputTable(
            table.rows().select(shown.toArray(Column[]::new)),
            table.files(),
            table.partitionColumns(),
            notes);
  }

  private static Column as(
      org.apache.spark.sql.expressions.UserDefinedFunction function,
      Column column,
      StructField field) {
    return function
        .apply(column)
        .as(field.name(), StoredType.without(Optional.of(field.metadata())));
  }
}
