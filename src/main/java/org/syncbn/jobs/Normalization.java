package org.syncbn.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.jobs.MethodOptions.Method;
import org.syncbn.jobs.OutputCommit.TextFile;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.SavedStatistics;
import org.syncbn.report.RunReport;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.FeatureQuartiles;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.GroupScalings;
import org.syncbn.spark.GroupStatistics;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.RowRoles;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

/** One run of the command {@code normalize}: fit, merge, write, verify, publish. */
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
      Optional<TextFile> reportFile = options.session.reporting.file(outputs);

      Optional<SavedStatistics> earlier = earlier();
      earlier.ifPresent(saved -> options.method.adopt(saved, earlierLocations().get(0)));
      requireMergeable();
      Optional<Source> source =
          options.input.isEmpty() ? Optional.empty() : Optional.of(source(earlier));
      Optional<SavedStatistics> fitted = source.filter(found -> needsFit()).map(this::fit);
      SavedStatistics statistics = statistics(source, fitted, earlier);
      NormalizeSummary summary = new NormalizeSummary(options, missing, statistics);
      source.ifPresent(from -> summary.read(from.table(), fitted.map(Normalization::rows)));
      if (options.sample != null) {
        NormalizedOutput normalized = normalized(source.orElseThrow(), scalings(statistics));
        terminal.print(summary.text() + "\n" + SampleTable.text(normalized.rows()));
        return;
      }
      GroupScalings scalings = scalings(statistics);
      if (output.isPresent()) {
        NormalizedOutput normalized = write(source.orElseThrow(), scalings, output.get());
        if (options.verify) {
          summary.verified(
              verify(source.get(), fitted.orElseThrow(), statistics, normalized, output.get()));
        }
      }
      terminal.print(summary.text());
      summary.requireVerified();
      statisticsFile.ifPresent(file -> file.write(statistics.with(options.method.saved()).json()));
      reportFile.ifPresent(file -> file.write(summary.json(report, spark)));
      if (source.isPresent()) {
        requireUnchanged(source.get().table());
      }
      outputs.commit();
      terminal.print(summary.places());
      output.flatMap(RowOutput::note).ifPresent(note -> terminal.print(note + "\n"));
    }
  }

  private static long rows(SavedStatistics fitted) {
    Moments first = fitted.moments().get(0);
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
              "%s and %s were found for different ways to normalize; say which with --method."
                  .formatted(locations.get(0), location));
        }
        next = merged(all.get(), next, location, locations.get(0));
      }
      all = Optional.of(next);
    }
    return all;
  }

  private void requireMergeable() {
    if (options.method.method() == Method.ROBUST && !options.merge.isEmpty()) {
      throw new JobFailure(
          "%s was found for --method robust, whose quartiles cannot be merged; say another --method."
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
          table, applicable(rows, applied.names()), new RowRoles(Optional.empty(), applied.by()));
    }
    RowRoles roles = options.features.roles(rows);
    return new Source(table, options.features.features(rows, roles), roles);
  }

  /** The first rows alone, which then stay the same, if only those are wanted. */
  private Dataset<Row> sampled(Dataset<Row> rows) {
    return options.sample == null
        ? rows
        : spark.createDataFrame(rows.limit(options.sample).collectAsList(), rows.schema());
  }

  /** The features of these names, in the order of the input's columns. */
  private Features applicable(Dataset<Row> rows, List<String> names) {
    Map<String, Integer> places = new HashMap<>();
    for (String column : rows.columns()) {
      places.put(column, places.size());
    }
    Comparator<String> byColumn =
        Comparator.comparingInt(
            name ->
                places.getOrDefault(
                    name, places.getOrDefault(FeatureColumn.ofBlockFeature(name), 0)));
    try {
      return Features.ofFeatures(rows, names.stream().sorted(byColumn).toList());
    } catch (DataException e) {
      throw new JobFailure(
          "%s does not fit the input: %s".formatted(options.apply, e.getMessage()), e);
    }
  }

  private SavedStatistics fit(Source source) {
    List<String> names = source.features().names();
    GroupSums sums =
        phase("fit", () -> GroupStatistics.fit(source.rows(), source.features(), source.roles()));
    if (missing == MissingValues.ERROR) {
      requireNoMissing(names, sums.total().moments());
    }
    Map<Group, List<Quartiles>> quartiles =
        options.method.method() == Method.ROBUST && options.apply == null
            ? phase(
                "quartiles",
                () -> FeatureQuartiles.fit(source.rows(), source.features(), source.roles(), sums))
            : Map.of();
    return new SavedStatistics(names, source.roles().by(), sums, quartiles);
  }

  private static void requireNoMissing(List<String> names, List<Moments> moments) {
    List<String> counts = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (moments.get(i).missing() > 0) {
        counts.add("%s (%d)".formatted(names.get(i), moments.get(i).missing()));
      }
    }
    if (!counts.isEmpty()) {
      throw new JobFailure(
          DataException.missingValues(Sentences.first(counts, "columns")).getMessage()
              + " Say which: --missing skip or --missing mean.");
    }
  }

  /** With which the data are normalized: the applied ones, or all that there are, merged. */
  private SavedStatistics statistics(
      Optional<Source> source,
      Optional<SavedStatistics> fitted,
      Optional<SavedStatistics> earlier) {
    SavedStatistics statistics =
        options.apply != null
            ? earlier.orElseThrow().inOrder(source.orElseThrow().features().names())
            : fitted
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
    if (options.method.method() == Method.ROBUST && statistics.quartiles().isEmpty()) {
      throw new JobFailure(
          "%s holds no quartiles, which --method robust needs; fit them with --method robust."
              .formatted(options.apply));
    }
    if (options.method.unseen != null && statistics.by().isEmpty()) {
      throw new JobFailure(
          "%s holds no groups, so --unseen has no meaning; leave it out.".formatted(options.apply));
    }
    return statistics;
  }

  private GroupScalings scalings(SavedStatistics statistics) {
    List<String> names = statistics.names();
    SortedMap<Group, FeatureScaling> ofGroups = new TreeMap<>();
    statistics
        .groups()
        .groups()
        .forEach(
            (group, sums) ->
                ofGroups.put(
                    group,
                    scaling(
                        names.stream().map(name -> Sentences.of(name, group)).toList(),
                        sums.moments(),
                        statistics.quartiles().getOrDefault(group, List.of()),
                        statistics.moments())));
    UnseenGroups unseen = options.method.unseen();
    FeatureScaling ofAll =
        unseen == UnseenGroups.GLOBAL
            ? options.method.scaling(names, statistics.moments(), List.of())
            : FeatureScaling.identity(names.size());
    return new GroupScalings(ofGroups, unseen, ofAll);
  }

  /**
   * The scaling of a group. A feature without a value in it takes the statistics of all groups, if
   * they are for rows of unseen groups, or has none.
   */
  private FeatureScaling scaling(
      List<String> names, List<Moments> ofGroup, List<Quartiles> quartiles, List<Moments> ofAll) {
    List<Moments> known = new ArrayList<>();
    SortedMap<Integer, String> without = new TreeMap<>();
    for (int i = 0; i < names.size(); i++) {
      boolean isAbsent = ofGroup.get(i).count() == 0 && ofAll.get(i).count() > 0;
      known.add(isAbsent ? ofAll.get(i) : ofGroup.get(i));
      if (isAbsent) {
        without.put(i, names.get(i));
      }
    }
    FeatureScaling scaling = options.method.scaling(names, known, quartiles);
    UnseenGroups unseen = options.method.unseen();
    return without.isEmpty() || unseen == UnseenGroups.GLOBAL
        ? scaling
        : scaling.without(without, unseen == UnseenGroups.SKIP);
  }

  private NormalizedOutput normalized(Source source, GroupScalings scalings) {
    // What the fit has found complete needs no second look at each value.
    MissingValues left =
        missing == MissingValues.ERROR && needsFit() ? MissingValues.SKIP : missing;
    return NormalizedOutput.of(
        source.rows(),
        source.features(),
        source.roles().by(),
        scalings,
        left,
        Optional.ofNullable(options.suffix).orElse(""),
        options.outputType);
  }

  private NormalizedOutput write(Source source, GroupScalings scalings, RowOutput output) {
    NormalizedOutput normalized = normalized(source, scalings);
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
        requireNoMissing(
            source.features().names(),
            FeatureStatistics.fit(source.rows(), source.features()).moments());
      }
      throw DataException.of(failure);
    }
    return normalized;
  }

  private NormalizeVerification verify(
      Source source,
      SavedStatistics fitted,
      SavedStatistics statistics,
      NormalizedOutput normalized,
      RowOutput output) {
    RowRoles roles = source.roles().withoutWeight();
    // Rows of weight 0 are normalized as all others, so weights have no say here.
    GroupSums own =
        fitted.groups().isWeighted()
            ? phase(
                "verify input", () -> GroupStatistics.fit(source.rows(), source.features(), roles))
            : fitted.groups();
    Dataset<Row> again = output.readBack(normalized.rows().schema());
    Features features = Features.ofFeatures(again, normalized.features().names());
    GroupSums written = phase("verify", () -> GroupStatistics.fit(again, features, roles));
    return NormalizeVerification.of(options.method, own, statistics, written, features);
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
