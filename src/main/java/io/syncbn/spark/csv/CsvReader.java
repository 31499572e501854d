package io.syncbn.spark.csv;

import com.univocity.parsers.csv.CsvParser;
import io.syncbn.spark.files.ClassicDataset;
import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.DataFormat;
import io.syncbn.spark.files.FeatureSelection;
import io.syncbn.spark.files.FormatReader;
import io.syncbn.spark.files.InputFiles;
import io.syncbn.spark.files.InputTable;
import io.syncbn.spark.files.ReadOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.csv.CSVOptions;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Reads CSV files with a header, and decides the type of each column from all of its fields in one
 * pass of its own: Spark's inference makes text of a column of numbers with one wrong field, and a
 * number of a postal code.
 *
 * <ul>
 *   <li>An empty field is null and decides nothing. A column without any other field is text.
 *   <li>Fields that are all integers as a computer writes them make a column of longs, or of
 *       decimals when a long cannot hold them all.
 *   <li>Fields that are all integers are identifiers when more than half of them have superfluous
 *       zeros in front ({@code 007}), or when some have and all are of one length (postal codes):
 *       text, which is kept as it stands. Fewer such zeros are those of numbers.
 *   <li>Fields that are all numbers otherwise ({@code 1.5}, {@code -3e8}, {@code NaN}, {@code Inf},
 *       {@code Infinity}, blanks around them) make a column of doubles.
 *   <li>Where more than half of the fields, but not all, are numbers, the file is refused with the
 *       first field that is none. Everything else is text: dates and truth values too.
 * </ul>
 *
 * <p>A column that was named to hold numbers is double or long, and refused for any other field. A
 * row with more or fewer fields than the header is refused, and so is a file whose header differs
 * from that of the first, or that names two columns alike. One column may have no name: it is
 * called {@code _c0} at the first place, as Spark does. Fields may be quoted, with quotes doubled
 * inside (RFC 4180), but not contain line ends.
 */
public final class CsvReader implements FormatReader {

