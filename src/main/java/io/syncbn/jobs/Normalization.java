package io.syncbn.jobs;

import io.syncbn.jobs.OutputCommit.TextFile;
import io.syncbn.model.FileFormatException;
import io.syncbn.model.SavedStatistics;
import io.syncbn.report.Expectation;
import io.syncbn.report.Expectation.Precision;
import io.syncbn.report.RunReport;
import io.syncbn.spark.DataReader;
import io.syncbn.spark.DataWriter;
import io.syncbn.spark.FeatureColumn;
import io.syncbn.spark.FeatureScaling;
import io.syncbn.spark.FeatureStatistics;
import io.syncbn.spark.FeatureTransform;
import io.syncbn.spark.Features;
import io.syncbn.spark.MissingValues;
import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.FeatureSelection;
import io.syncbn.spark.files.ReadOptions;
import io.syncbn.sums.Moments;
import io.syncbn.sums.TableSums;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;

/** One run of the command {@code normalize}: fit, merge, write, verify, publish. */
final class Normalization {

  private final NormalizeJob options;
  private final SparkSession spark;
  private final Terminal terminal;
  private final Configuration files;
  private final RunReport report = new RunReport();
  private final MissingValues missing;
  private final DataWriter writer;

  Normalization(NormalizeJob options, SparkSession spark, Terminal terminal) {
    this.options = options;
    this.spark = spark;
    this.terminal = terminal;
    files = spark.sparkContext().hadoopConfiguration();
    missing = Optional.ofNullable(options.missing).orElse(MissingValues.ERROR);
    writer =
        new DataWriter(
            options.writing.format(Optional.ofNullable(options.output).orElse("")), List.of());
  }

  /** Rows to normalize, and the features in them. */
  private record Source(Dataset<Row> rows, Features features) {}

