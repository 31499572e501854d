package org.syncbn.jobs;

import static org.syncbn.report.TextTable.count;
import static org.syncbn.report.TextTable.number;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.syncbn.api.Verification;
import org.syncbn.cli.Choice;
import org.syncbn.cli.Versions;
import org.syncbn.model.SavedStatistics;
import org.syncbn.report.Expectation;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.Sentences;
import org.syncbn.spark.files.InputTable;
import org.syncbn.sums.Group;
import org.syncbn.sums.Moments;
import org.syncbn.sums.TableSums;

/** The result of a run of {@code normalize}: tables and notes for people, JSON for programs. */
final class NormalizeSummary {

  /** Tables of more features than this show the first and the remarkable ones. */
  private static final int LONGEST_TABLE = 40;

  private static final int FIRST_FEATURES = 20;

  /** Features of one kind that are shown, and named in a note. */
  private static final int OF_ONE_KIND = 5;

  private static final int GROUPS_SHOWN = 3;
  private static final int FEATURES_OF_GROUP_SHOWN = 5;

  private final NormalizeJob options;
  private final MissingValues missing;
  private final List<String> names;
  private final List<Moments> statistics;
  private final SavedStatistics groups;
  private Optional<Verification> verification = Optional.empty();
  private List<Map<String, Object>> histograms = List.of();
  private String input = "";
  private List<String> inputNotes = List.of();
  private int inputFiles;

  /**
   * A summary of what was found.
   *
   * @param statistics with which the data are normalized
   */
  NormalizeSummary(NormalizeJob options, MissingValues missing, SavedStatistics statistics) {
    this.options = options;
    this.missing = missing;
    names = statistics.names();
    this.statistics = statistics.moments();
    groups = statistics;
  }

  /** Adds what the output must be and what it is. */
  void verified(Verification result) {
    verification = Optional.of(result);
  }

  /**
   * Adds how many values lie where.
   *
   * @param of the input alone
   * @param counts of each feature in bins between its extremes
   */
  void counted(List<Moments> of, List<List<Long>> counts) {
    histograms = new ArrayList<>();
    for (int i = 0; i < counts.size(); i++) {
      Map<String, Object> histogram = new LinkedHashMap<>();
      histogram.put("low", of.get(i).min());
      histogram.put("high", of.get(i).max());
      histogram.put("counts", counts.get(i));
      histograms.add(histogram);
    }
  }

  /** Fails with the first feature that is not as it must be. */
  void requireVerified() {
    verification.ifPresent(Verification::requireAsExpected);
  }

  /** Adds what was read. */
  void read(InputTable table, Optional<Long> rows) {
    inputFiles = table.files().size();
    inputNotes = table.notes();
    String from =
        options.input.table.isNamed()
            ? "the table " + options.input.table.name
            : inputFiles == 0
                ? String.join(", ", options.input.paths)
                : count(inputFiles) + (inputFiles == 1 ? " file" : " files");
    input = "Read %sfrom %s.\n".formatted(rows.map(n -> count(n) + " rows ").orElse(""), from);
  }

