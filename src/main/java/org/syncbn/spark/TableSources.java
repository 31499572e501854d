package org.syncbn.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.syncbn.data.MissingRule;
import org.syncbn.data.TableEncoding;
import org.syncbn.data.TableEncoding.Category;
import org.syncbn.spark.columnar.StoredType;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.spark.json.JsonText;
import org.syncbn.train.DataOptions;

/**
 * Which columns of a table are numbers to a network, which are categories, and which are left out.
 *
 * @param encoding of the table, as far as it can be known without its statistics
 * @param notes a sentence for each column that was left out
 */
public record TableSources(TableEncoding encoding, List<String> notes) {

  /**
   * From so many rows on whole numbers that are all distinct, and texts most of which are, are
   * taken for identifiers.
   */
  private static final int FEWEST_IDENTIFIERS = 100;

  /** The relative standard deviation of an estimate of how many texts are distinct. */
  private static final double DISTINCT_DEVIATION = 0.02;

  private static final String ALL_DISTINCT = "its values are all distinct, as identifiers are";
  private static final String MOSTLY_DISTINCT =
      "more than half of its values are distinct, as those of identifiers and free text are";

  /** Copies the list. */
  public TableSources {
    notes = List.copyOf(notes);
  }

  /** A column that may hold categories. */
  private record Candidate(String name, int ordinal, boolean isText) {

    Column in(List<Column> all, StructField[] fields) {
      return JsonText.plain(all.get(ordinal), fields[ordinal]).cast(DataTypes.StringType);
    }
  }

  /**
   * Finds the columns: texts and booleans, and columns of few whole numbers, are categories, all
   * other numbers are numbers. Texts of many values are embedded. Identifiers, and texts of which
   * more than half are distinct, are left out, unless they were named. Runs one job over the
   * columns that may be categories, one over those of more than {@value ValueCounts#MOST} values,
   * and one more for each text column among these.
   *
   * @param selection which columns are features
   * @param rules when a column is one of categories
   * @throws DataException if no column is left
   */
  public static TableSources of(
      Dataset<Row> data,
      FeatureSelection selection,
      DataOptions.Categories rules,
      MissingRule missing) {
    StructField[] fields = data.schema().fields();
    List<Candidate> texts = texts(fields, selection);
    Features numbers = numbers(data, selection, texts);
    boolean named = !selection.named().isEmpty();
    List<Candidate> candidates = new ArrayList<>(texts);
    for (FeatureColumn column : numbers.columns()) {
      if (isWhole(column) && rules.numbersUpTo() > 0) {
        candidates.add(new Candidate(column.name(), column.ordinal(), false));
      }
    }
    return candidates.isEmpty()
        ? new TableSources(TableEncoding.ofNumbers(numbers.names()).with(missing), List.of())
        : new Discovery(data, numbers, candidates, named, rules, missing).run();
  }

  /**
   * The same columns with the categories of the training rows: what other rows have besides is not
   * known in training. A column none of whose values is frequent there keeps its categories. Reads
   * the rows once, and once more for each column that has more than {@value ValueCounts#MOST}
   * values.
   *
   * @param split of the rows, by the columns that were found
   * @param selection as the columns were found with
   * @param rules as the columns were found with
   */
  public TableSources ofTraining(
      Dataset<Row> data, RowSplit split, FeatureSelection selection, DataOptions.Categories rules) {
    if (encoding.categories().isEmpty()) {
      return this;
    }
    StructField[] fields = data.schema().fields();
    List<Candidate> candidates = new ArrayList<>();
    for (Category category : encoding.categories()) {
      int ordinal = Features.ordinal(fields, category.column());
      candidates.add(new Candidate(category.column(), ordinal, !category.areNumbers()));
    }
    boolean named = !selection.named().isEmpty();
    Dataset<Row> training = split.rows(data, RowSplit.Part.TRAINING);
    List<Category> categories =
        new Discovery(training, Features.NONE, candidates, named, rules, encoding.missing())
            .again(encoding.categories(), split.counts(data, RowSplit.Part.TRAINING));
    return new TableSources(encoding.with(categories), notes);
  }

  private static boolean isWhole(FeatureColumn column) {
    DataType type = column.dataType();
    return column.fields().isEmpty()
        && (type instanceof ByteType
            || type instanceof ShortType
            || type instanceof IntegerType
            || type instanceof LongType);
  }

