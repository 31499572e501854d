package io.syncbn.jobs;

import io.syncbn.data.Dataset;
import io.syncbn.nn.Loss;
import io.syncbn.report.RunReport;
import io.syncbn.spark.HadoopFolder;
import io.syncbn.train.Predictor;
import io.syncbn.train.TrainedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code predict}: what a saved model says about each row. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/predict --model FOLDER --input PATH --output FILE [OPTION]...",
    description = {
      "",
      "Predicts each row of a data set, in its order, as CSV: the class and its probability, or the"
          + " predicted values.",
      ""
    },
    optionListHeading = "%nOptions:%n")
final class PredictJob implements Callable<Integer> {

  @Spec CommandSpec spec;
  @Mixin LocalOptions local;

  @Option(names = "--model", required = true, paramLabel = "FOLDER", description = "A saved model.")
  String model;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "PATH",
      description =
          "Where the rows lie, in the format of the training data: the test rows of an"
              + " IDX folder.")
  String input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "A CSV file; an existing one is replaced.")
  Path output;

  /** Runs the job. */
  @Override
  public Integer call() {
    return local.attempt(this::predict);
  }

  private int predict() throws IOException {
    TrainedModel trained =
        TrainedModel.load(HadoopFolder.at(model, SessionOptions.files(Map.of())));
    Dataset rows = RunInput.test(trained, trained.options().data().at(input));
    trained.schema().checkSameFeatures(rows.schema());
    Predictor predictor = trained.predictor();
    float[] predicted = predictor.predict(rows.rows());
    boolean classes = trained.options().loss() instanceof Loss.SoftmaxCrossEntropy;
    StringBuilder text = new StringBuilder(classes ? "row,class,probability" : "row");
    for (int i = 0; !classes && i < predictor.outputs(); i++) {
      text.append(",value").append(i);
    }
    text.append('\n');
    for (int row = 0; row < rows.rows().rows(); row++) {
      text.append(row);
      append(text, predicted, row * predictor.outputs(), predictor.outputs(), classes, trained);
      text.append('\n');
    }
    LocalOptions.replace(output, text.toString());
    Terminal.of(spec.commandLine())
        .print("%d rows predicted, in %s%n".formatted(rows.rows().rows(), output));
    local.write(new RunReport().with("rows", rows.rows().rows()).with("output", output.toString()));
    return 0;
  }

  private static void append(
      StringBuilder text, float[] values, int at, int count, boolean classes, TrainedModel model) {
    if (!classes) {
      for (int i = 0; i < count; i++) {
        text.append(',').append(values[at + i]);
      }
      return;
    }
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = values[at + i] > values[at + best] ? i : best;
    }
    text.append(',').append(model.schema().className(best)).append(',').append(values[at + best]);
  }
}