  /** The column in which Spark hands over rows that have more or fewer fields than the header. */
  private static final String MALFORMED = "row of another length than the header";

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options)
      throws IOException {
    String[] paths =
        files.files().stream().map(file -> file.path().toString()).toArray(String[]::new);
    Dataset<Row> rows = read(session, paths, options.selection());
    return new InputTable(rows, files.files(), List.of(), List.of());
  }

  private static Dataset<Row> read(SparkSession session, String[] paths, FeatureSelection selection)
      throws IOException {
    List<String> header = header(session, paths);
    List<String> names = new ArrayList<>(header);
    names.replaceAll(name -> name.isEmpty() ? "_c" + header.indexOf(name) : name);
    requireDifferent(session, names, paths);
    StructType fields = new StructType();
    for (String name : header) {
      fields = fields.add(name, DataTypes.StringType);
    }
    Dataset<Row> text =
        reader(session)
            .option("columnNameOfCorruptRecord", MALFORMED)
            .schema(fields.add(MALFORMED, DataTypes.StringType))
            .csv(paths);
    CsvColumn[] columns = columns(text);
    StructType schema = new StructType();
    for (int i = 0; i < names.size(); i++) {
      Optional<CsvColumn.Field> other = columns[i].firstOther();
      boolean named = selection.named().contains(names.get(i));
      if (other.isPresent()
          && (named || selection.admits(names.get(i)) && columns[i].isMostlyNumeric())) {
        throw notANumber(session, other.get(), i, names.get(i));
      }
      DataType type = columns[i].type();
      boolean identifiers = type.equals(DataTypes.StringType);
      schema = schema.add(header.get(i), named && identifiers ? DataTypes.DoubleType : type, true);
    }
    Optional<CsvColumn.Field> malformed = columns[names.size()].firstOther();
    if (malformed.isPresent()) {
      throw malformed(session, malformed.get());
    }
    Dataset<Row> data = reader(session).option("mode", "FAILFAST").schema(schema).csv(paths);
    return names.equals(header) ? data : data.toDF(names.toArray(String[]::new));
  }

  private static DataFrameReader reader(SparkSession session) {
    return session.read().options(DataFormat.CSV.options()).option("enforceSchema", false);
  }

  /** The names as they stand in the first header, where Spark gives others to some columns. */
  private static List<String> header(SparkSession session, String[] paths) {
    Dataset<Row> lines = reader(session).option("header", false).csv(paths);
    if (lines.schema().isEmpty()) {
      throw new DataException("There is no header in " + String.join(", ", paths) + ".");
    }
    Row first = lines.head();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      names.add(first.isNullAt(i) ? "" : first.getString(i));
    }
    if (Collections.frequency(names, "") > 1) {
      throw new DataException(
          "Several columns have no name in the header of " + String.join(", ", paths) + ".");
    }
    return names;
  }

  private static void requireDifferent(SparkSession session, List<String> names, String[] paths) {
    boolean caseSensitive = Boolean.parseBoolean(session.conf().get("spark.sql.caseSensitive"));
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(caseSensitive ? name : name.toLowerCase(Locale.ROOT))) {
        throw new DataException(
            "The header of %s has two columns '%s'; rename one."
                .formatted(String.join(", ", paths), name));
      }
    }
  }

  /** Looks at all fields of a data set whose columns are texts, in one pass. */
  public static CsvColumn[] columns(Dataset<Row> text) {
    int malformed = List.of(text.columns()).indexOf(MALFORMED);
    QueryExecution query = ClassicDataset.of(text).queryExecution();
    return SQLExecution.withNewExecutionId(
        query,
        Option.apply("types of text columns"),
        () -> {
          int size = text.columns().length;
          JavaRDD<CsvColumn[]> parts =
              query.toRdd().toJavaRDD().mapPartitions(rows -> columns(rows, size, malformed));
          return parts.getNumPartitions() == 0
              ? emptyColumns(size)
              : parts.treeReduce(CsvReader::merge);
        });
  }

  private static Iterator<CsvColumn[]> columns(
      Iterator<InternalRow> rows, int size, int malformed) {
    CsvColumn[] columns = emptyColumns(size);
    long number = 0;
    while (rows.hasNext()) {
      InternalRow row = rows.next();
      long index = number++;
      CsvColumn.Place place =
          text ->
              new CsvColumn.Field(
                  InputFileBlockHolder.getInputFilePath().toString(),
                  InputFileBlockHolder.getStartOffset(),
                  index,
                  text);
      for (int i = 0; i < size; i++) {
        if (!row.isNullAt(i)) {
          UTF8String field = row.getUTF8String(i);
          columns[i].add(field, i == malformed ? FieldText.OTHER : FieldText.of(field), place);
        }
      }
    }
    return Collections.singleton(columns).iterator();
  }

  private static CsvColumn[] emptyColumns(int size) {
    return Stream.generate(CsvColumn::new).limit(size).toArray(CsvColumn[]::new);
  }

  private static CsvColumn[] merge(CsvColumn[] into, CsvColumn[] from) {
    for (int i = 0; i < into.length; i++) {
      into[i].merge(from[i]);
    }
    return into;
  }

  private static DataException notANumber(
      SparkSession session, CsvColumn.Field field, int column, String name) throws IOException {
    CSVOptions options =
        new CSVOptions(
            scala.collection.immutable.Map.from(
                CollectionConverters.asScala(DataFormat.CSV.options())),
            false,
            "UTC");
    CsvParser parser = new CsvParser(options.asParserSettings());
    String line =
        line(
            session,
            field.file,
            candidate -> {
              String[] fields = parser.parseLine(candidate);
              return fields != null && column < fields.length && field.text.equals(fields[column]);
            });
    return new DataException(
        "%s%s: column '%s' has '%s', which is no number; leave a missing value empty, or exclude the column."
            .formatted(field.file, line, name, field.text));
  }

  private static DataException malformed(SparkSession session, CsvColumn.Field row)
      throws IOException {
    return new DataException(
        "%s%s has more or fewer fields than the header: %s"
            .formatted(row.file, line(session, row.file, row.text::equals), row.text));
  }

  /** ", line N" for the first line below the header of which {@code wrong} is true. */
  private static String line(SparkSession session, String file, Predicate<String> wrong)
      throws IOException {
    Configuration conf = session.sessionState().newHadoopConf();
    Path path = new Path(URI.create(file));
    CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(path);
    try (InputStream raw = path.getFileSystem(conf).open(path);
        InputStream plain = codec == null ? raw : codec.createInputStream(raw);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
      lines.readLine();
      long number = 1;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (wrong.test(line)) {
          return ", line " + number;
        }
      }
    }
    return "";
  }
}
