package org.syncbn.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Quartiles;

/**
 * Exact quartiles of features, found by radix selection in a few passes over the data.
 *
 * <p>Doubles whose bits are read as whole numbers (with all bits turned over where they are
 * negative) are in the order of their values. A pass knows the first bits of every value that is
 * looked for, counts the values that begin with them by what their next bits are, and so learns
 * those: up to 16 at a time, fewer for many features, so that a task keeps 16 MiB of counts. Counts
 * are whole numbers; so the result has the same bits for any order of rows, however they are cut.
 * Values that are not finite, and nulls, are left out.
 */
public final class FeatureQuartiles {

  /** Numbers that a task counts, unless there are more features than a sixth of this. */
  private static final int COUNTERS = 1 << 21;

  private static final int MOST_DIGIT_BITS = 16;

  /** For each quartile the values at the place below and at the next one. */
  private static final int WANTED = 2 * Quartiles.COUNT;

  private FeatureQuartiles() {}

  /**
   * The quartiles of the features of {@code data}, in their order, for each group.
   *
   * @param roles which columns make the groups; without a weight
   * @param sums of the same rows, by the same groups
   * @throws DataException if the data cannot be read
   */
  public static Map<Group, List<Quartiles>> fit(
      Dataset<Row> data, Features features, RowRoles roles, GroupSums sums) {
    List<FeatureColumn> columns = features.columns();
    List<Group> groups = List.copyOf(sums.groups().keySet());
    long[] counts = counts(sums);
    Search search = new Search(counts);
    try {
      Dataset<Row> query = ClassicDataset.of(data.select(roles.select(data, columns)));
      while (search.knownBits < Long.SIZE) {
        int digitBits = search.nextDigitBits();
        Task task =
            new Task(columns, roles.by(), groups, search.prefixes(), search.knownBits, digitBits);
        search.learn(digitBits, task.over(query, "exact quartiles of features"));
      }
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
    Map<Group, List<Quartiles>> quartiles = new TreeMap<>();
    for (int g = 0; g < groups.size(); g++) {
      List<Quartiles> ofGroup = new ArrayList<>();
      for (int f = 0; f < features.size(); f++) {
        ofGroup.add(search.quartiles(g * features.size() + f));
      }
      quartiles.put(groups.get(g), ofGroup);
    }
    return quartiles;
  }

  /** The number of finite values, [groups, features]. */
  private static long[] counts(GroupSums sums) {
    return sums.groups().values().stream()
        .flatMap(table -> table.moments().stream())
        .mapToLong(moments -> moments.count())
        .toArray();
  }

  /** The bits of a double, in the order of doubles as unsigned numbers; -0.0 is 0.0. */
  static long ordered(double value) {
    long bits = Double.doubleToRawLongBits(value + 0.0);
    return bits ^ (bits >> 63 | Long.MIN_VALUE);
  }

  static double value(long ordered) {
    return Double.longBitsToDouble(ordered ^ (~ordered >> 63 | Long.MIN_VALUE));
  }

  /** The first {@code count} of 64 bits, as a number. */
  private static long first(long bits, int count) {
    return count == 0 ? 0 : bits >>> Long.SIZE - count;
  }

  /** What is known of the values that are looked for. */
  private static final class Search {

    private final long[] counts; // [slots], a slot being a feature of a group
    private final long[] known; // [slots, WANTED], the first knownBits bits
    private final long[] places; // [slots, WANTED], among the values with the same first bits
    private int knownBits;

    Search(long[] counts) {
      this.counts = counts;
      known = new long[Math.multiplyExact(counts.length, WANTED)];
      places = new long[known.length];
      for (int slot = 0; slot < counts.length; slot++) {
        for (int w = 0; w < WANTED; w++) {
          long below = Quartiles.placeBelow(w / 2 + 1, Math.max(1, counts[slot]));
          places[slot * WANTED + w] = Math.max(0, Math.min(below + w % 2, counts[slot] - 1));
        }
      }
    }

    /** The different first bits that are looked for, of each slot. */
    long[][] prefixes() {
      long[][] prefixes = new long[counts.length][];
      for (int slot = 0; slot < counts.length; slot++) {
        prefixes[slot] =
            Arrays.stream(known, slot * WANTED, (slot + 1) * WANTED).distinct().toArray();
      }
      return prefixes;
    }

    int nextDigitBits() {
      long different = Arrays.stream(prefixes()).mapToLong(slot -> slot.length).sum();
      int bits = 63 - Long.numberOfLeadingZeros(Math.max(2, COUNTERS / Math.max(1, different)));
      return Math.min(Math.min(bits, MOST_DIGIT_BITS), Long.SIZE - knownBits);
    }

    /** Takes in how many values have which next bits, [different prefixes of all slots, digits]. */
    void learn(int digitBits, long[] counters) {
      long[][] prefixes = prefixes();
      int table = 0;
      for (int slot = 0; slot < counts.length; slot++) {
        for (int w = slot * WANTED; counts[slot] > 0 && w < (slot + 1) * WANTED; w++) {
          int ofPrefix = 0;
          while (prefixes[slot][ofPrefix] != known[w]) {
            ofPrefix++;
          }
          learn(w, digitBits, counters, table + ofPrefix << digitBits);
        }
        table += prefixes[slot].length;
      }
      knownBits += digitBits;
    }

    private void learn(int wanted, int digitBits, long[] counters, int first) {
      int digit = 0;
      while (places[wanted] >= counters[first + digit]) {
        places[wanted] -= counters[first + digit++];
        if (digit == 1 << digitBits) {
          throw new DataException("The data changed while quartiles were sought; run again.");
        }
      }
      known[wanted] = known[wanted] << digitBits | digit;
    }

    Quartiles quartiles(int slot) {
      return counts[slot] == 0
          ? Quartiles.OF_NOTHING
          : new Quartiles(quartile(slot, 1), quartile(slot, 2), quartile(slot, 3));
    }

    private double quartile(int slot, int quartile) {
      int below = slot * WANTED + 2 * (quartile - 1);
      return Quartiles.between(
          quartile, counts[slot], value(known[below]), value(known[below + 1]));
    }
  }

  /** What a task counts. */
  private static final class Task implements RowCounts {

    private static final long serialVersionUID = 1L;

    private final ArrayList<FeatureColumn> columns;
    private final ArrayList<String> by;
    private final HashMap<Group, Integer> places = new HashMap<>(); // of groups
    private final long[][] prefixes; // [slots, different ones]
    private final int knownBits;
    private final int digitBits;

    Task(
        List<FeatureColumn> columns,
        List<String> by,
        List<Group> groups,
        long[][] prefixes,
        int knownBits,
        int digitBits) {
      this.columns = new ArrayList<>(columns);
      this.by = new ArrayList<>(by);
      groups.forEach(group -> places.put(group, places.size()));
      this.prefixes = prefixes;
      this.knownBits = knownBits;
      this.digitBits = digitBits;
    }

    /** How many values have which next bits, [different prefixes of all slots, digits]. */
    @Override
    public long[] count(Iterator<InternalRow> rows) {
      Counters counters = new Counters(prefixes, knownBits, digitBits);
      GroupKeys keys = new GroupKeys(by, columns.size(), places.size());
      int features = columns.stream().mapToInt(FeatureColumn::width).sum();
      FeatureReader reader = FeatureReader.into(counters, columns);
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        counters.firstSlot = places.get(keys.of(row)) * features;
        reader.add(row);
      }
      return counters.counters;
    }
  }