  private static List<Candidate> texts(StructField[] fields, FeatureSelection selection) {
    List<Candidate> texts = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      String name = fields[i].name();
      boolean isText =
          fields[i].dataType() instanceof StringType
              || fields[i].dataType() instanceof BooleanType && selection.named().isEmpty();
      boolean isWanted =
          selection.named().isEmpty()
              ? !selection.excluded().contains(name)
                  && !FeatureSelection.isOnlyWhereNamed(fields[i])
                  && !StoredType.isKept(fields[i])
              : selection.named().contains(name);
      if (isText && isWanted) {
        texts.add(new Candidate(name, i, true));
      }
    }
    return texts;
  }

  private static Features numbers(
      Dataset<Row> data, FeatureSelection selection, List<Candidate> texts) {
    if (selection.named().isEmpty()) {
      return texts.isEmpty() ? Features.of(data, selection) : Features.numeric(data, selection);
    }
    List<String> others = new ArrayList<>(selection.named());
    texts.forEach(text -> others.remove(text.name()));
    return others.isEmpty() ? Features.NONE : Features.of(data, FeatureSelection.named(others));
  }

  /** What is found in the values of the columns. */
  private static final class Discovery {

    private final Dataset<Row> data;
    private final Features numbers;
    private final List<Candidate> candidates;
    private final boolean named;
    private final DataOptions.Categories rules;
    private final MissingRule missing;
    private final List<Category> categories = new ArrayList<>();
    private final Set<String> notNumbers = new HashSet<>();
    private final List<String> notes = new ArrayList<>();

    Discovery(
        Dataset<Row> data,
        Features numbers,
        List<Candidate> candidates,
        boolean named,
        DataOptions.Categories rules,
        MissingRule missing) {
      this.data = data;
      this.numbers = numbers;
      this.candidates = candidates;
      this.named = named;
      this.rules = rules;
      this.missing = missing;
    }

    TableSources run() {
      ValueCounts[] counts = counts();
      Map<String, String> identifiers = named ? Map.of() : identifiers(counts);
      for (int i = 0; i < counts.length; i++) {
        Candidate candidate = candidates.get(i);
        if (identifiers.containsKey(candidate.name())) {
          notNumbers.add(candidate.name());
          notes.add(
              "Column '%s' is left out: %s; name it in data.features to use it."
                  .formatted(candidate.name(), identifiers.get(candidate.name())));
        } else if (candidate.isText()) {
          add(candidate, ofTexts(candidate, counts[i]));
        } else if (!counts[i].areMany() && counts[i].counts().size() <= rules.numbersUpTo()) {
          ofNumbers(candidate, counts[i]);
        }
      }
      List<String> left =
          numbers.names().stream().filter(name -> !notNumbers.contains(name)).toList();
      if (left.isEmpty() && categories.isEmpty()) {
        throw new DataException(
            "There is no column left to predict from. %s".formatted(String.join(" ", notes)));
      }
      return new TableSources(
          new TableEncoding(left, missing, List.of(), List.of(), categories), notes);
    }

    /** The categories of columns that are known to have some. */
    List<Category> again(List<Category> before, ValueCounts[] counts) {
      List<Category> found = new ArrayList<>();
      for (int i = 0; i < counts.length; i++) {
        Candidate candidate = candidates.get(i);
        Optional<Category> category =
            candidate.isText()
                ? ofTexts(candidate, counts[i])
                : category(candidate, inOrder(counts[i]), counts[i].counts(), counts[i].missing());
        found.add(category.orElse(before.get(i)));
      }
      return found;
    }

    private static List<String> inOrder(ValueCounts numbers) {
      return numbers.counts().keySet().stream()
          .sorted(Comparator.comparingLong(Long::parseLong))
          .toList();
    }

    /** A category for each of few whole numbers. Two numbers, and rare ones, stay numbers. */
    private void ofNumbers(Candidate candidate, ValueCounts found) {
      Map<String, Long> counts = found.counts();
      boolean repeat = counts.values().stream().anyMatch(count -> count >= rules.fewestRows());
      if (counts.size() > 2 && repeat) {
        add(candidate, category(candidate, inOrder(found), counts, found.missing()));
      }
    }

    private Optional<Category> ofTexts(Candidate candidate, ValueCounts found) {
      int embedded = rules.mostEmbedded(named);
      int most = Math.max(rules.most(), embedded);
      Map<String, Long> counts = found.areMany() ? frequent(candidate, most + 1) : found.counts();
      long fewest = fewestRows(candidate);
      long frequent = counts.values().stream().filter(count -> count >= fewest).count();
      if (embedded > 0 && frequent > rules.most()) {
        List<String> values = mostFrequent(counts, (int) Math.min(embedded, frequent));
        return Optional.of(Category.embedded(candidate.name(), values));
      }
      List<String> values = mostFrequent(counts, rules.most());
      return category(candidate, values, counts, found.missing() + (found.areMany() ? 1 : 0));
    }

    private static List<String> mostFrequent(Map<String, Long> counts, int most) {
      return counts.entrySet().stream()
          .sorted(
              Map.Entry.<String, Long>comparingByValue()
                  .reversed()
                  .thenComparing(Map.Entry.comparingByKey()))
          .limit(most)
          .map(Map.Entry::getKey)
          .sorted()
          .toList();
    }

    /**
     * The category; none if no value is frequent.
     *
     * @param counts of more values than these
     * @param more how many further rows have none of them
     */
    private Optional<Category> category(
        Candidate candidate, List<String> values, Map<String, Long> counts, long more) {
      long fewest = fewestRows(candidate);
      List<String> frequent = values.stream().filter(value -> counts.get(value) >= fewest).toList();
      boolean others = counts.size() > frequent.size() || more > 0 && missing != MissingRule.SKIP;
      return frequent.isEmpty()
          ? Optional.empty()
          : Optional.of(new Category(candidate.name(), !candidate.isText(), frequent, others));
    }

    private long fewestRows(Candidate candidate) {
      return named && candidate.isText() ? 1 : rules.fewestRows();
    }

    private void add(Candidate candidate, Optional<Category> category) {
      notNumbers.add(candidate.name());
      category.ifPresentOrElse(
          categories::add,
          () ->
              notes.add(
                  "Column '%s' is left out: none of its values occurs in %d rows."
                      .formatted(candidate.name(), rules.fewestRows())));
    }

    private List<Column> selected() {
      List<Column> all = ClassicDataset.columnsOf(data);
      StructField[] fields = data.schema().fields();
      return candidates.stream().map(candidate -> candidate.in(all, fields)).toList();
    }

    private ValueCounts[] counts() {
      int columns = candidates.size();
      JavaRDD<byte[]> parts =
          Sessions.rows(ClassicDataset.of(data.select(selected().toArray(Column[]::new))))
              .mapPartitions(rows -> counts(rows, columns));
      try {
        return parts.getNumPartitions() == 0
            ? ValueCounts.fromBytes(counts(Collections.emptyIterator(), columns).next())
            : ValueCounts.fromBytes(parts.treeReduce(ValueCounts::merged));
      } catch (Exception failure) { // Scala throws checked exceptions undeclared.
        throw DataException.of(failure);
      }
    }

    private static Iterator<byte[]> counts(Iterator<InternalRow> rows, int columns) {
      ValueCounts[] counts = new ValueCounts[columns];
      Arrays.setAll(counts, column -> new ValueCounts());
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        for (int c = 0; c < columns; c++) {
          counts[c].add(row.isNullAt(c) ? null : row.getUTF8String(c).toString());
        }
      }
      return Collections.singleton(ValueCounts.toBytes(counts)).iterator();
    }

    /** The columns that are left out as identifiers are, and why. */
    private Map<String, String> identifiers(ValueCounts[] counts) {
      Map<String, String> found = new HashMap<>();
      Map<String, String> uncertain = new LinkedHashMap<>();
      List<Column> conditions = new ArrayList<>();
      List<Column> columns = selected();
      for (int i = 0; i < counts.length; i++) {
        ValueCounts values = counts[i];
        String name = candidates.get(i).name();
        boolean isText = candidates.get(i).isText();
        long present = values.rows() - values.missing();
        boolean areEnough = present >= FEWEST_IDENTIFIERS;
        boolean mayBeAll = values.missing() == 0 && !values.hasRepetition() && present > 1;
        if (values.areMany() && isText) {
          uncertain.put(name, MOSTLY_DISTINCT);
          conditions.add(
              functions
                  .approx_count_distinct(columns.get(i), DISTINCT_DEVIATION)
                  .gt(present / 2.0));
        } else if (values.areMany() && mayBeAll) {
          uncertain.put(name, ALL_DISTINCT);
          conditions.add(functions.count_distinct(columns.get(i)).equalTo(present));
        } else if (!values.areMany() && mayBeAll && (isText || areEnough)) {
          found.put(name, ALL_DISTINCT);
        } else if (isText && areEnough && values.counts().size() > present / 2.0) {
          found.put(name, MOSTLY_DISTINCT);
        }
      }
      if (!uncertain.isEmpty()) {
        Row holds = data.select(conditions.toArray(Column[]::new)).head();
        List<String> names = List.copyOf(uncertain.keySet());
        for (int i = 0; i < names.size(); i++) {
          if (holds.getBoolean(i)) {
            found.put(names.get(i), uncertain.get(names.get(i)));
          }
        }
      }
      return found;
    }

    /** The most frequent of many texts. */
    private Map<String, Long> frequent(Candidate candidate, int most) {
      Column text = candidate.in(ClassicDataset.columnsOf(data), data.schema().fields());
      List<Row> rows =
          data.select(text.as("value"))
              .where("value IS NOT NULL")
              .groupBy("value")
              .count()
              .orderBy(functions.col("count").desc(), functions.col("value"))
              .limit(most)
              .collectAsList();
      Map<String, Long> counts = new HashMap<>();
      rows.forEach(row -> counts.put(row.getString(0), row.getLong(1)));
      return counts;
    }
  }
}
