package org.syncbn.sql;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.functions.AggregateFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * A function for an argument of a known type. Numbers of other types than double come here cast by
 * Spark, each to the nearest double, as they come to the statistics of a data set.
 *
 * <p>The buffer is an {@link ExactState}, or the bytes of one where Spark has serialized it.
 *
 * @param function what becomes of the sums
 * @param ofStates whether the argument is a state to merge, rather than a number to add
 */
record ExactAggregate(ExactFunction function, boolean ofStates)
    implements AggregateFunction<Serializable, Object> {

  @Override
  public String name() {
    return function.sqlName();
  }

  /** Equal for equal functions, so that Spark computes a function that stands twice once. */
  @Override
  public String canonicalName() {
    return "org.syncbn.%s(%s)".formatted(name(), inputTypes()[0].simpleString());
  }

  @Override
  public DataType[] inputTypes() {
    return new DataType[] {ofStates ? DataTypes.BinaryType : DataTypes.DoubleType};
  }

  @Override
  public DataType resultType() {
    return function.givesState() ? DataTypes.BinaryType : DataTypes.DoubleType;
  }

  @Override
  public boolean isResultNullable() {
    return !function.givesState();
  }

  @Override
  public Serializable newAggregationState() {
    return new ExactState();
  }

  @Override
  public Serializable update(Serializable buffer, InternalRow arguments) {
    ExactState state = ExactState.of(buffer);
    if (ofStates) {
      if (!arguments.isNullAt(0)) {
        state.merge(name(), arguments.getBinary(0));
      }
    } else if (arguments.isNullAt(0)) {
      state.addNull();
    } else {
      state.add(arguments.getDouble(0));
    }
    return state;
  }

  @Override
  public Serializable merge(Serializable left, Serializable right) {
    ExactState state = ExactState.of(left);
    state.merge(ExactState.of(right));
    return state;
  }

  @Override
  public Object produceResult(Serializable buffer) {
    return function.result(ExactState.of(buffer).sums());
  }
}
