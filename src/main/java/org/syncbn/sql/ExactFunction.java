package org.syncbn.sql;

import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Moments;

/**
 * The functions of the catalog: what each makes of the exact sums of a group.
 *
 * <p>Nulls, NaN and infinities mean what they mean to Spark's functions of the same names: nulls
 * are left out, of nothing the result is null, and NaN or an infinity is not passed over.
 */
enum ExactFunction implements UnboundFunction {
  AVG("exact_avg", "the mean, rounded once") {
    @Override
    Object result(ColumnSums sums) {
      Moments moments = sums.moments();
      if (seen(moments) == 0) {
        return null;
      }
      if (notFinite(moments) == 0) {
        return moments.mean();
      }
      boolean up = moments.positiveInfinityCount() > 0;
      boolean down = moments.negativeInfinityCount() > 0;
      if (moments.nanCount() > 0 || up && down) {
        return Double.NaN;
      }
      return up ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
  },
  VAR_POP("exact_var_pop", "the population variance, rounded once") {
    @Override
    Object result(ColumnSums sums) {
      Moments moments = sums.moments();
      return ofPopulation(moments, moments.populationVariance());
    }
  },
  VAR_SAMP("exact_var_samp", "the sample variance, rounded once") {
    @Override
    Object result(ColumnSums sums) {
      Moments moments = sums.moments();
      return ofSample(moments, moments.sampleVariance());
    }
  },
  STDDEV_POP("exact_stddev_pop", "the population standard deviation, rounded once") {
    @Override
    Object result(ColumnSums sums) {
      Moments moments = sums.moments();
      return ofPopulation(moments, moments.populationStandardDeviation());
    }
  },
  STDDEV_SAMP("exact_stddev_samp", "the sample standard deviation, rounded once") {
    @Override
    Object result(ColumnSums sums) {
      Moments moments = sums.moments();
      return ofSample(moments, moments.sampleStandardDeviation());
    }
  },
  SUMS("exact_sums", "the exact sums of numbers as a state that can be merged and stored") {
    @Override
    Object result(ColumnSums sums) {
      return sums.toBytes();
    }
  },
  MERGE("exact_merge", "one state from the states of exact_sums and exact_merge") {
    @Override
    Object result(ColumnSums sums) {
      return sums.toBytes();
    }
  };

  private final String sqlName;
  private final String description;

  ExactFunction(String sqlName, String description) {
    this.sqlName = sqlName;
    this.description = description;
  }

  /** What the function gives for a group, in Spark's internal form. */
  abstract Object result(ColumnSums sums);

  String sqlName() {
    return sqlName;
  }

  /** Whether the result is a state, which is never null. */
  boolean givesState() {
    return this == SUMS || this == MERGE;
  }

  @Override
  public String description() {
    return "%s: %s".formatted(sqlName, description);
  }

  /**
   * The function for an argument of a type.
   *
   * @throws UnsupportedOperationException for other than one argument of a type that it takes; the
   *     message, which Spark puts behind the name and the types, is for the user
   */
  @Override
  public BoundFunction bind(StructType arguments) {
    if (arguments.size() != 1) {
      throw new UnsupportedOperationException(
          "%s takes one argument, but was given %d; call it once for each column."
              .formatted(sqlName, arguments.size()));
    }
    DataType type = arguments.fields()[0].dataType();
    boolean isState = type instanceof BinaryType;
    boolean isNumber = type instanceof NumericType;
    boolean isNull = type instanceof NullType;
    if (this == SUMS && isState) {
      throw new UnsupportedOperationException(
          "exact_sums takes numbers; merge states with exact_merge.");
    }
    if (this == MERGE && isNumber) {
      throw new UnsupportedOperationException(
          "exact_merge takes states of exact_sums; sum up numbers with exact_sums.");
    }
    if (!isState && !isNumber && !isNull) {
      throw new UnsupportedOperationException(rejection(type));
    }
    return new ExactAggregate(this, isState || isNull && this == MERGE);
  }

  private String rejection(DataType type) {
    if (this == MERGE) {
      return "exact_merge takes states of exact_sums, which are of type binary, not %s."
          .formatted(type.simpleString());
    }
    String remedy =
        type instanceof StringType
            ? "cast it, as in CAST(x AS DOUBLE)"
            : type instanceof BooleanType
                ? "cast it, as in CAST(x AS INT)"
                : "name a numeric column";
    return "%s takes numbers, not %s; %s.".formatted(sqlName, type.simpleString(), remedy);
  }

  private static Double ofPopulation(Moments moments, double ofFinite) {
    if (seen(moments) == 0) {
      return null;
    }
    return notFinite(moments) == 0 ? ofFinite : Double.NaN;
  }

  /** A single value has no sample variance, even if it is NaN. */
  private static Double ofSample(Moments moments, double ofFinite) {
    if (seen(moments) <= 1) {
      return null;
    }
    if (notFinite(moments) > 0) {
      return Double.NaN;
    }
    return Double.isNaN(ofFinite) ? null : (Double) ofFinite; // NaN: weights of 1 or less in all
  }

  private static long seen(Moments moments) {
    return moments.count() + notFinite(moments);
  }

  private static long notFinite(Moments moments) {
    return moments.missing() - moments.nullCount();
  }
}
