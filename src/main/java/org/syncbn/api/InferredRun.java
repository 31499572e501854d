package org.syncbn.api;

import com.typesafe.config.ConfigUtil;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.data.Schema;
import org.syncbn.spark.LabelValues;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.train.DataOptions;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;

/**
 * A run file for a table of which only the place and the label are known: the task, a multilayer
 * perceptron with batch normalization, and how long it is trained.
 *
 * <p>The label is one of classes if its values are texts, if there are two of them, or if they are
 * at most {@value #MOST_CLASSES} different whole numbers; else it is a number to predict. The run
 * file can be edited, and gives the same model as this request did.
 *
 * @param text of the run file, in HOCON
 */
public record InferredRun(String text) {

  /** Label columns of more different numbers hold quantities. */
  public static final int MOST_CLASSES = 20;

  /** Texts that commonly mean a missing number. */
  private static final List<String> NULLS = List.of("NA", "N/A", "null", "NULL", "None", "?");

  /**
   * Looks at the label of a table and counts its rows.
   *
   * @param format of the files, or {@link DataOptions.Format#TABLE}
   * @param place of the files, or the name of the table
   * @param label the column to predict
   * @param settings that the run file will be overridden by, such as {@code data.weight=w}
   * @throws org.syncbn.spark.files.DataException in a sentence, if the table cannot be read
   */
  public static InferredRun of(
      SparkSession spark,
      DataOptions.Format format,
      String place,
      String label,
      List<String> settings) {
    String data = data(format, place, label);
    DataOptions options = RunFile.parse("network = [{ dense = 1 }]\n" + data, settings).data();
    Dataset<Row> table =
        RunInput.training(spark, options, new TrainingColumns(options).reading(true));
    LabelValues values = LabelValues.of(table, label);
    boolean areClasses = values.areTexts() || values.size() == 2 || areFewWhole(values);
    return new InferredRun(text(place, values, areClasses, table.count(), data));
  }

  private static boolean areFewWhole(LabelValues values) {
    return values.size() <= MOST_CLASSES && values.areWhole();
  }

  private static String data(DataOptions.Format format, String place, String label) {
    String nulls =
        format == DataOptions.Format.CSV
            ? "\n  text.nulls = [%s]"
                .formatted(
                    NULLS.stream().map(ConfigUtil::quoteString).collect(Collectors.joining(", ")))
            : "";
    return """
    data {
      format = %s
      path = %s
      label = %s%s
      missing = indicator           # missing numbers become the mean, with a feature that tells which
      validation { fraction = 0.1 }
      test { fraction = 0.2 }       # held out by content, and never trained on
    }
    """
        .formatted(
            format.name().toLowerCase(Locale.ROOT),
            ConfigUtil.quoteString(place),
            ConfigUtil.quoteString(label),
            nulls);
  }

  private static String text(
      String place, LabelValues values, boolean areClasses, long rows, String data) {
    boolean isLarge = rows >= 5_000;
    int first = rows >= 1_000 ? 128 : 64;
    int second = first / 2;
    String dropout = isLarge ? "0.1" : "0.3";
    String task =
        areClasses
            ? "one of %d classes: %s"
                .formatted(
                    values.size(),
                    new Schema(List.of(1), List.of(), values.names()).listedClasses())
            : "a number";
    return """
    # Predicts '%s' of %s, %s.
    # Inferred from %,d rows; every key may be changed, conf/reference-run.conf explains them.
    network = [
      { dense { units = %d, bias = false } }, batchNorm, relu, { dropout = %s }
      { dense { units = %d, bias = false } }, batchNorm, relu, { dropout = %s }
      { dense { units = %d } }
    ]
    loss = %s
    optimizer { adamW { learningRate = 0.002, weightDecay = 0.01 } }
    %straining {
      epochs = %d
      preciseStatistics = true
      earlyStopping { monitor = loss, patience = 10 }%s
    }
    """
        .formatted(
            values.column(),
            place,
            task,
            rows,
            first,
            dropout,
            second,
            dropout,
            areClasses ? values.size() : 1,
            areClasses ? "softmaxCrossEntropy" : "meanSquaredError",
            data,
            isLarge ? 60 : 200,
            areClasses ? "\n  metrics = " + metrics(values.size()) : "");
  }

  private static String metrics(int classes) {
    return classes == 2 ? "[accuracy, rocAuc]" : "[accuracy, { f1 = macro }]";
  }

  /**
   * The options of the run.
   *
   * @param settings overriding the run file, such as {@code training.epochs=3}
   */
  public RunOptions options(List<String> settings) {
    return RunFile.parse(text, settings);
  }
}