  private static final class Counters implements FeatureSink {

    private final long[][] prefixes;
    private final int[] firstTables; // [slots]
    private final int knownBits;
    private final int digitBits;
    private final long[] counters;
    private int firstSlot; // of the group of the row at hand

    Counters(long[][] prefixes, int knownBits, int digitBits) {
      this.prefixes = prefixes;
      this.knownBits = knownBits;
      this.digitBits = digitBits;
      firstTables = new int[prefixes.length];
      int tables = 0;
      for (int slot = 0; slot < prefixes.length; slot++) {
        firstTables[slot] = tables;
        tables += prefixes[slot].length;
      }
      counters = new long[Math.multiplyExact(tables, 1 << digitBits)];
    }

    @Override
    public void add(int feature, double value) {
      if (!Double.isFinite(value)) {
        return;
      }
      int slot = firstSlot + feature;
      long bits = ordered(value);
      long prefix = first(bits, knownBits);
      long[] wanted = prefixes[slot];
      for (int i = 0; i < wanted.length; i++) {
        if (wanted[i] == prefix) {
          int digit = (int) (bits << knownBits >>> Long.SIZE - digitBits);
          counters[(firstTables[slot] + i << digitBits) + digit]++;
          return;
        }
      }
    }

    @Override
    public void addNull(int feature) {
      // A null has no place in any order.
    }
  }
}
