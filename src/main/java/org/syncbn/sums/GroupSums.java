package org.syncbn.sums;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Exact sums of the features of a table for each group of its rows, merged group by group.
 *
 * <p>Not thread-safe.
 */
public final class GroupSums {

  private final int columns;
  private final boolean weighted;
  private final TreeMap<Group, TableSums> groups = new TreeMap<>();

  /**
   * The sums of no groups.
   *
   * @param columns number of features, not negative
   * @param weighted whether rows have weights
   */
  public GroupSums(int columns, boolean weighted) {
    this.columns = columns;
    this.weighted = weighted;
  }

  /**
   * All rows as the one group {@link Group#ALL}.
   *
   * @param sums of the rows; not copied
   */
  public static GroupSums of(TableSums sums) {
    GroupSums groups = new GroupSums(sums.columns(), sums.isWeighted());
    groups.groups.put(Group.ALL, sums);
    return groups;
  }

  /** The sums of a group, to add to; those of no rows if it is new. */
  public TableSums group(Group group) {
    return groups.computeIfAbsent(group, added -> empty());
  }

  /** The groups and their sums, in the order of groups; a view. */
  public SortedMap<Group, TableSums> groups() {
    return Collections.unmodifiableSortedMap(groups);
  }

  /** Number of features. */
  public int columns() {
    return columns;
  }

  /** Whether rows have weights. */
  public boolean isWeighted() {
    return weighted;
  }

  private TableSums empty() {
    return weighted ? TableSums.weighted(columns) : new TableSums(columns);
  }

  /** The sums of the rows of all groups. */
  public TableSums total() {
    TableSums total = empty();
    groups.values().forEach(total::merge);
    return total;
  }

  /**
   * Adds all that {@code other} was given, and leaves {@code other} the same sums.
   *
   * @param other the sums of other rows of the same features
   * @return this
   * @throws IllegalArgumentException when the numbers of features differ, or one is weighted and
   *     the other is not
   */
  public GroupSums merge(GroupSums other) {
    other.groups.forEach((group, sums) -> group(group).merge(sums));
    return this;
  }

  /** The exact sums as bytes: equal for equal contents, however they were reached. */
  public byte[] toBytes() {
    return SumsFormat.GROUPS.write(
        out -> {
          SumsFormat.writeCount(out, weighted ? 1 : 0);
          SumsFormat.writeCount(out, columns);
          SumsFormat.writeCount(out, groups.size());
          groups.forEach(
              (group, sums) -> {
                group.writeTo(out);
                sums.writeTo(out);
              });
        });
  }

  /**
   * The sums that {@link #toBytes()} wrote.
   *
   * @param bytes the bytes, whole
   * @throws SumsFormatException when the bytes are damaged or of a newer version
   */
  public static GroupSums fromBytes(byte[] bytes) {
    return SumsFormat.GROUPS.read(bytes, GroupSums::readFrom, GroupSums::toBytes);
  }

  private static GroupSums readFrom(ByteBuffer in) {
    boolean weighted = SumsFormat.readCount(in) == 1;
    GroupSums sums = new GroupSums(Math.toIntExact(SumsFormat.readCount(in)), weighted);
    int size = SumsFormat.readLength(in);
    for (int i = 0; i < size; i++) {
      Group group = Group.readFrom(in);
      TableSums table = TableSums.readFrom(in, weighted);
      SumsFormat.require(table.columns() == sums.columns && sums.groups.put(group, table) == null);
    }
    return sums;
  }
}
