package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.syncbn.api.Normalizer;
import org.syncbn.spark.ColumnChoice;
import org.syncbn.spark.files.FeatureSelection;
import picocli.CommandLine.Option;

/** The options that choose the columns to normalize, the weights and the groups. */
final class FeatureOptions {

  @Option(
      names = "--columns",
      paramLabel = "NAMES",
      description =
          "Columns to normalize, separated by commas; may be repeated. Names are literal, dots"
              + " included; if no column has the name, * matches any characters and ? any one, and"
              + " type:double, float, integer, decimal, vector or array selects all columns of that"
              + " type. Default: all numeric columns, vectors and arrays.")
  List<String> columns = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "NAMES",
      description =
          "Columns to leave unchanged, if --columns is not given; written as for --columns.")
  List<String> exclude = new ArrayList<>();

  @Option(
      names = "--weight",
      paramLabel = "COLUMN",
      description =
          "Column of row weights, for weighted statistics: finite, at least 0; a row of weight 0"
              + " does not count. Not normalized.")
  String weight;

  @Option(
      names = "--by",
      paramLabel = "NAMES",
      description =
          "Normalize each row with the statistics of its own group: columns of strings, integers,"
              + " booleans or dates, separated by commas, such as shop,year. Null is a group of its"
              + " own. Not normalized.")
  List<String> by = new ArrayList<>();

  /** Whether nothing is said about columns. */
  boolean isEmpty() {
    return columns.isEmpty() && exclude.isEmpty() && weight == null && by.isEmpty();
  }

  void check(ArgumentCheck check) {
    check.reject(
        !columns.isEmpty() && !exclude.isEmpty(),
        "--columns and --exclude cannot be combined: give one of them");
  }

  /** The selection before columns are known, when an argument may be a name or several. */
  FeatureSelection possible() {
    return columns.isEmpty()
        ? FeatureSelection.allNumericExcept(
            Stream.of(ColumnChoice.possible(exclude), ColumnChoice.possible(by), weightOnly())
                .flatMap(List::stream)
                .toList())
        : FeatureSelection.named(ColumnChoice.possible(columns));
  }

  private List<String> weightOnly() {
    return Optional.ofNullable(weight).stream().toList();
  }

  /** The request with these columns. */
  Normalizer in(Normalizer request) {
    Normalizer grouped = request.by(by.toArray(String[]::new));
    Normalizer weighted = weight == null ? grouped : grouped.withWeight(weight);
    return columns.isEmpty()
        ? weighted.withoutColumns(exclude.toArray(String[]::new))
        : weighted.withColumns(columns.toArray(String[]::new));
  }
}
