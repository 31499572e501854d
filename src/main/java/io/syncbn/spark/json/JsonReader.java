package io.syncbn.spark.json;

import io.syncbn.spark.csv.CsvColumn;
import io.syncbn.spark.csv.CsvReader;
import io.syncbn.spark.files.ClassicDataset;
import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.FeatureSelection;
import io.syncbn.spark.files.FormatReader;
import io.syncbn.spark.files.InputFiles;
import io.syncbn.spark.files.InputTable;
import io.syncbn.spark.files.ReadOptions;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/**
 * Reads JSON with Spark's types. A line that is no object is refused, and so is a column of which
 * more than half of the values, but not all, are numbers.
 */
public final class JsonReader implements FormatReader {

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options) {
    Dataset<Row> data;
    try {
      data =
          session
              .read()
              .option("mode", "FAILFAST")
              .json(
                  files.files().stream()
                      .map(file -> file.path().toString())
                      .toArray(String[]::new));
    } catch (Exception failure) { // Spark does not say where.
      String sentence = DataException.of(failure).getMessage();
      throw says(failure, "Malformed records") || says(failure, "INVALID_JSON_RECORD_TYPE")
          ? new DataException("A line of %s is no JSON object: %s".formatted(files, sentence))
          : DataException.of(failure);
    }
    if (data.schema().isEmpty()) {
      throw new DataException(
          "There are no rows in %s, or none that has a field.".formatted(files));
    }
    requireNumbersOrTexts(data, options.selection());
    return new InputTable(data, files.files(), List.of(), List.of());
  }

  private static boolean says(Throwable failure, String words) {
    return ExceptionUtils.getThrowableList(failure).stream()
        .anyMatch(link -> link.getMessage() != null && link.getMessage().contains(words));
  }

  /** One text among numbers makes Spark read them all as texts, which are no features. */
  private static void requireNumbersOrTexts(Dataset<Row> data, FeatureSelection selection) {
    List<Column> all = ClassicDataset.columnsOf(data);
    StructField[] fields = data.schema().fields();
    List<Column> texts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      if (fields[i].dataType().equals(DataTypes.StringType) && selection.admits(fields[i].name())) {
        texts.add(all.get(i));
        names.add(fields[i].name());
      }
    }
    if (texts.isEmpty()) {
      return;
    }
    CsvColumn[] columns = CsvReader.columns(data.select(texts.toArray(Column[]::new)));
    for (int i = 0; i < columns.length; i++) {
      if (columns[i].isMostlyNumeric() && columns[i].firstOther().isPresent()) {
        CsvColumn.Field field = columns[i].firstOther().get();
        throw new DataException(
            "%s: column '%s' has '%s', which is no number; make a missing value null, or exclude the column."
                .formatted(field.file, names.get(i), field.text));
      }
    }
  }
}
