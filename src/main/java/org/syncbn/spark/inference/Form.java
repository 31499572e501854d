package org.syncbn.spark.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.Schema;
import org.syncbn.data.TargetScale;
import org.syncbn.train.InferencePlan;

/**
 * The columns that {@link Predictions} describes.
 *
 * @param meaning of the outputs
 * @param classes names of the classes, or none
 * @param target how the numbers to predict were standardized, or null
 */
record Form(OutputMeaning meaning, ArrayList<String> classes, TargetScale target)
    implements OutputColumns {

  static Form of(InferencePlan plan, Schema schema, Optional<TargetScale> target) {
    return new Form(OutputMeaning.of(plan), new ArrayList<>(schema.classes()), target.orElse(null));
  }

  private double restored(double number) {
    return target == null ? number : target.restored(number);
  }

  @Override
  public StructType columns() {
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
      double[] numbers = Arrays.stream(meaning.numbers(outputs)).map(this::restored).toArray();
      values.add(numbers.length == 1 ? numbers[0] : Vectors.dense(numbers));
    }
    return values;
  }
}