  /** The tables and the notes below them. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(input);
    inputNotes.forEach(sentence -> text.append(sentence).append("\n"));
    if (options.method.isAdopted()) {
      text.append(
          "Normalized by --method %s, as the statistics were found for.\n"
              .formatted(options.method.kind().written()));
    }
    text.append(title()).append("\n\n").append(statisticsTable()).append("\n");
    if (!groups.by().isEmpty()) {
      text.append(groupsTable()).append("\n");
    }
    if (verification.isPresent()) {
      text.append("The output, read again (\"+-\" is what rounding may explain):\n\n");
      text.append(verificationTable()).append("\n");
    }
    note(text, constantNote(), this::isConstant);
    if (options.method.kind() == Kind.BATCH_NORM) {
      note(
          text,
          "Varies by less than eps (%s), which flattens it: %%s."
              .formatted(options.method.method().eps()),
          this::isFlattened);
    }
    return text.toString().stripTrailing() + "\n";
  }

  private String title() {
    long rows = statistics.get(0).count() + statistics.get(0).missing();
    return "Statistics of %s features over %s rows%s:"
        .formatted(
            count(names.size()),
            count(rows),
            options.apply != null
                ? ", from " + options.apply
                : options.merge.isEmpty()
                    ? ""
                    : ", merged with " + String.join(", ", options.merge));
  }

  private String statisticsTable() {
    TextTable table =
        new TextTable("feature", "count", "missing", "mean", "std. deviation", "min", "max");
    return rows(
        table, names.size(), remarkable(), i -> row(table, names.get(i), statistics.get(i)));
  }

  private static void row(TextTable table, String name, Moments moments) {
    table.row(
        name,
        count(moments.count()),
        count(moments.missing()),
        number(moments.mean(), 7),
        number(moments.populationStandardDeviation(), 5),
        number(moments.min(), 5),
        number(moments.max(), 5));
  }

  private String groupsTable() {
    Map<Group, TableSums> all = groups.groups().groups();
    TextTable table =
        new TextTable(
            "feature (group)", "count", "missing", "mean", "std. deviation", "min", "max");
    all.entrySet().stream()
        .limit(GROUPS_SHOWN)
        .forEach(
            entry ->
                IntStream.range(0, Math.min(names.size(), FEATURES_OF_GROUP_SHOWN))
                    .forEach(
                        i ->
                            row(
                                table,
                                Sentences.of(names.get(i), entry.getKey()),
                                entry.getValue().column(i).moments())));
    return "Of %s groups of %s, the first:\n\n%s"
        .formatted(count(all.size()), String.join(", ", groups.by()), table);
  }

  private String verificationTable() {
    Verification verified = verification.orElseThrow();
    TextTable table =
        new TextTable(
            "feature", "mean", "must be", "+-", "variance", "must be", "+-", "min", "max", "");
    return rows(
        table,
        verified.names().size(),
        Stream.of(
            first(
                verified.names().size(),
                i -> !verified.expected().get(i).deviations(verified.measured().get(i)).isEmpty())),
        i -> {
          Moments is = verified.measured().get(i);
          Expectation must = verified.expected().get(i);
          table.row(
              verified.names().get(i),
              number(is.mean(), 3),
              number(must.mean(), 3),
              number(must.meanBound(), 2),
              number(is.populationVariance(), 7),
              number(must.populationVariance(), 7),
              number(must.varianceBound(), 2),
              number(is.min(), 5),
              number(is.max(), 5),
              must.deviations(is).isEmpty() ? "ok" : "WRONG");
        });
  }

  /** All rows, or of many the first and the remarkable ones. */
  private static String rows(
      TextTable table, int all, Stream<IntStream> remarkable, IntConsumer row) {
    List<Integer> shown =
        all <= LONGEST_TABLE
            ? IntStream.range(0, all).boxed().toList()
            : Stream.concat(Stream.of(IntStream.range(0, FIRST_FEATURES)), remarkable)
                .flatMap(IntStream::boxed)
                .sorted()
                .distinct()
                .toList();
    shown.forEach(row::accept);
    int left = all - shown.size();
    return table
        + (left > 0 ? "... and %s more; --report has all of them\n".formatted(count(left)) : "");
  }

  private Stream<IntStream> remarkable() {
    return Stream.of(
        first(names.size(), this::isConstant),
        first(names.size(), this::isFlattened),
        first(names.size(), i -> statistics.get(i).missing() > 0),
        first(names.size(), i -> statistics.get(i).missing() > statistics.get(i).nullCount()),
        IntStream.of(largestSpread()));
  }

  /** The first few of a kind. */
  private static IntStream first(int all, IntPredicate kind) {
    return IntStream.range(0, all).filter(kind).limit(OF_ONE_KIND);
  }

  private int largestSpread() {
    return IntStream.range(0, names.size())
        .boxed()
        .max(Comparator.comparingDouble(i -> statistics.get(i).populationStandardDeviation()))
        .orElseThrow();
  }

  private void note(StringBuilder text, String sentence, IntPredicate of) {
    int all = (int) IntStream.range(0, names.size()).filter(of).count();
    if (all > 0) {
      int named = names.size() <= LONGEST_TABLE ? all : OF_ONE_KIND;
      String first =
          IntStream.range(0, names.size())
              .filter(of)
              .limit(named)
              .mapToObj(names::get)
              .collect(Collectors.joining(", "));
      String rest = all > named ? " and %s more".formatted(count(all - named)) : "";
      text.append(sentence.formatted(first + rest)).append("\n");
    }
  }

  private boolean isFlattened(int feature) {
    return options.method.kind() == Kind.BATCH_NORM
        && !isConstant(feature)
        && statistics.get(feature).populationVariance() < options.method.method().eps();
  }

