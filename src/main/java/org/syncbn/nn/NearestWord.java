package org.syncbn.nn;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;

/** What may have been meant by a word that is not known. */
public final class NearestWord {

  private NearestWord() {}

  /**
   * The end of a sentence about an unknown word: {@code ; did you mean 'relu'?} for the known word
   * that needs the fewest changed letters, if they are few, else nothing.
   */
  public static String didYouMean(String word, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .filter(nearest -> distance(word, nearest) <= Math.max(2, word.length() / 2))
        .map(nearest -> "; did you mean '" + nearest + "'?")
        .orElse("");
  }

  /** Levenshtein's distance, letters of either case being equal. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        boolean same =
            Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
        int changed = diagonal + (same ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
