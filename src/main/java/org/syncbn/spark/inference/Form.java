package org.syncbn.spark.inference;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.Schema;
import org.syncbn.nn.Loss;
import org.syncbn.train.InferencePlan;

/**
 * Which columns a model's outputs become.
 *
 * @param kind what an output means
 * @param outputs how many there are for a row
 * @param classes names of the classes, or none
 */
record Form(Kind kind, int outputs, ArrayList<String> classes) implements Serializable {

  /** What an output means. */
  private enum Kind {
    /** The probability of a class. */
    CLASSES,
    /** The probability of the second of two classes. */
    SECOND_CLASS,
    /** A number. */
    NUMBERS
  }

  static Form of(InferencePlan plan, Schema schema) {
    Loss loss = plan.evaluation().loss();
    Kind kind = Kind.NUMBERS;
    if (loss instanceof Loss.SoftmaxCrossEntropy) {
      kind = Kind.CLASSES;
    } else if (loss instanceof Loss.BinaryCrossEntropy && plan.outputs() == 1) {
      kind = Kind.SECOND_CLASS;
    }
    return new Form(kind, plan.outputs(), new ArrayList<>(schema.classes()));
  }

  StructType columns() {
    boolean one = kind != Kind.NUMBERS || outputs == 1;
    StructType columns =
        new StructType()
            .add(
                Predictions.PREDICTION,
                one ? DataTypes.DoubleType : SQLDataTypes.VectorType(),
                false);
    if (kind != Kind.NUMBERS) {
      columns = columns.add(Predictions.PROBABILITY, SQLDataTypes.VectorType(), false);
      if (!classes.isEmpty()) {
        columns = columns.add(Predictions.LABEL, DataTypes.StringType);
      }
    }
    return columns;
  }

  /** A row with the values of {@link #columns} behind its own. */
  Row append(Row row, float[] predicted, int at) {
    List<Object> values = new ArrayList<>(row.size() + 3);
    for (int i = 0; i < row.size(); i++) {
      values.add(row.get(i));
    }
    double[] numbers = new double[outputs];
    for (int i = 0; i < outputs; i++) {
      numbers[i] = predicted[at + i];
    }
    switch (kind) {
      case CLASSES -> addClass(values, numbers);
      case SECOND_CLASS -> addClass(values, 1 - numbers[0], numbers[0]);
      case NUMBERS -> values.add(outputs == 1 ? (Object) numbers[0] : Vectors.dense(numbers));
    }
    return RowFactory.create(values.toArray());
  }

  private void addClass(List<Object> values, double... probabilities) {
    Vector probability = Vectors.dense(probabilities);
    int best = probability.argmax();
    values.add((double) best);
    values.add(probability);
    if (!classes.isEmpty()) {
      values.add(best < classes.size() ? classes.get(best) : null);
    }
  }
}
