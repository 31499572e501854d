package org.syncbn.spark.inference;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.Schema;
import org.syncbn.data.TargetScale;
import org.syncbn.nn.Loss;
import org.syncbn.train.InferencePlan;

/**
 * The columns that {@link Predictions} describes.
 *
 * @param meaning of the outputs
 * @param classes names of the classes, or none
 * @param labels the columns that are predicted, each in one of its own, where there are several
 * @param targets how the numbers to predict were standardized, one for each label; none if they
 *     were not
 */
record Form(
    OutputMeaning meaning,
    ArrayList<String> classes,
    ArrayList<String> labels,
    ArrayList<TargetScale> targets)
    implements OutputColumns {

  static Form of(
      InferencePlan plan, Schema schema, List<String> labels, List<TargetScale> targets) {
    return new Form(
        OutputMeaning.of(plan),
        new ArrayList<>(schema.classes()),
        new ArrayList<>(labels.size() > 1 ? labels : List.of()),
        new ArrayList<>(targets));
  }

  private double[] restored(double[] numbers) {
    if (!targets.isEmpty()) {
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = targets.get(Math.min(i, targets.size() - 1)).restored(numbers[i]);
      }
    }
    return numbers;
  }

  private boolean areProbabilities() {
    return meaning.loss().target() == Loss.Target.PROBABILITY;
  }

  @Override
  public StructType columns() {
    if (!labels.isEmpty()) {
      StructType columns = new StructType();
      for (String label : labels) {
        columns = columns.add(Predictions.PREDICTION + "_" + label, DataTypes.DoubleType, false);
        if (areProbabilities()) {
          columns = columns.add(Predictions.PROBABILITY + "_" + label, DataTypes.DoubleType, false);
        }
      }
      return columns;
    }
    boolean one = meaning.isOfClasses() || meaning.outputs() == 1;
    StructType columns =
        new StructType()
            .add(
                Predictions.PREDICTION,
                one ? DataTypes.DoubleType : SQLDataTypes.VectorType(),
                false);
    if (meaning.isOfClasses()) {
      columns = columns.add(Predictions.PROBABILITY, SQLDataTypes.VectorType(), false);
      if (!classes.isEmpty()) {
        columns = columns.add(Predictions.LABEL, DataTypes.StringType);
      }
    }
    return columns;
  }

  @Override
  public List<Object> values(float[] outputs) {
    List<Object> values = new ArrayList<>();
    if (meaning.isOfClasses()) {
      Vector logits = meaning.logits(outputs);
      int best = logits.argmax();
      values.add((double) best);
      values.add(meaning.probabilities(logits));
      if (!classes.isEmpty()) {
        values.add(best < classes.size() ? classes.get(best) : null);
      }
    } else {
      double[] numbers = restored(meaning.numbers(outputs));
      if (labels.isEmpty()) {
        values.add(numbers.length == 1 ? numbers[0] : Vectors.dense(numbers));
      } else {
        for (double number : numbers) {
          values.add(areProbabilities() ? number > 0.5 ? 1.0 : 0.0 : number);
          if (areProbabilities()) {
            values.add(number);
          }
        }
      }
    }
    return values;
  }
}
