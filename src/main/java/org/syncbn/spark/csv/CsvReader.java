package org.syncbn.spark.csv;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.csv.CsvForm.HeaderLine;
import org.syncbn.spark.csv.CsvNotations.Notation;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.FormatReader;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.LiteralNames;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;

/**
 * Reads CSV files as they are written (RFC 4180), and decides the type of each column from all of
 * its fields in one pass of its own.
 *
 * <ul>
 *   <li>Columns that shall not be features are texts as they stand; longs where all fields are
 *       integers as a computer writes them, since nothing is lost then.
 *   <li>An empty field is null and decides nothing. A column without any other field is text.
 *   <li>Fields that are all integers as a computer writes them make a column of longs, or of
 *       decimals when a long cannot hold them all.
 *   <li>Fields that are all integers are identifiers when more than half of them have superfluous
 *       zeros in front ({@code 007}), or when some have and all are of one length (postal codes):
 *       text, which is kept as it stands. Fewer such zeros are those of numbers.
 *   <li>Fields that are all numbers otherwise ({@code 1.5}, {@code -3e8}, {@code NaN}, {@code Inf},
 *       {@code Infinity}, blanks around them) make a column of doubles.
 *   <li>Where more than half of the fields, but not all, are numbers, the file is rejected with the
 *       first field that is none. So is a column of numbers with decimal commas, unless they were
 *       declared. Everything else is text: dates and truth values too.
 * </ul>
 *
 * <p>A column that was named to hold numbers is double or long, and rejected for any other field. A
 * row with more or fewer fields than the header is rejected, and so is a file whose header has
 * other names than that of the first, in any order, or that names two columns alike. A column
 * without a name is called {@code _c0} at the first place, {@code _c1} at the second, and so on.
 * Last columns without a name or any field come from delimiters at the ends of lines, and are left
 * out.
 */
public final class CsvReader implements FormatReader {