  private boolean isConstant(int feature) {
    return statistics.get(feature).isConstant();
  }

  private String constantNote() {
    MethodOptions method = options.method;
    boolean divides = method.kind() == Kind.MAX_ABS;
    if (divides || method.inverse || !groups.by().isEmpty()) {
      return "Constant: %s.";
    } else if (method.constant() == ConstantColumns.KEEP) {
      return "Constant, and left as it is: %s.";
    }
    double becomes = method.kind() == Kind.MIN_MAX ? method.method().range().get(0) : 0;
    return "Constant, so %s everywhere: %%s.".formatted(number(becomes, 7));
  }

  /** Where the files are, a line each. */
  String places() {
    StringBuilder text = new StringBuilder("\n");
    place(text, "normalized data", options.writing.place(options.output));
    place(text, "statistics", options.statistics);
    place(text, "report", options.session.reporting.location().orElse(null));
    return text.length() == 1 ? "" : text.toString();
  }

  private static void place(StringBuilder text, String what, String location) {
    if (location != null) {
      text.append("%-16s %s%n".formatted(what, location.replaceFirst("^file:", "")));
    }
  }

  /** Adds the result and what it was made from. */
  RunReport addTo(RunReport report, SparkSession spark) {
    List<Map<String, Object>> features = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Map<String, Object> feature = new LinkedHashMap<>();
      feature.put("name", names.get(i));
      put(feature, statistics.get(i));
      feature.put("constant", isConstant(i));
      if (!histograms.isEmpty()) {
        feature.put("histogram", histograms.get(i));
      }
      if (verification.isPresent() && groups.by().isEmpty()) {
        feature.put("normalized", normalized(verification.get(), i));
      }
      features.add(feature);
    }
    if (!groups.by().isEmpty()) {
      report
          .with("by", groups.by())
          .with("groups", groups.groups().groups().size())
          .with("verifiedGroups", verifiedGroups());
    }
    return report
        .with("job", "normalize")
        .with("text", text())
        .with("features", features)
        .with("provenance", provenance(spark));
  }

  private List<Map<String, Object>> verifiedGroups() {
    List<Map<String, Object>> all = new ArrayList<>();
    verification.ifPresent(
        result -> {
          for (int i = 0; i < result.names().size(); i++) {
            Map<String, Object> entries = new LinkedHashMap<>();
            entries.put("name", result.names().get(i));
            entries.putAll(normalized(result, i));
            all.add(entries);
          }
        });
    return all;
  }

  private static Map<String, Object> normalized(Verification result, int i) {
    Map<String, Object> normalized = new LinkedHashMap<>();
    put(normalized, result.measured().get(i));
    Expectation must = result.expected().get(i);
    normalized.put("expectedMean", must.mean());
    normalized.put("meanBound", must.meanBound());
    normalized.put("expectedPopulationVariance", must.populationVariance());
    normalized.put("populationVarianceBound", must.varianceBound());
    return normalized;
  }

  private static void put(Map<String, Object> entries, Moments moments) {
    entries.put("count", moments.count());
    entries.put("missing", moments.missing());
    entries.put("mean", moments.mean());
    entries.put("populationVariance", moments.populationVariance());
    entries.put("sampleVariance", moments.sampleVariance());
    entries.put("min", moments.min());
    entries.put("max", moments.max());
  }

  private Map<String, Object> provenance(SparkSession spark) {
    Map<String, Object> provenance = Versions.of(spark);
    provenance.put("input", options.input.paths);
    provenance.put("table", Optional.ofNullable(options.input.table.name).orElse(""));
    provenance.put("files", inputFiles);
    provenance.put("notes", inputNotes);
    provenance.put("merge", options.merge);
    provenance.put("apply", Optional.ofNullable(options.apply).orElse(""));
    provenance.put("output", Optional.ofNullable(options.writing.place(options.output)).orElse(""));
    MethodOptions method = options.method;
    provenance.put("method", method.kind().written());
    if (method.kind().hasEps()) {
      provenance.put("eps", method.method().eps());
    }
    if (method.kind().hasRange()) {
      provenance.put("range", method.method().range());
    }
    provenance.put("inverse", method.inverse);
    provenance.put("constant", Choice.name(method.constant()));
    provenance.put("missing", Choice.name(missing));
    provenance.put("weight", Optional.ofNullable(options.features.weight).orElse(""));
    provenance.put("verified", verification.isPresent());
    return provenance;
  }
}
