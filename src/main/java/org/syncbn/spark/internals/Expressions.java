package org.syncbn.spark.internals;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.UnwrapUDT;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.util.QuotingUtils;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.ObjectType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Columns that Spark's functions cannot express.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class Expressions {

  private Expressions() {}

  /** A column of an expression. */
  public static Column column(Expression expression) {
    return ExpressionUtils.column(expression);
  }

  /** A name in a path of names, in back ticks. */
  public static String quoted(String name) {
    return QuotingUtils.quoteIdentifier(name);
  }

  /** The values of a user-defined type as Spark stores them. */
  public static Column stored(Column values) {
    return column(new UnwrapUDT(ExpressionUtils.expression(values)));
  }

  /** Calls {@code target.method(arguments)}; if {@code propagateNull}, only where none is null. */
  public static Column call(
      Object target, String method, DataType type, boolean propagateNull, Column... arguments) {
    boolean returnNullable = true;
    boolean isDeterministic = true;
    List<Expression> expressions =
        Arrays.stream(arguments).map(ExpressionUtils::expression).toList();
    return column(
        new Invoke(
            Literal.create(target, new ObjectType(target.getClass())),
            method,
            type,
            CollectionConverters.asScala(expressions).toSeq(),
            CollectionConverters.asScala(List.<AbstractDataType>of()).toSeq(),
            propagateNull,
            returnNullable,
            isDeterministic));
  }
}
