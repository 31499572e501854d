package io.syncbn.jobs;

import io.syncbn.data.Dataset;
import io.syncbn.report.RunReport;
import io.syncbn.spark.HadoopFolder;
import io.syncbn.train.RunData;
import io.syncbn.train.TrainedModel;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code evaluate}: loss and metrics of a saved model on test rows. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/evaluate --model FOLDER [--data PATH] [OPTION]...",
    description = {"", "Evaluates a saved model on test rows.", ""},
    optionListHeading = "%nOptions:%n")
final class EvaluateJob implements Callable<Integer> {

  @Spec CommandSpec spec;
  @Mixin LocalOptions local;

  @Option(names = "--model", required = true, paramLabel = "FOLDER", description = "A saved model.")
  String model;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "Where the data lies, in the format of the training data. Default: the test rows of the"
              + " training data's own place.")
  String data;

  /** Runs the job. */
  @Override
  public Integer call() {
    return local.attempt(this::evaluate);
  }

  private int evaluate() throws IOException {
    TrainedModel trained =
        TrainedModel.load(HadoopFolder.at(model, SessionOptions.files(Map.of())));
    Dataset rows =
        RunInput.test(
            trained, data == null ? trained.options().data() : trained.options().data().at(data));
    trained.schema().checkSameFeatures(rows.schema());
    RunData.check(rows, trained.options().loss(), trained.network().output().size());
    Map<String, Double> metrics = local.evaluate(trained, rows.rows());
    StringBuilder text = new StringBuilder("rows ").append(rows.rows().rows());
    metrics.forEach(
        (name, value) -> text.append(String.format(Locale.ROOT, "  %s %.4f", name, value)));
    Terminal.of(spec.commandLine()).print(text.append(System.lineSeparator()).toString());
    local.write(new RunReport().with("rows", rows.rows().rows()).with("metrics", metrics));
    return 0;
  }
}
