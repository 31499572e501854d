package org.syncbn.spark;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.spark.files.DataException;

/** What becomes of columns in which a method of normalization finds no spread. */
public enum ConstantColumns {
  /** They become 0, or the lower end of the range. */
  ZERO,
  /** They stay as they are. */
  KEEP,
  /** They are an error. */
  ERROR;

  /**
   * The scaling that does so.
   *
   * @param names of the features, for messages
   * @throws DataException under {@link #ERROR}, if a feature has no spread
   */
  public FeatureScaling in(FeatureScaling scaling, List<String> names) {
    return switch (this) {
      case ZERO -> scaling;
      case KEEP -> scaling.keepingSpreadless();
      case ERROR -> requireSpread(scaling, names);
    };
  }

  private static FeatureScaling requireSpread(FeatureScaling scaling, List<String> names) {
    List<String> spreadless = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (scaling.isSpreadless(i)) {
        spreadless.add("'" + names.get(i) + "'");
      }
    }
    if (!spreadless.isEmpty()) {
      throw new DataException(
          "There is no spread in %s; exclude such columns, set them to zero, or keep them as they are."
              .formatted(Sentences.first(spreadless, "columns")));
    }
    return scaling;
  }
}
