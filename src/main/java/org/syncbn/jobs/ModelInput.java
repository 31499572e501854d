package org.syncbn.jobs;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.api.FittedNetwork;
import org.syncbn.cli.JobFailure;
import org.syncbn.data.Schema;
import org.syncbn.data.TableEncoding;
import org.syncbn.data.TextOptions;
import org.syncbn.nn.Metric;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.RowTarget;
import org.syncbn.spark.inference.ModelEvaluation;
import org.syncbn.spark.inference.OutputMeaning;
import org.syncbn.train.DataOptions;

/** A saved model, and the rows to evaluate or predict, in a session. */
final class ModelInput {

  private final FittedNetwork network;
  private final SparkSession spark;
  private final Optional<RowFormat> format;
  private final CsvOptions csv;
  private final TableOptions tables;

  /**
   * Opens a model.
   *
   * @param options which model, and which table or format of files
   * @param metrics instead of those of its run
   * @throws IllegalArgumentException if there is no complete model, or a metric does not fit it
   */
  ModelInput(ModelOptions options, Optional<List<Metric>> metrics, SparkSession spark) {
    FittedNetwork loaded = FittedNetwork.load(spark, options.model);
    this.network = metrics.map(loaded::measuring).orElse(loaded);
    this.spark = spark;
    format = Optional.ofNullable(options.format);
    csv = options.csv;
    tables = options.table;
    boolean isTable =
        format.isPresent() || tables.isNamed() || !csv.text().equals(TextOptions.DEFAULTS);
    if (isTable && !data().format().isTable()) {
      throw new JobFailure(
          "%s reads images; --format, --table and the options for texts are for tables."
              .formatted(options.model));
    }
  }

  /** What the run of the model said of its data. */
  private DataOptions data() {
    return network.model().options().data();
  }

  private TableEncoding encoding() {
    return network.model().table().encoding();
  }

  private Schema schema() {
    return network.model().schema();
  }

  /** The names of the classes, or their indices where they have none. */
  List<String> classes() {
    int count = OutputMeaning.of(network.model().inference()).classes();
    return IntStream.range(0, count).mapToObj(schema()::className).toList();
  }

  /**
   * Loss and metrics.
   *
   * @param locations of the rows; empty for the test rows of the run
   * @param heldOut whether only those of them count that the run held out for its tests
   */
  ModelEvaluation evaluate(List<String> locations, boolean heldOut) {
    if (!data().format().isTable()) {
      return locations.isEmpty()
          ? network.evaluateTestImages(spark)
          : network.evaluateImages(spark, oneFolder(locations));
    }
    List<String> numbers = new TrainingColumns(data()).numbers(!schema().classes().isEmpty());
    UnaryOperator<ReadOptions> labelled = reading -> reading.withNumbers(numbers);
    if (locations.isEmpty() && !tables.isNamed()) {
      return network.evaluate(test(labelled));
    }
    Dataset<Row> rows = table(locations, labelled).rows();
    return network.evaluate(heldOut ? network.heldOut(rows) : rows);
  }

  /**
   * The rows with what the model says about them.
   *
   * @param target where they go
   * @param heldOut whether only those of them count that the run held out for its tests
   */
  InputTable predict(List<String> locations, RowTarget target, boolean heldOut) {
    if (!data().format().isTable()) {
      Dataset<Row> predicted = network.predictImages(spark, oneFolder(locations));
      return new InputTable(predicted, List.of(), List.of(), List.of());
    }
    InputTable table = table(locations, reading -> reading.withTarget(target));
    Dataset<Row> rows = heldOut ? network.heldOut(table.rows()) : table.rows();
    return table.with(network.predict(rows));
  }

  /**
   * What would be read and written, for a person.
   *
   * @param locations of the rows; empty for the test rows of the run
   * @param outputs what would be written
   */
  String planned(List<String> locations, List<String> outputs) {
    String input;
    if (!data().format().isTable()) {
      input =
          "Input: %s\n".formatted(locations.isEmpty() ? network.testPlace() : oneFolder(locations));
    } else {
      Map<String, String> roles = DryRun.roles(data(), encoding());
      UnaryOperator<ReadOptions> same = UnaryOperator.identity();
      input =
          locations.isEmpty() && !tables.isNamed()
              ? DryRun.rows("Test rows of the run", test(same), roles, "not used")
              : DryRun.table("Input", table(locations, same), roles, "not used");
    }
    return input + DryRun.outputs(outputs);
  }

  private static String oneFolder(List<String> locations) {
    if (locations.size() > 1) {
      throw new JobFailure("Images are read from one folder, not from several.");
    }
    return locations.get(0);
  }

  /** The test rows of the run: another table, or those that were held out. */
  private Dataset<Row> test(UnaryOperator<ReadOptions> use) {
    boolean isHeldOut = data().testPath().isEmpty() && data().testFraction() > 0;
    List<String> places =
        isHeldOut ? data().path().orElseThrow().all() : List.of(network.testPlace());
    Dataset<Row> rows;
    if (format.isPresent()) {
      ReadOptions reading = use.apply(reading(format.equals(RunInput.format(data()))));
      rows = DataReader.read(spark, places, reading).rows();
    } else {
      ReadOptions reading = use.apply(reading(true));
      rows =
          isHeldOut
              ? RunInput.training(spark, data(), reading)
              : RunInput.test(spark, data(), reading);
    }
    return isHeldOut ? network.heldOut(rows) : rows;
  }

  private InputTable table(List<String> paths, UnaryOperator<ReadOptions> use) {
    boolean isAsTrained =
        !tables.isNamed()
            && !data().text().equals(TextOptions.DEFAULTS) // else there is nothing to look up
            && format
                .or(() -> Optional.of(DataReader.format(spark, paths)))
                .equals(RunInput.format(data()));
    return tables.read(spark, paths, use.apply(reading(isAsTrained)));
  }

  /** How files are read: by what the command says, then by what the run said of its format. */
  private ReadOptions reading(boolean isAsTrained) {
    TextOptions ofRun = isAsTrained ? data().text() : TextOptions.DEFAULTS;
    return DataReader.again(encoding()).with(format).with(csv.over(ofRun));
  }
}
