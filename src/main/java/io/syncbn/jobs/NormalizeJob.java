package io.syncbn.jobs;

import io.syncbn.jobs.SessionOptions.Session;
import io.syncbn.spark.MissingValues;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code normalize}: its options, and which of them go together. */
@Command(
    name = "normalize",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/normalize [--input PATH...] [--output PATH] [OPTION]...",
    description = {
      "",
      "Fits exact statistics of the numeric columns of a data set, writes the data set with these"
          + " columns normalized, and keeps the statistics.",
      "",
      "Without arguments: generates a sample, normalizes and verifies it, and says where it is.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  Normalize every numeric column but two, and check the result:",
      "    jobs/normalize --input sales.parquet --exclude id,label --output normalized --verify",
      "  Scale two columns of a CSV file to 0..1, and leave missing values as they are:",
      "    jobs/normalize --input h.csv --columns age,income --method min-max --missing skip"
          + " --output scaled",
      "  Statistics of yesterday and today together, to the bit as if found in one run:",
      "    jobs/normalize --input today.parquet --merge yesterday.json --statistics all.json",
      "  Normalize new data with saved statistics:",
      "    jobs/normalize --input new.parquet --apply all.json --output normalized-new",
      "",
      "The exit code is 0 when all went well, 1 when the job failed, 2 when the arguments are"
          + " wrong."
    })
final class NormalizeJob implements Callable<Integer> {

  static final double DEFAULT_EPS = 1e-5;
  private static final Range DEFAULT_RANGE = new Range(0, 1);

  /** What is done with a value. */
  enum Method {
    /** Minus the mean, divided by the standard deviation. */
    BATCH_NORM,
    /** From the extremes to a range. */
    MIN_MAX
  }

  /** The ends of min-max. */
  record Range(double lower, double upper) {

    /** Reads {@code lower,upper}. */
    static final class Converter implements ITypeConverter<Range> {
      @Override
      public Range convert(String text) {
        String[] ends = text.split(",", -1);
        try {
          Range range = new Range(Double.parseDouble(ends[0]), Double.parseDouble(ends[1]));
          double width = range.upper - range.lower;
          if (ends.length == 2 && width > 0 && width <= Double.MAX_VALUE) {
            return range;
          }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
          // Falls through to the one sentence.
        }
        throw new TypeConversionException(
            "'%s' is not a lower and a greater upper end, such as 0,1".formatted(text));
      }
    }
  }

  @Spec CommandSpec spec;

  @Mixin InputOptions input;

  @Option(
      names = "--columns",
      paramLabel = "NAMES",
      description =
          "Columns to normalize, separated by commas; may be repeated. Names are literal, dots"
              + " included. Default: all numeric columns, vectors and arrays.")
  List<String> columns = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "NAMES",
      description = "Columns to leave as they are, when --columns is not given.")
  List<String> exclude = new ArrayList<>();

  @Option(
      names = "--method",
      converter = Choice.OfMethod.class,
      completionCandidates = Choice.OfMethod.class,
      defaultValue = "batch-norm",
      paramLabel = "METHOD",
      description =
          "batch-norm: (x - mean) / sqrt(populationVariance + eps). min-max: from the smallest and"
              + " the greatest value to a range. Default: ${DEFAULT-VALUE}.")
  Method method;

  @Option(
      names = "--eps",
      paramLabel = "NUMBER",
      description = "Added to the variance by batch-norm. Default: 1e-5.")
  Double eps;

  @Option(
      names = "--range",
      converter = Range.Converter.class,
      paramLabel = "LOWER,UPPER",
      description = "The ends of min-max. Default: 0,1.")
  Range range;

  @Option(
      names = "--missing",
      converter = Choice.OfMissing.class,
      completionCandidates = Choice.OfMissing.class,
      paramLabel = "POLICY",
      description =
          "What to do with null, NaN and infinities: error (refuse the data), skip (leave them out"
              + " of the statistics, and as they are), mean (leave them out of the statistics, and"
              + " write what the mean becomes). Default: error.")
  MissingValues missing;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      description =
          "Folder for the normalized data, in Hadoop's file systems: all columns, in their order.")
  String output;

  @Mixin OutputOptions writing;

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
          "Statistics of earlier runs, to be merged with those of the input (if any) first.")
  List<String> merge = new ArrayList<>();

  @Option(
      names = "--apply",
      paramLabel = "FILE",
      description = "Normalize with these statistics, without fitting the input's own.")
  String apply;

  @Option(
      names = "--verify",
      description =
          "Read the output again and compare the mean and the variance of each feature with what"
              + " they must be; fail when one is off by more than rounding explains.")
  boolean verify;

  @Mixin SessionOptions session;

  /** Runs the job. */
  @Override
  public Integer call() {
    check();
    Terminal terminal = Terminal.of(spec.commandLine());
    boolean sample = isSample();
    try (Session open =
        sample
            ? session.open("syncbn normalize", QuickStart.MASTER)
            : session.open("syncbn normalize")) {
      if (sample) {
        new QuickStart(this, open.spark(), terminal).run();
      } else {
        new Normalization(this, open.spark(), terminal).run();
      }
    }
    return 0;
  }

  double eps() {
    return eps == null ? DEFAULT_EPS : eps;
  }

  Range range() {
    return range == null ? DEFAULT_RANGE : range;
  }

  private boolean isSample() {
    return input.isEmpty()
        && merge.isEmpty()
        && apply == null
        && columns.isEmpty()
        && exclude.isEmpty()
        && input.format == null
        && output == null
        && statistics == null;
  }

  private void check() {
    refuse(eps != null && !(eps >= 0 && eps <= Double.MAX_VALUE), "--eps is not negative");
    refuse(eps != null && method != Method.BATCH_NORM, "--eps belongs to --method batch-norm");
    refuse(range != null && method != Method.MIN_MAX, "--range belongs to --method min-max");
    refuse(
        !columns.isEmpty() && !exclude.isEmpty(),
        "--columns and --exclude cannot go together: name the one or the other");
    refuse(
        apply != null && (!columns.isEmpty() || !exclude.isEmpty()),
        "--apply normalizes the columns of its file, so --columns and --exclude cannot go with it");
    refuse(
        apply != null && !merge.isEmpty(),
        "--apply and --merge cannot go together: merge into a --statistics file first");
    refuse(
        apply != null && statistics != null,
        "--apply finds no statistics, so --statistics cannot go with it");
    refuse(apply != null && output == null, "--apply needs an --output");
    if (isSample()) {
      return;
    }
    refuse(
        input.isEmpty() && (merge.isEmpty() || output != null || apply != null),
        "--input is missing");
    refuse(
        input.isEmpty() && (!columns.isEmpty() || !exclude.isEmpty()),
        "without --input there are no columns to choose from");
    refuse(verify && output == null, "--verify reads the output, so it needs --output");
  }

  private void refuse(boolean wrong, String sentence) {
    if (wrong) {
      throw new ParameterException(spec.commandLine(), sentence);
    }
  }
}