  /** Does it all; what is announced first appears only at the end. */
  void run() {
    OutputPlaces places = new OutputPlaces(files);
    options.input.paths.forEach(places::reads);
    earlierLocations().forEach(places::readsText);
    try (OutputCommit outputs = new OutputCommit(places)) {
      Optional<String> output =
          Optional.ofNullable(options.output)
              .map(path -> outputs.folder(path, options.writing.overwrite));
      Optional<TextFile> statisticsFile =
          Optional.ofNullable(options.statistics).map(outputs::textFile);
      Optional<TextFile> reportFile = options.session.reporting.file(outputs);

      Optional<SavedStatistics> earlier = earlier();
      Optional<Source> source =
          options.input.isEmpty() ? Optional.empty() : Optional.of(source(earlier));
      Optional<TableSums> fitted = source.filter(found -> needsFit()).map(this::fit);
      Optional<List<Moments>> own = fitted.map(TableSums::moments); // before others are merged
      SavedStatistics statistics = statistics(source, fitted, earlier);
      List<Moments> moments = statistics.moments();
      if (moments.stream().allMatch(m -> m.count() + m.missing() == 0)) {
        throw new JobFailure("The input has no rows, so it has no statistics.");
      }
      FeatureScaling scaling = scaling(statistics.names(), moments);
      NormalizeSummary summary =
          new NormalizeSummary(options, missing, statistics.names(), moments);

      if (output.isPresent()) {
        Dataset<Row> normalized = write(source.orElseThrow(), scaling, output.get());
        if (options.verify) {
          summary.verified(
              expectations(source.get().features(), own.orElseThrow(), moments),
              verify(output.get(), normalized, statistics.names()));
        }
      }
      terminal.print(summary.text());
      summary.requireVerified();
      statisticsFile.ifPresent(file -> file.write(statistics.json()));
      reportFile.ifPresent(file -> file.write(summary.json(report, spark)));
      outputs.commit();
      terminal.print(summary.places());
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
        next = merged(all.get(), next, location, locations.get(0));
      }
      all = Optional.of(next);
    }
    return all;
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
    ReadOptions possible =
        options.input.on(
            options.apply != null
                ? DataReader.again(earlier.orElseThrow().names())
                : ReadOptions.of(
                    new FeatureSelection(both(options.columns), both(options.exclude))));
    ReadOptions wanted = options.output == null ? possible : possible.withTarget(writer.format());
    Dataset<Row> rows =
        phase("read", () -> DataReader.read(spark, options.input.paths, wanted)).rows();
    Set<String> names = Set.copyOf(Arrays.asList(rows.columns()));
    return new Source(
        rows,
        options.apply != null
            ? applicable(rows, earlier.orElseThrow().names())
            : Features.of(
                rows,
                new FeatureSelection(
                    split(options.columns, names), split(options.exclude, names))));
  }

  private static List<String> both(List<String> arguments) {
    return arguments.stream()
        .flatMap(argument -> Stream.concat(Stream.of(argument), Stream.of(argument.split(","))))
        .toList();
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

  /** An argument is a column's name if there is such a column, else names between commas. */
  private static List<String> split(List<String> arguments, Set<String> columns) {
    return arguments.stream()
        .flatMap(argument -> columns.contains(argument) ? Stream.of(argument) : names(argument))
        .toList();
  }

  private static Stream<String> names(String argument) {
    String[] names = argument.split(",", -1);
    if (Arrays.stream(names).anyMatch(String::isBlank)) {
      throw new JobFailure(
          "'%s' is no list of columns: a name between its commas is empty.".formatted(argument));
    }
    return Arrays.stream(names);
  }

  private TableSums fit(Source source) {
    TableSums sums = phase("fit", () -> FeatureStatistics.fit(source.rows(), source.features()));
    if (missing == MissingValues.ERROR) {
      requireNoMissing(source.features().names(), sums.moments());
    }
    return sums;
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
          DataException.missingValues(
                      String.join(", ", counts.subList(0, Math.min(5, counts.size())))
                          + (counts.size() > 5
                              ? " and %d more columns".formatted(counts.size() - 5)
                              : ""))
                  .getMessage()
              + " Say which: --missing skip or --missing mean.");
    }
  }

  /** With which the data are normalized: the applied ones, or all that there are, merged. */
  private SavedStatistics statistics(
      Optional<Source> source, Optional<TableSums> fitted, Optional<SavedStatistics> earlier) {
    if (source.isEmpty()) {
      return earlier.orElseThrow();
    }
    List<String> names = source.get().features().names();
    if (options.apply != null) {
      return earlier.orElseThrow().inOrder(names);
    }
    SavedStatistics own = new SavedStatistics(names, fitted.orElseThrow());
    return earlier.map(saved -> merged(own, saved, options.merge.get(0), "the input")).orElse(own);
  }

  private FeatureScaling scaling(List<String> names, List<Moments> moments) {
    return switch (options.method) {
      case BATCH_NORM -> FeatureScaling.batchNorm(names, moments, options.eps());
      case MIN_MAX ->
          FeatureScaling.minMax(names, moments, options.range().lower(), options.range().upper());
    };
  }

  private Dataset<Row> write(Source source, FeatureScaling scaling, String folder) {
    // What the fit has found complete needs no second look at each value.
    MissingValues left =
        missing == MissingValues.ERROR && needsFit() ? MissingValues.SKIP : missing;
    Dataset<Row> normalized =
        FeatureTransform.normalize(source.rows(), source.features(), scaling, left);
    try {
      phase(
          "write",
          () -> {
            writer.write(normalized, folder);
            return folder;
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

  private List<Moments> verify(String folder, Dataset<Row> written, List<String> names) {
    Dataset<Row> again = writer.readBack(spark, written.schema(), folder);
    Features features = Features.ofFeatures(again, names);
    return phase("verify", () -> FeatureStatistics.fit(again, features)).moments();
  }

  private List<Expectation> expectations(
      Features features, List<Moments> own, List<Moments> moments) {
    List<Precision> precisions =
        features.columns().stream()
            .flatMap(column -> Collections.nCopies(column.width(), precision(column)).stream())
            .toList();
    List<Expectation> expectations = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      Expectation expectation =
          switch (options.method) {
            case BATCH_NORM ->
                Expectation.batchNorm(own.get(i), moments.get(i), options.eps(), precisions.get(i));
            case MIN_MAX ->
                Expectation.minMax(
                    own.get(i),
                    moments.get(i),
                    options.range().lower(),
                    options.range().upper(),
                    precisions.get(i));
          };
      expectations.add(
          missing == MissingValues.MEAN ? expectation.withMissingReplaced() : expectation);
    }
    return expectations;
  }

  private static Precision precision(FeatureColumn column) {
    boolean isFloat =
        column.dataType().equals(DataTypes.FloatType)
            || column.dataType() instanceof ArrayType array
                && array.elementType().equals(DataTypes.FloatType);
    return isFloat ? Precision.FLOAT : Precision.DOUBLE;
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
