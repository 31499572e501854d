package org.syncbn.api;

import com.typesafe.config.ConfigUtil;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StringType;
import org.syncbn.data.Block;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.spark.LabelValues;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.DataException;
import org.syncbn.train.DataOptions;
import org.syncbn.train.DataPaths;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;

/**
 * A run file for a table of which only the place and the label are known: the task, a multilayer
 * perceptron with batch normalization, and how long it is trained.
 *
 * <p>The label is one of classes if its values are texts, if there are two of them, or if they are
 * at most {@value #MOST_CLASSES} different whole numbers; else it is a number to predict. A number
 * that depends linearly on the features of a small table gets a network without hidden layers. The
 * run file can be edited, and gives the same model as this request did.
 *
 * @param text of the run file, in HOCON
 */
public record InferredRun(String text) {

  /** Label columns of more different numbers hold quantities. */
  public static final int MOST_CLASSES = 20;

  /** From here on a table is not small. */
  private static final long SOME_ROWS = 1_000;

  /** From here on a table is large. */
  private static final long MANY_ROWS = 5_000;

  /** Texts that commonly mean a missing number. */
  private static final List<String> NULLS = List.of("NA", "N/A", "null", "NULL", "None", "?");

  /**
   * Looks at the label of a table and counts its rows.
   *
   * @param format of the files, or {@link DataOptions.Format#TABLE}
   * @param places of the files, or the name of the table
   * @param labels the columns to predict
   * @param settings that the run file will be overridden by, such as {@code data.weight=w}
   * @throws DataException in a sentence, if the table cannot be read
   */
  public static InferredRun of(
      SparkSession spark,
      DataOptions.Format format,
      DataPaths places,
      List<String> labels,
      List<String> settings) {
    String data = data(format, places, labels, false);
    DataOptions options = RunFile.parse("network = [{ dense = 1 }]\n" + data, settings).data();
    Dataset<Row> table =
        RunInput.training(spark, options, new TrainingColumns(options).reading(true));
    List<LabelValues> values = labels.stream().map(name -> LabelValues.of(table, name)).toList();
    boolean hasTexts =
        Arrays.stream(table.schema().fields())
            .filter(field -> !labels.contains(field.name()))
            .anyMatch(field -> field.dataType() instanceof StringType);
    Task task = Task.of(values);
    long rows = table.count();
    String read = data(format, places, labels, hasTexts);
    InferredRun perceptron =
        new InferredRun(
            text(places.toString(), task, rows, Recipe.of(task.areClasses(), rows), read));
    return task.isOneNumber() && rows < SOME_ROWS && perceptron.isOfLinearLabel(spark, settings)
        ? new InferredRun(text(places.toString(), task, rows, Recipe.LINEAR, read))
        : perceptron;
  }

  /** Whether the rows that this run trains on have a label that a linear model predicts best. */
  private boolean isOfLinearLabel(SparkSession spark, List<String> settings) {
    RunOptions options = options(settings);
    DataOptions data = options.data();
    if (!data.standardize() || data.weight().isPresent()) {
      return false;
    }
    TablePlan plan = TablePlan.read(options, spark);
    if (!plan.schema().embedded().isEmpty()) {
      return false;
    }
    List<Block> pieces = plan.rows().rdd().map(ShardData::training).collect();
    // In an order that does not depend on files and partitions, as sums do.
    RowPartitioner inOneShard = new RowPartitioner(1, options.seed(), 0);
    return Linearity.holds(inOneShard.partition(Block.concatenate(pieces)).get(0).training());
  }

  /** How columns or paths are written in a run file: one as a text, several as a list. */
  public static String written(List<String> texts) {
    List<String> quoted = texts.stream().map(ConfigUtil::quoteString).toList();
    return quoted.size() == 1 ? quoted.get(0) : quoted.toString();
  }

  /**
   * What is predicted.
   *
   * @param columns for a person
   * @param kind for a person
   * @param outputs of the network
   * @param areClasses whether outputs tell classes
   * @param loss in a run file
   * @param metrics in a run file; none for the usual ones
   */
  private record Task(
      String columns,
      String kind,
      int outputs,
      boolean areClasses,
      String loss,
      Optional<String> metrics) {

    boolean isOneNumber() {
      return outputs == 1 && !areClasses;
    }

    static Task of(List<LabelValues> labels) {
      String columns =
          labels.stream()
              .map(label -> "'" + label.column() + "'")
              .collect(Collectors.joining(", "));
      return labels.size() == 1 ? of(columns, labels.get(0)) : ofSeveral(columns, labels);
    }

    private static Task of(String column, LabelValues values) {
      int size = values.size();
      if (!(values.areTexts() || size == 2 || size <= MOST_CLASSES && values.areWhole())) {
        return new Task(column, "a number", 1, false, "meanSquaredError", Optional.empty());
      }
      String classes = new Schema(List.of(1), List.of(), values.names()).listedClasses();
      return new Task(
          column,
          "one of %d classes: %s".formatted(size, classes),
          size,
          true,
          "softmaxCrossEntropy",
          size == 2 ? Optional.empty() : Optional.of("[accuracy, { f1 = macro }]"));
    }

    private static Task ofSeveral(String columns, List<LabelValues> labels) {
      for (LabelValues values : labels) {
        if (values.areTexts()) {
          throw new DataException(
              "Column '%s' has the value '%s', which is not a number; of several columns to predict all are numbers, or all are 0 and 1."
                  .formatted(values.column(), values.names().get(0)));
        }
      }
      boolean areBinary =
          labels.stream().allMatch(values -> values.areWithin(0, 1) && values.areWhole());
      return new Task(
          columns,
          areBinary ? "each 0 or 1" : "each a number",
          labels.size(),
          areBinary,
          areBinary ? "binaryCrossEntropy" : "meanSquaredError",
          areBinary ? Optional.of("[accuracy, rocAuc]") : Optional.empty());
    }
  }

