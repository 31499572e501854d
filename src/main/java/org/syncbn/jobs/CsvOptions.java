package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.syncbn.data.TextOptions;
import org.syncbn.data.TextOptions.Header;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options for reading text files whose dialect cannot be detected. */
final class CsvOptions {

  @Spec(Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--encoding",
      paramLabel = "NAME",
      description =
          "Encoding of text files without a byte order mark, such as ISO-8859-1, windows-1252 or"
              + " UTF-16LE. Default: UTF-8.")
  Optional<String> encoding = Optional.empty();

  @Option(
      names = "--delimiter",
      paramLabel = "CHAR",
      description =
          "CSV delimiter: a character, tab, or blanks for runs of blanks. Default: detected from"
              + " the first lines, one of , ; | tab and blanks.")
  Optional<String> delimiter = Optional.empty();

  @Option(
      names = "--header",
      description = "The first line of each CSV file is the header, whatever it looks like.")
  boolean header;

  @Option(
      names = "--no-header",
      description = "CSV files have no header; columns are called _c0, _c1, ....")
  boolean noHeader;

  @Option(
      names = "--decimal-comma",
      negatable = true,
      description = "CSV numbers have a decimal comma, as in 1,5.")
  Optional<Boolean> decimalComma = Optional.empty();

  @Option(
      names = "--thousands",
      paramLabel = "CHAR",
      description = "Thousands separator of CSV numbers, such as the comma in 1,234,567.")
  Optional<String> thousands = Optional.empty();

  @Option(
      names = "--comment",
      paramLabel = "CHAR",
      description = "Skip CSV lines that begin with this.")
  Optional<String> comment = Optional.empty();

  @Option(
      names = "--skip-lines",
      paramLabel = "N",
      description = "Lines to skip at the start of each CSV file, before the header.")
  Optional<Integer> skipLines = Optional.empty();

  @Option(
      names = "--escape",
      paramLabel = "CHAR",
      description =
          "Escape character before a quote inside CSV quotes, such as the backslash that Spark"
              + " writes. Default: quotes inside quotes are doubled.")
  Optional<String> escape = Optional.empty();

  @Option(
      names = "--null",
      paramLabel = "TEXT,...",
      description =
          "Strings that mean a missing value in numeric CSV columns, such as NA,?,-; a number,"
              + " such as -999, also matches -999.0. May be repeated.")
  List<String> nulls = new ArrayList<>();

  @Option(
      names = "--zero-based",
      negatable = true,
      description = "LibSVM indices begin with 0, as LightGBM and XGBoost write them.")
  Optional<Boolean> zeroBased = Optional.empty();

  /** The rules for texts. */
  TextOptions text() {
    return over(TextOptions.DEFAULTS);
  }

  /** The rules for texts, where others hold for what was not said. */
  TextOptions over(TextOptions others) {
    ArgumentCheck check = ArgumentCheck.of(spec);
    check.reject(header && noHeader, "--header and --no-header cannot be combined");
    check.reject(skipLines.orElse(0) < 0, "--skip-lines must be at least 0");
    try {
      return new TextOptions(
          encoding.orElse(others.encoding()),
          delimiter.orElse(others.delimiter()),
          header ? Header.TRUE : noHeader ? Header.FALSE : others.header(),
          decimalComma.orElse(others.decimalComma()),
          thousands.orElse(others.thousands()),
          comment.orElse(others.comment()),
          skipLines.orElse(others.skipLines()),
          escape.orElse(others.escape()),
          nulls.isEmpty()
              ? others.nulls()
              : nulls.stream()
                  .flatMap(text -> Arrays.stream(text.split(",", -1)))
                  .distinct()
                  .toList(),
          zeroBased.orElse(others.zeroBased()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }
}
