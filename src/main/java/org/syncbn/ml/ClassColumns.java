package org.syncbn.ml;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.inference.OutputColumns;
import org.syncbn.spark.inference.OutputMeaning;

/**
 * The columns of a classifier, as Spark's own have them.
 *
 * @param meaning of the network's outputs
 * @param raw the column of the logits; empty for none, as the others
 * @param probability the column of the probabilities
 * @param prediction the column of the predicted class
 * @param thresholds of the classes, by which probabilities are divided; none for the most probable
 */
record ClassColumns(
    OutputMeaning meaning, String raw, String probability, String prediction, double[] thresholds)
    implements OutputColumns {

  @Override
  public StructType columns() {
    return columns(raw, probability, prediction, OptionalInt.of(meaning.classes()));
  }

  /** The columns of a number of classes, which may not yet be known. */
  static StructType columns(
      String raw, String probability, String prediction, OptionalInt classes) {
    StructType columns = new StructType();
    for (String name : List.of(raw, probability)) {
      if (!name.isEmpty()) {
        AttributeGroup group =
            classes.isPresent()
                ? new AttributeGroup(name, classes.getAsInt())
                : new AttributeGroup(name);
        columns = columns.add(required(group.toStructField()));
      }
    }
    if (!prediction.isEmpty()) {
      NominalAttribute attribute = NominalAttribute.defaultAttr().withName(prediction);
      columns =
          columns.add(
              required(
                  (classes.isPresent() ? attribute.withNumValues(classes.getAsInt()) : attribute)
                      .toStructField()));
    }
    return columns;
  }

  private static StructField required(StructField field) {
    return new StructField(field.name(), field.dataType(), false, field.metadata());
  }

  @Override
  public List<Object> values(float[] outputs) {
    Vector logits = meaning.logits(outputs);
    Vector probabilities = meaning.probabilities(logits);
    List<Object> values = new ArrayList<>();
    if (!raw.isEmpty()) {
      values.add(logits);
    }
    if (!probability.isEmpty()) {
      values.add(probabilities);
    }
    if (!prediction.isEmpty()) {
      values.add(
          (double) (thresholds.length == 0 ? logits.argmax() : best(probabilities, thresholds)));
    }
    return values;
  }

  /**
   * The class with the greatest quotient of probability and threshold, as Spark's classifiers
   * choose; the first of equal ones. A class of threshold 0 wins if it has any probability.
   */
  private static int best(Vector probabilities, double[] thresholds) {
    int best = 0;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < thresholds.length; i++) {
      double scaled = probabilities.apply(i) / thresholds[i];
      if (scaled > greatest) { // not where it is 0 / 0
        greatest = scaled;
        best = i;
      }
    }
    return best;
  }
}
