package io.syncbn.jobs;

import io.syncbn.spark.files.TextOptions;
import io.syncbn.spark.files.TextOptions.Header;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How text files are to be understood where they do not tell it themselves. */
final class CsvOptions {

  @Spec(Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--encoding",
      paramLabel = "NAME",
      defaultValue = "UTF-8",
      description =
          "Encoding of text files without a byte order mark, as ISO-8859-1, windows-1252 or"
              + " UTF-16LE. Default: ${DEFAULT-VALUE}.")
  String encoding;

  @Option(
      names = "--delimiter",
      paramLabel = "CHAR",
      description =
          "What stands between the fields of CSV: a character, tab, or blanks for runs of blanks."
              + " Default: what the first lines tell, of , ; | tab and blanks.")
  String delimiter = "";

  @Option(
      names = "--header",
      description = "The first line of each CSV file names the columns, whatever it looks like.")
  boolean header;

  @Option(
      names = "--no-header",
      description = "CSV files have no header; the columns are called _c0, _c1, ....")
  boolean noHeader;

  @Option(names = "--decimal-comma", description = "Numbers of CSV are written as 1,5.")
  boolean decimalComma;

  @Option(
      names = "--thousands",
      paramLabel = "CHAR",
      description = "The mark between groups of three digits in numbers of CSV, as in 1,234,567.")
  String thousands = "";

  @Option(
      names = "--comment",
      paramLabel = "CHAR",
      description = "Lines of CSV that begin with it are not read.")
  String comment = "";

  @Option(
      names = "--skip-lines",
      paramLabel = "N",
      description = "Lines at the start of each CSV file, before the header, that are not read.")
  int skippedLines;

  @Option(
      names = "--null",
      paramLabel = "TEXT,...",
      description =
          "Texts that mean a missing value in columns of numbers of CSV, as NA,?,-; may be"
              + " repeated.")
  List<String> nulls = new ArrayList<>();

  /** The rules for texts. */
  TextOptions text() {
    refuse(header && noHeader, "--header and --no-header cannot go together");
    refuse(skippedLines < 0, "--skip-lines must be at least 0");
    refuse(
        !isDelimiter(delimiter),
        "--delimiter '%s' is not one character, tab or blanks".formatted(delimiter));
    refuse(
        thousands.codePointCount(0, thousands.length()) > 1,
        "--thousands '%s' is not one character".formatted(thousands));
    refuse(
        thousands.equals(decimalComma ? "," : "."),
        "--thousands '%s' is the decimal point already".formatted(thousands));
    refuse(!isCharset(encoding), "--encoding '%s' is not an encoding".formatted(encoding));
    return new TextOptions(
        encoding,
        delimiter,
        header ? Header.PRESENT : noHeader ? Header.ABSENT : Header.TOLD_BY_FILE,
        decimalComma,
        thousands,
        comment,
        skippedLines,
        nulls.stream().flatMap(text -> Arrays.stream(text.split(",", -1))).distinct().toList());
  }

  private static boolean isDelimiter(String text) {
    return List.of("", "tab", "\\t", TextOptions.BLANKS).contains(text)
        || text.codePointCount(0, text.length()) == 1 && !List.of("\"", "\n", "\r").contains(text);
  }

  private static boolean isCharset(String name) {
    try {
      return Charset.isSupported(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void refuse(boolean wrong, String sentence) {
    if (wrong) {
      throw new ParameterException(spec.commandLine(), sentence);
    }
  }
}