  private static final Notation COMMA_FRACTION = new Notation(true, "");
  private static final Notation COMMA_GROUPS = new Notation(false, ",");

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options) {
    List<String> notes = new ArrayList<>();
    CsvForm form = form(session, files, options.text(), notes);
    CsvScan scan = scan(session, files, form);
    if (scan.isCutShort()) {
      scan = scan(session, files, form.withWhole(scan.breaksInQuotes()));
    }
    Configuration configuration = Sessions.hadoop(session);
    if (scan.fault() != null) {
      CsvColumn.Field fault = scan.fault();
      throw file(configuration, form, fault)
          .sentence(new TextFault(fault.position(), fault.text()));
    }
    form = form.withWhole(scan.breaksInQuotes());
    noteWhole(session, form, scan.breaksInQuotes(), notes);
    List<String> names = names(files, form, scan, notes);
    StructField[] columns = new StructField[names.size()];
    for (int i = 0; i < columns.length; i++) {
      DataType type = type(configuration, form, names.get(i), scan.column(i), options);
      columns[i] = CsvText.column(names.get(i), type, form.text());
    }
    noteSigns(names, scan, options, notes);
    StructType schema = new StructType(columns);
    Dataset<Row> rows =
        files.rows(LiteralNames.session(session, names), new CsvFormat(form), schema, Map.of());
    return new InputTable(rows, files.files(), files.partitionColumns(), notes);
  }

  /** The form of all files, as the first one with a line tells it. */
  private static CsvForm form(
      SparkSession session, InputFiles files, TextOptions text, List<String> notes) {
    Configuration configuration = Sessions.hadoop(session);
    for (DataFile file : files.files()) {
      Optional<CsvForm> form = CsvHead.form(configuration, file.path(), text, notes);
      if (form.isPresent()) {
        return form.get();
      }
    }
    throw new DataException("There is no header in " + named(files) + ".");
  }

  /** Looks at all fields of all files in one pass. */
  private static CsvScan scan(SparkSession session, InputFiles files, CsvForm form) {
    Dataset<Row> parts =
        files.rows(session, new CsvScan.Format(form), CsvScan.Format.COLUMNS, Map.of());
    return Sessions.run(
        ClassicDataset.of(parts),
        "types of CSV columns",
        parsed -> {
          JavaRDD<byte[]> scans =
              parsed.mapPartitions(
                  rows -> {
                    CsvScan all = new CsvScan(form.header().size());
                    rows.forEachRemaining(row -> all.merge(CsvScan.fromBytes(row.getBinary(0))));
                    return Collections.singleton(all.toBytes()).iterator();
                  });
          return scans.getNumPartitions() == 0
              ? new CsvScan(form.header().size())
              : CsvScan.fromBytes(
                  scans.treeReduce(
                      (a, b) -> CsvScan.fromBytes(a).merge(CsvScan.fromBytes(b)).toBytes()));
        });
  }

  private static void noteWhole(
      SparkSession session, CsvForm form, Set<String> whole, List<String> notes) {
    Configuration configuration = Sessions.hadoop(session);
    List<String> names =
        whole.stream()
            .map(uri -> new Path(URI.create(uri)))
            .filter(path -> form.file(configuration, path).isSplittable())
            .map(TextFile::name)
            .toList();
    if (!names.isEmpty()) {
      notes.add(
          "%s%s has line breaks inside quotes, and is read by one task."
              .formatted(
                  names.get(0),
                  names.size() > 1 ? ", as each of %d files,".formatted(names.size()) : ""));
    }
  }

  private static void noteSigns(
      List<String> names, CsvScan scan, ReadOptions options, List<String> notes) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (options.admits(name) && scan.column(i).hasOnlySignedNumbers()) {
        notes.add(
            ("Column '%s' is left alone: its numbers have currency or percent signs, such as"
                    + " '%s'.")
                .formatted(name, scan.column(i).firstOther().orElseThrow().text()));
      }
    }
  }

  /** The names of the columns that are read. */
  private static List<String> names(
      InputFiles files, CsvForm form, CsvScan scan, List<String> notes) {
    List<String> names = form.names();
    int all = names.size();
    int last = all - 1;
    while (last > 0 && form.header().get(last).isEmpty() && scan.column(last).isEmpty()) {
      last--;
    }
    names = names.subList(0, last + 1);
    if (names.size() < all) {
      notes.add(
          all - names.size() == 1
              ? "The lines of %s end with a delimiter; the empty column behind it is left out."
                  .formatted(named(files))
              : "The lines of %s end with %d delimiters; the empty columns there are left out."
                  .formatted(named(files), all - names.size()));
    } else if (form.headerLine() == HeaderLine.WITHOUT_LAST) {
      throw new DataException(
          "The rows of %s have a field more than its header, which is empty in the first ones and not in all; name it in the header."
              .formatted(named(files)));
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new DataException(
            "The header of %s has two columns '%s'; rename one, or use --no-header if it is a row."
                .formatted(named(files), name));
      }
    }
    return names;
  }

  private static DataType type(
      Configuration configuration,
      CsvForm form,
      String name,
      CsvColumn column,
      ReadOptions options) {
    if (!options.admits(name)) {
      return column.faithfulType();
    }
    boolean named = options.selection().named().contains(name);
    Optional<CsvColumn.Field> other = column.firstOther();
    if (other.isPresent() && (named || column.isMostlyNumeric() || column.hasNumbersWithCommas())) {
      CsvColumn.Field field = other.get();
      String what =
          "column '%s' has '%s', which is not a number; %s"
              .formatted(name, field.text(), remedy(column, form));
      throw file(configuration, form, field).sentence(new TextFault(field.position(), what));
    }
    DataType type = column.type();
    return named && type.equals(DataTypes.StringType) ? DataTypes.DoubleType : type;
  }

  private static String remedy(CsvColumn column, CsvForm form) {
    List<Notation> notations = column.notations(form.text().decimalComma());
    String nulls =
        "--null '%s'"
            .formatted(
                Stream.concat(form.text().nulls().stream(), column.words().stream())
                    .collect(Collectors.joining(",")));
    if (!column.onlyWords().isEmpty()) {
      return "use %s if it means a missing value, or exclude the column.".formatted(nulls);
    } else if (!notations.isEmpty()) {
      boolean ambiguous = notations.contains(COMMA_FRACTION) && notations.contains(COMMA_GROUPS);
      return "use %s%s%s, or exclude the column."
          .formatted(
              notations.get(0).equals(COMMA_FRACTION)
                  ? "--decimal-comma if its comma is a decimal point"
                  : notations.get(0).options() + " if it is a number written so",
              ambiguous
                  ? ", " + COMMA_GROUPS.options() + " if it stands between groups of digits"
                  : "",
              column.words().isEmpty() ? "" : ", with " + nulls + " for missing values");
    } else if (column.hasNumbersWithCommas()) {
      return "some numbers have a decimal point and others a comma; write all in one way, or"
          + " exclude the column.";
    }
    return "leave missing values empty, remove the line if it is not a row (such as a line of units"
        + " or totals), or exclude the column.";
  }

  private static TextFile file(Configuration configuration, CsvForm form, CsvColumn.Field field) {
    return form.file(configuration, new Path(URI.create(field.file())));
  }

  private static String named(InputFiles files) {
    return TextFile.name(files.files().get(0).path())
        + (files.files().size() > 1 ? " and the other files" : "");
  }
}
