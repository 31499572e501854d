package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.syncbn.api.NormalizedRows.NumberType;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.jobs.StopSignals.StopSignal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code normalize}: its options, and which of them can be combined. */
@Command(
    name = "normalize",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/normalize [--input PATH...] [--output PATH] [OPTION]...",
    description = {
      "",
      "Computes exact statistics of the numeric columns of a dataset, writes the dataset with"
          + " these columns normalized, and saves the statistics.",
      "",
      "Without arguments: generates a sample, normalizes and verifies it, and prints its path.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  Normalize every numeric column but two, and verify the result:",
      "    jobs/normalize --input sales.parquet --exclude id,label --output normalized --verify",
      "  Scale two columns of a CSV file to 0..1, and leave missing values unchanged:",
      "    jobs/normalize --input h.csv --columns age,income --method min-max --missing skip"
          + " --output scaled",
      "  Merge the statistics of yesterday and today, with the same bits as one run over both:",
      "    jobs/normalize --input today.parquet --merge yesterday.json --statistics all.json",
      "  Normalize new data with saved statistics, and convert it back:",
      "    jobs/normalize --input new.parquet --apply all.json --output normalized-new",
      "    jobs/normalize --input normalized-new --apply all.json --inverse --output raw",
      "  Normalize each row with the statistics of its shop, with row weights:",
      "    jobs/normalize --input sales.parquet --by shop --weight w --output by-shop --verify",
      "",
      "The exit code is 0 for success, 1 if the job failed, 2 for invalid arguments."
    })
final class NormalizeJob implements Callable<Integer> {

  /** Most rows of {@code --sample}. */
  private static final int LARGEST_SAMPLE = 1000;

  @Spec CommandSpec spec;

  @Mixin InputOptions input;

  @Mixin FeatureOptions features;

  @Mixin MethodOptions method;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      description =
          "Folder for the normalized data, on a Hadoop file system: all columns, in their order.")
  String output;

  @Mixin OutputOptions writing;

  @Option(
      names = "--suffix",
      paramLabel = "TEXT",
      description =
          "Keep the raw columns, and append the normalized ones with this suffix, such as"
              + " _normalized.")
  String suffix;

  @Option(
      names = "--output-type",
      converter = Choices.OfNumberType.class,
      completionCandidates = Choices.OfNumberType.class,
      defaultValue = "double",
      paramLabel = "TYPE",
      description =
          "double or float, for normalized numbers and the elements of arrays; float columns stay"
              + " float, vectors hold doubles. Default: ${DEFAULT-VALUE}.")
  NumberType outputType;

  @Option(
      names = "--sample",
      paramLabel = "N",
      description =
          "Normalize the first N rows, with their own statistics or those of --apply, and print"
              + " them. Writes nothing.")
  Integer sample;

  @Mixin DryRun dryRun;

  @Option(
      names = "--statistics",
      paramLabel = "FILE",
      description =
          "Write the statistics as JSON. A path without a scheme is local. An existing file is"
              + " replaced.")
  String statistics;

  @Option(
      names = "--merge",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Statistics of earlier runs, merged with those of the input (if any) before"
              + " normalizing.")
  List<String> merge = new ArrayList<>();

  @Option(
      names = "--apply",
      paramLabel = "FILE",
      description = "Normalize with these statistics instead of fitting the input.")
  String apply;

  @Option(
      names = "--verify",
      description =
          "Read the output again and compare the mean and the variance of each feature with the"
              + " expected values; fail if one differs by more than rounding explains.")
  boolean verify;

  @Option(
      names = "--histograms",
      description =
          "Count the values of each feature in 20 bins of equal width between its extremes, in one"
              + " more pass over the input, for --report.")
  boolean histograms;

  @Mixin StreamOptions streaming;

  @Mixin SessionOptions session;

  /** Runs the job. */
  @Override
  public Integer call() {
    check();
    Terminal terminal = Terminal.of(spec.commandLine());
    boolean quickStart = isQuickStart();
    try (Session open =
        quickStart
            ? session.open("syncbn normalize", QuickStart.MASTER)
            : session.open("syncbn normalize")) {
      if (quickStart) {
        new QuickStart(this, open.spark(), terminal).run();
      } else if (streaming.stream) {
        return new NormalizeStream(this, open.spark(), terminal)
            .run()
            .map(StopSignal::exitCode)
            .orElse(0);
      } else {
        new Normalization(this, open.spark(), terminal).run();
      }
    }
    return 0;
  }

  private boolean writes() {
    return writing.isWanted(output);
  }

  private boolean isQuickStart() {
    return input.isEmpty()
        && merge.isEmpty()
        && apply == null
        && features.isEmpty()
        && input.format == null
        && !writes()
        && statistics == null
        && sample == null
        && !dryRun.isWanted;
  }

  private void check() {
    ArgumentCheck check = ArgumentCheck.of(spec);
    features.check(check);
    method.check(check, this);
    input.table.check(check, input.paths);
    writing.check(check, output);
    boolean choosesColumns = !features.columns.isEmpty() || !features.exclude.isEmpty();
    check.reject(
        apply != null && choosesColumns,
        "--apply normalizes the columns of its file, so --columns and --exclude cannot be"
            + " combined with it");
    check.reject(
        apply != null && !features.isEmpty(),
        "--apply computes no statistics and takes the groups of its file, so --weight and --by"
            + " cannot be combined with it");
    check.reject(
        apply != null && !merge.isEmpty(),
        "--apply and --merge cannot be combined: merge into a --statistics file first");
    check.reject(
        apply != null && statistics != null,
        "--apply computes no statistics, so --statistics cannot be combined with it");
    checkSample(check);
    streaming.check(check, this);
    check.reject(apply != null && !writes() && sample == null, "--apply needs an --output");
    check.reject(
        dryRun.isWanted && (input.isEmpty() || streaming.stream),
        "--dry-run needs an --input or a --table, and cannot be combined with --stream");
    check.reject(
        histograms && session.reporting.location().isEmpty(),
        "--histograms are shown by the report, so they need --report");
    check.reject(
        histograms
            && (input.isEmpty() || apply != null || features.weight != null || streaming.stream),
        "--histograms need an --input that is fitted, so --apply, --weight and --stream"
            + " cannot be combined with it");
    check.reject(suffix != null && suffix.isBlank(), "--suffix is blank");
    check.reject(
        !input.paths.isEmpty() && input.table.isNamed(),
        "--input and --table cannot be combined: give one of them");
    if (isQuickStart()) {
      return;
    }
    check.reject(
        input.isEmpty() && (merge.isEmpty() || writes() || apply != null || sample != null),
        "--input is missing");
    check.reject(
        input.isEmpty() && !features.isEmpty(),
        "without --input there are no columns to choose from");
    check.reject(verify && !writes(), "--verify reads the output, so it needs --output");
    check.reject(
        suffix != null && !writes() && sample == null,
        "--suffix names columns of the output, so it needs --output");
    check.reject(
        outputType == NumberType.FLOAT && !writes() && sample == null,
        "--output-type needs --output");
  }

  private void checkSample(ArgumentCheck check) {
    check.reject(
        sample != null && (sample < 1 || sample > LARGEST_SAMPLE),
        "--sample shows 1 to %d rows".formatted(LARGEST_SAMPLE));
    check.reject(
        sample != null
            && (writes()
                || statistics != null
                || session.reporting.location().isPresent()
                || !merge.isEmpty()),
        "--sample writes nothing, so --output, --statistics, --report and --merge cannot be"
            + " combined with it");
  }
}
