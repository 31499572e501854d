package org.syncbn.spark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.TableSums;

/**
 * Exact statistics of features whose rows have weights or belong to groups, found in one pass.
 *
 * <p>The result has the same bits for any number of partitions and any order of rows. A task keeps
 * memory in proportion to the number of features times that of the groups it sees.
 */
public final class GroupStatistics {

  /** Most groups that there may be. */
  public static final int MOST_GROUPS = 10_000;

  /** Most sums that there may be: about 500 MB. */
  private static final int MOST_SUMS = 1_000_000;

  private GroupStatistics() {}

  /**
   * Sums up the features of {@code data}, in their order, for each group.
   *
   * @return the sums of each group with a row; those of {@link Group#ALL} if rows are not grouped
   * @throws DataException if the data cannot be read, a weight is missing, negative or not finite,
   *     all weights are 0, or there are too many groups
   */
  public static GroupSums fit(Dataset<Row> data, Features features, RowRoles roles) {
    if (roles.equals(RowRoles.NONE)) {
      return GroupSums.of(FeatureStatistics.fit(data, features));
    }
    if (data.isStreaming()) {
      throw new DataException("Statistics need data with an end, which a stream does not have.");
    }
    int most = mostGroups(features.size());
    try {
      List<FeatureColumn> columns = features.columns();
      Dataset<Row> query = ClassicDataset.of(data.select(roles.select(data, columns)));
      GroupSums sums = sums(query, new Task(columns, roles, most));
      requireWeight(sums, roles);
      return sums;
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  static int mostGroups(int features) {
    return Math.max(1, Math.min(MOST_GROUPS, MOST_SUMS / features));
  }

  private static GroupSums sums(Dataset<Row> query, Task task) {
    return Sessions.run(
        query,
        "exact sums of groups",
        all -> {
          Task sent = task;
          JavaRDD<byte[]> parts =
              all.mapPartitions(
                  rows -> Collections.singleton(sent.sums(rows).toBytes()).iterator());
          return parts.getNumPartitions() == 0
              ? sent.sums(Collections.emptyIterator())
              : GroupSums.fromBytes(parts.treeReduce(sent::merged));
        });
  }

  private static void requireWeight(GroupSums sums, RowRoles roles) {
    boolean anyRow =
        sums.groups().values().stream()
            .flatMap(table -> table.moments().stream())
            .anyMatch(moments -> moments.count() + moments.missing() > 0);
    if (roles.weight().isPresent() && !sums.groups().isEmpty() && !anyRow) {
      throw new DataException(
          "All weights in column '%s' are 0, so no row counts.".formatted(roles.weight().get()));
    }
  }

  /** What a task does with its rows. */
  private record Task(
      ArrayList<FeatureColumn> columns, ArrayList<String> by, String weight, int most)
      implements java.io.Serializable {

    private static final long serialVersionUID = 1L;

    Task(List<FeatureColumn> columns, RowRoles roles, int most) {
      this(
          new ArrayList<>(columns), new ArrayList<>(roles.by()), roles.weight().orElse(null), most);
    }

    GroupSums sums(Iterator<InternalRow> rows) {
      GroupSums sums =
          new GroupSums(columns.stream().mapToInt(FeatureColumn::width).sum(), weight != null);
      GroupKeys keys = new GroupKeys(by, columns.size(), most);
      Map<Group, TableSums> known = new HashMap<>();
      Sink sink = new Sink();
      FeatureReader reader = FeatureReader.into(sink, columns);
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        sink.sums = known.computeIfAbsent(keys.of(row), sums::group);
        sink.weight = weight == null ? 1 : weight(row);
        if (sink.weight > 0) {
          reader.add(row);
        }
      }
      return sums;
    }

    private double weight(InternalRow row) {
      int ordinal = columns.size() + by.size();
      if (row.isNullAt(ordinal)) {
        throw new DataException(
            row.isNullAt(ordinal + 1)
                ? "Column '%s' holds no weight in some row (null); give that row one, 0 leaves it out."
                    .formatted(weight)
                : "Column '%s' holds '%s', which is not a number; weights are numbers."
                    .formatted(weight, row.getUTF8String(ordinal + 1)));
      }
      double value = row.getDouble(ordinal);
      if (!(value >= 0 && value <= Double.MAX_VALUE)) {
        throw new DataException(
            "Column '%s' holds the weight %s; weights must be finite and at least 0."
                .formatted(weight, value));
      }
      return value;
    }

    byte[] merged(byte[] left, byte[] right) {
      GroupSums merged = GroupSums.fromBytes(left).merge(GroupSums.fromBytes(right));
      GroupKeys.requireAtMost(by, merged.groups().size(), most);
      return merged.toBytes();
    }
  }

  /** Adds the values of the row at hand to the sums of its group. */
  private static final class Sink implements FeatureSink {

    private TableSums sums;
    private double weight;

    @Override
    public void add(int feature, double value) {
      if (sums.isWeighted()) {
        sums.column(feature).add(value, weight);
      } else {
        sums.column(feature).add(value);
      }
    }

    @Override
    public void addNull(int feature) {
      sums.column(feature).addNulls(1);
    }
  }
}
