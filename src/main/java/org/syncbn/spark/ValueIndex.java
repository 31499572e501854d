package org.syncbn.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The places of values in a list, by their texts and by their numbers: files of other formats write
 * the same number in other ways, as {@code 1} and {@code 1.0}. Immutable.
 */
final class ValueIndex implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final int NONE = -1;

  private final HashMap<UTF8String, Integer> texts = new HashMap<>();
  private final double[] numbers; // in ascending order
  private final int[] places; // of the numbers

  ValueIndex(List<String> values) {
    TreeMap<Double, Integer> found = new TreeMap<>();
    Set<Double> ambiguous = new HashSet<>();
    for (int i = 0; i < values.size(); i++) {
      texts.put(UTF8String.fromString(values.get(i)), i);
      OptionalDouble number = DecimalText.plain(values.get(i));
      if (number.isPresent() && found.put(number.getAsDouble(), i) != null) {
        ambiguous.add(number.getAsDouble());
      }
    }
    found.keySet().removeAll(ambiguous);
    numbers = found.keySet().stream().mapToDouble(Double::doubleValue).toArray();
    places = found.values().stream().mapToInt(Integer::intValue).toArray();
  }

  /** The place of a text, or of the number that it is; negative if it is none of the values. */
  int of(UTF8String text) {
    Integer place = texts.get(text);
    if (place != null) {
      return place;
    }
    OptionalDouble number = DecimalText.plain(text.toString());
    return number.isPresent() ? of(number.getAsDouble()) : NONE;
  }

  /** The place of a number; negative if it is none of the values. */
  int of(double number) {
    int found = Arrays.binarySearch(numbers, number + 0.0); // of both zeros one
    return found < 0 ? NONE : places[found];
  }
}