  private static String data(
      DataOptions.Format format, DataPaths places, List<String> labels, boolean hasTexts) {
    String nulls =
        format == DataOptions.Format.CSV
            ? "\n  text.nulls = [%s]"
                .formatted(
                    NULLS.stream().map(ConfigUtil::quoteString).collect(Collectors.joining(", ")))
            : "";
    DataOptions.Categories categories = DataOptions.Categories.DEFAULTS;
    String embedding =
        hasTexts
            ? "\n  categories.mostEmbedded = %d  # of a text column with more than %d categories; 0 for none"
                .formatted(categories.mostEmbedded(false), categories.most())
            : "";
    return """
    data {
      format = %s
      path = %s
      label = %s%s%s
      missing = indicator           # missing numbers become the mean, with a feature that tells which
      validation { fraction = 0.1 }
      test { fraction = 0.2 }       # held out by content, and never trained on
    }
    """
        .formatted(
            format.name().toLowerCase(Locale.ROOT),
            written(places.all()),
            written(labels),
            nulls,
            embedding);
  }

  /**
   * How a network is made and trained, by the number of rows: measured on public tables beside
   * scikit-learn (docs/training.md).
   *
   * @param units of the first hidden layer; the second has half of them; 0 for no hidden layers
   * @param dropout after each; 0 for none
   * @param learningRate in a run file
   * @param weightDecay of AdamW
   * @param epochs at most
   * @param patience of early stopping, where there are hidden layers
   */
  private record Recipe(
      int units,
      double dropout,
      String learningRate,
      double weightDecay,
      int epochs,
      int patience) {

    /**
     * Linear regression, for labels of which hidden layers would only fit the noise. It is trained
     * to the end: a tenth of few rows is too noisy to stop by.
     */
    private static final Recipe LINEAR =
        new Recipe(0, 0, "{ cosine { initial = 0.02, last = 0 } }", 0, 100, 0);

    private static Recipe of(boolean areClasses, long rows) {
      return areClasses ? ofClasses(rows) : ofNumbers(rows);
    }

    /** Labels of few rows are noisy: dropout, and a rate that stays. */
    private static Recipe ofClasses(long rows) {
      return rows < MANY_ROWS
          ? new Recipe(
              rows < SOME_ROWS ? 64 : 128, rows < SOME_ROWS ? 0.2 : 0.3, "0.002", 0.01, 200, 20)
          : new Recipe(128, 0.1, "0.002", 0.01, 60, 10);
    }

    /** Dropout blurs numbers; weights that decay, and a rate that ends at 0, do not. */
    private static Recipe ofNumbers(long rows) {
      String falling = "{ cosine { initial = 0.005, last = 0 } }";
      return rows < MANY_ROWS
          ? new Recipe(
              rows < SOME_ROWS ? 64 : 128, 0.1, falling, rows < SOME_ROWS ? 1 : 0.3, 100, 30)
          : new Recipe(128, 0, falling, 0.3, 60, 20);
    }

    private boolean isLinear() {
      return units == 0;
    }

    private String reason() {
      return isLinear()
          ? "# Linear: products of the features predict rows that were left out no better.\n"
          : "";
    }

    private String ending() {
      return isLinear()
          ? ""
          : "\n  preciseStatistics = true\n  earlyStopping { monitor = loss, patience = %d }"
              .formatted(patience);
    }

    private String hiddenLayers() {
      return isLinear() ? "" : hiddenLayer(units) + hiddenLayer(units / 2);
    }

    private String hiddenLayer(int size) {
      return "  { dense { units = %d, bias = false } }, batchNorm, relu%s\n"
          .formatted(size, dropout == 0 ? "" : ", { dropout = %s }".formatted(dropout));
    }
  }

  private static String text(String place, Task task, long rows, Recipe recipe, String data) {
    return """
    # Predicts %s of %s, %s.
    # Inferred from %,d rows; every key may be changed, conf/reference-run.conf explains them.
    %snetwork = [
    %s  { dense { units = %d } }
    ]
    loss = %s
    optimizer { adamW { learningRate = %s, weightDecay = %s } }
    %straining {
      epochs = %d%s%s
    }
    """
        .formatted(
            task.columns(),
            place,
            task.kind(),
            rows,
            recipe.reason(),
            recipe.hiddenLayers(),
            task.outputs(),
            task.loss(),
            recipe.learningRate(),
            recipe.weightDecay(),
            data,
            recipe.epochs(),
            recipe.ending(),
            task.metrics().map(metrics -> "\n  metrics = " + metrics).orElse(""));
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
