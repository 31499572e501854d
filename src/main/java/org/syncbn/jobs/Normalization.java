package org.syncbn.jobs;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.api.FittedNormalizer;
import org.syncbn.api.NormalizedRows;
import org.syncbn.api.Normalizer;
import org.syncbn.api.Verification;
import org.syncbn.cli.JobFailure;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputCommit.TextFile;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.Terminal;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.SavedStatistics;
import org.syncbn.report.RunReport;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.FeatureHistograms;
import org.syncbn.spark.Features;
import org.syncbn.spark.GroupStatistics;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.RowRoles;
import org.syncbn.spark.Sentences;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.TextFiles;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Moments;

/** One run of the command {@code normalize}: fit, merge, write, verify, commit. */
final class Normalization {

  private final NormalizeJob options;
  private final SparkSession spark;
  private final Terminal terminal;
  private final Configuration files;
  private final RunReport report = new RunReport();
  private final MissingValues missing;

  Normalization(NormalizeJob options, SparkSession spark, Terminal terminal) {
    this.options = options;
    this.spark = spark;
    this.terminal = terminal;
    files = spark.sparkContext().hadoopConfiguration();
    missing = options.method.missing();
  }

  /** Rows to normalize, the features in them, and what other columns say of them. */
  private record Source(InputTable table, Features features, RowRoles roles) {

    Dataset<Row> rows() {
      return table.rows();
    }
  }

  /** Does it all; what is announced first appears only at the end. */
  void run() {
    OutputPlaces places = new OutputPlaces(files);
    options.input.paths.forEach(places::reads);
    earlierLocations().forEach(places::readsText);
    try (OutputCommit outputs = new OutputCommit(places)) {
      Optional<RowOutput> output =
          options.writing.isWanted(options.output)
              ? Optional.of(options.writing.open(outputs, spark, options.output))
              : Optional.empty();
      Optional<TextFile> statisticsFile =
          Optional.ofNullable(options.statistics).map(outputs::textFile);
      Optional<ReportFile> reportFile = options.session.reporting.file(outputs);

      Optional<SavedStatistics> earlier = earlier();
      earlier.ifPresent(saved -> options.method.adopt(saved, earlierLocations().get(0)));
      requireMergeable();
      Optional<Source> source =
          options.input.isEmpty() ? Optional.empty() : Optional.of(source(earlier));
      if (options.dryRun.isWanted) {
        terminal.print(planned(source.orElseThrow()));
        return;
      }
      Optional<FittedNormalizer> fitted = source.filter(found -> needsFit()).map(this::fit);
      FittedNormalizer normalizer = normalizer(source, fitted, earlier);
      NormalizeSummary summary = new NormalizeSummary(options, missing, normalizer.statistics());
      source.ifPresent(from -> summary.read(from.table(), fitted.map(Normalization::rows)));
      if (options.sample != null) {
        NormalizedRows normalized = normalized(source.orElseThrow(), normalizer);
        terminal.print(summary.text() + "\n" + SampleTable.text(normalized.rows()));
        return;
      }
      if (options.histograms) {
        Source from = source.orElseThrow();
        List<Moments> own = fitted.orElseThrow().statistics().moments();
        summary.counted(
            own,
            phase("histograms", () -> FeatureHistograms.count(from.rows(), from.features(), own)));
      }
      if (output.isPresent()) {
        NormalizedRows normalized = write(source.orElseThrow(), normalizer, output.get());
        if (options.verify) {
          summary.verified(
              verify(source.get(), fitted.orElseThrow(), normalizer, normalized, output.get()));
        }
      }
      terminal.print(summary.text());
      summary.requireVerified();
      statisticsFile.ifPresent(file -> file.write(normalizer.statistics().json()));
      reportFile.ifPresent(file -> file.write(summary.addTo(report, spark)));
      if (source.isPresent()) {
        requireUnchanged(source.get().table());
      }
      outputs.commit();
      terminal.print(summary.places());
      output.flatMap(RowOutput::note).ifPresent(note -> terminal.print(note + "\n"));
    }
  }

  private String planned(Source source) {
    Map<String, String> roles = new HashMap<>();
    String feature = options.writing.isWanted(options.output) ? "to normalize" : "to fit";
    source.features().columns().forEach(column -> roles.put(column.name(), feature));
    source.roles().by().forEach(column -> roles.put(column, "group"));
    source.roles().weight().ifPresent(column -> roles.put(column, "weight"));
    Stream<String> places =
        Stream.of(
                Optional.ofNullable(options.writing.place(options.output)),
                Optional.ofNullable(options.statistics),
                options.session.reporting.location())
            .flatMap(Optional::stream);
    return DryRun.table("Input", source.table(), roles, "left as it is")
        + DryRun.outputs(places.toList());
  }

  private static long rows(FittedNormalizer fitted) {
    Moments first = fitted.statistics().moments().get(0);
    return first.count() + first.missing();
  }

  private void requireUnchanged(InputTable table) {
    try {
      InputFiles.requireUnchanged(files, table.files());
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  private boolean needsFit() {
    return options.apply == null || options.verify;
  }

  private List<String> earlierLocations() {
    return options.apply == null ? options.merge : List.of(options.apply);
  }

  /** The statistics of {@code --apply}, or those of {@code --merge}, merged. */
  private Optional<SavedStatistics> earlier() {
    List<String> locations = earlierLocations();
    Optional<SavedStatistics> all = Optional.empty();
    for (String location : locations) {
      SavedStatistics next = SavedStatistics.parse(TextFiles.read(location, files), location);
      if (all.isPresent()) {
        if (!options.method.isChosen() && !all.get().method().equals(next.method())) {
          throw new JobFailure(
              "%s and %s were found for different ways to normalize; choose with --method."
                  .formatted(locations.get(0), location));
        }
        next = merged(all.get(), next, location, locations.get(0));
      }
      all = Optional.of(next);
    }
    return all;
  }

  private void requireMergeable() {
    if (options.method.kind() == Kind.ROBUST && !options.merge.isEmpty()) {
      throw new JobFailure(
          "%s was found for --method robust, whose quartiles cannot be merged; use another --method."
              .formatted(options.merge.get(0)));
    }
  }

  private static SavedStatistics merged(
      SavedStatistics first, SavedStatistics next, String file, String other) {
    try {
      return first.mergedWith(next);
    } catch (FileFormatException e) {
      throw new JobFailure(
          "%s cannot be merged with %s: %s.".formatted(file, other, e.getMessage()), e);
    }
  }

  private Source source(Optional<SavedStatistics> earlier) {
    // Before the columns are known, an argument may be a name with commas or several names.
    ReadOptions wanted =
        options.input.on(
            options.apply != null
                ? DataReader.again(earlier.orElseThrow().names())
                : ReadOptions.of(options.features.possible()),
            options.writing.target(options.output));
    InputTable table =
        phase(
            "read",
            () -> {
              InputTable found = options.input.read(spark, wanted);
              return found.with(sampled(found.rows()));
            });
    Dataset<Row> rows = table.rows();
    if (options.apply != null) {
      SavedStatistics applied = earlier.orElseThrow();
      return new Source(
          table, applicable(rows, applied), new RowRoles(Optional.empty(), applied.by()));
    }
    Normalizer normalizer = wanted();
    return new Source(table, normalizer.features(rows), normalizer.roles(rows));
  }

  /** The first rows alone, which then stay the same, if only those are wanted. */
  private Dataset<Row> sampled(Dataset<Row> rows) {
    return options.sample == null
        ? rows
        : spark.createDataFrame(rows.limit(options.sample).collectAsList(), rows.schema());
  }

  /** The features of the statistics in the input. */
  private Features applicable(Dataset<Row> rows, SavedStatistics applied) {
    try {
      return wanted().with(applied).features(rows);
    } catch (DataException e) {
      throw new JobFailure(
          "%s does not fit the input: %s".formatted(options.apply, e.getMessage()), e);
    }
  }

  /** What the options ask for; what is missing is left out, and told afterwards. */
  private Normalizer wanted() {
    Normalizer wanted =
        options.features.in(
            Normalizer.of(options.method.method())
                .with(options.method.constant())
                .with(options.method.unseen()));
    return wanted.with(missing == MissingValues.ERROR ? MissingValues.SKIP : missing);
  }

  private FittedNormalizer fit(Source source) {
    // With --apply, statistics of the input serve --verify alone.
    FittedNormalizer fitted =
        phase(
            "fit",
            () ->
                options.apply == null
                    ? wanted().fit(source.rows(), source.features())
                    : Normalizer.batchNorm().with(unmerged(source)));
    requireNoMissing(fitted);
    return fitted;
  }

  private static SavedStatistics unmerged(Source source) {
    return new SavedStatistics(
        source.features().names(),
        source.roles().by(),
        GroupStatistics.fit(source.rows(), source.features(), source.roles()),
        Map.of());
  }

  private void requireNoMissing(FittedNormalizer fitted) {
    List<String> features = fitted.missing();
    if (missing == MissingValues.ERROR && !features.isEmpty()) {
      throw new JobFailure(
          DataException.missingValues(Sentences.first(features, "columns")).getMessage()
              + " Say which: --missing skip or --missing mean.");
    }
  }

  /** With the statistics that are applied, or with all that there are, merged. */
  private FittedNormalizer normalizer(
      Optional<Source> source,
      Optional<FittedNormalizer> fitted,
      Optional<SavedStatistics> earlier) {
    SavedStatistics statistics =
        options.apply != null
            ? earlier.orElseThrow().inOrder(source.orElseThrow().features().names())
            : fitted
                .map(FittedNormalizer::statistics)
                .map(
                    own ->
                        earlier
                            .map(saved -> merged(own, saved, options.merge.get(0), "the input"))
                            .orElse(own))
                .or(() -> earlier)
                .orElseThrow();
    if (statistics.moments().stream().allMatch(m -> m.count() + m.missing() == 0)) {
      throw new JobFailure("The input has no rows, so it has no statistics.");
    }
    if (options.method.unseen != null && statistics.by().isEmpty()) {
      throw new JobFailure(
          "%s holds no groups, so --unseen has no meaning; leave it out.".formatted(options.apply));
    }
    FittedNormalizer normalizer = wanted().with(statistics);
    return options.method.inverse ? normalizer.inverse() : normalizer;
  }

  private NormalizedRows normalized(Source source, FittedNormalizer normalizer) {
    return normalizer.transform(
        source.rows(),
        // What the fit has found complete needs no second look at each value.
        needsFit() ? normalizer.request().missing() : missing,
        Optional.ofNullable(options.suffix).orElse(""),
        options.outputType);
  }

  private NormalizedRows write(Source source, FittedNormalizer normalizer, RowOutput output) {
    NormalizedRows normalized = normalized(source, normalizer);
    List<String> changed =
        normalized.features().columns().stream().map(FeatureColumn::name).toList();
    List<String> partitionBy = options.writing.partitionBy(normalized.rows(), changed);
    try {
      phase(
          "write",
          () -> {
            output.write(normalized.rows(), partitionBy);
            return output;
          });
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      if (missing == MissingValues.ERROR && !needsFit()) {
        // A missing value is the likely cause; counting tells how many there are, and where.
        requireNoMissing(Normalizer.batchNorm().with(unmerged(source)));
      }
      throw DataException.of(failure);
    }
    return normalized;
  }

  private Verification verify(
      Source source,
      FittedNormalizer fitted,
      FittedNormalizer normalizer,
      NormalizedRows normalized,
      RowOutput output) {
    RowRoles roles = source.roles().withoutWeight();
    // Rows of weight 0 are normalized as all others, so weights have no say here.
    GroupSums found = fitted.statistics().groups();
    GroupSums own =
        found.isWeighted()
            ? phase(
                "verify input", () -> GroupStatistics.fit(source.rows(), source.features(), roles))
            : found;
    Dataset<Row> again = output.readBack(normalized.rows().schema());
    Features features = Features.ofFeatures(again, normalized.features().names());
    GroupSums written = phase("verify", () -> GroupStatistics.fit(again, features, roles));
    return Verification.of(normalizer, own, written, features);
  }

  private <T> T phase(String name, Supplier<T> work) {
    spark.sparkContext().setJobDescription("normalize: " + name);
    Progress progress = Progress.start(name, spark.sparkContext(), terminal);
    try {
      return report.phase(name, work);
    } finally {
      progress.close();
      spark.sparkContext().setJobDescription(null);
    }
  }
}
