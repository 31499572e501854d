package org.syncbn.sql;

import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A catalog of Spark SQL that holds the exact aggregate functions: {@code exact_avg}, {@code
 * exact_var_pop}, {@code exact_var_samp}, {@code exact_stddev_pop}, {@code exact_stddev_samp},
 * {@code exact_sums} and {@code exact_merge}.
 *
 * <p>Registered under a name of the user's choice, it needs nothing else:
 *
 * <pre>{@code
 * spark.conf().set("spark.sql.catalog.syncbn", "org.syncbn.sql.ExactFunctionCatalog");
 * spark.sql("SELECT k, syncbn.exact_avg(x), syncbn.exact_stddev_samp(x) FROM t GROUP BY k");
 * }</pre>
 *
 * <p>It has no tables, no namespaces and no options. The names of functions ignore case, as those
 * of Spark's own functions do.
 */
public final class ExactFunctionCatalog implements FunctionCatalog {

  private String name = "";

  /** For Spark, which names the catalog by {@link #initialize}. */
  public ExactFunctionCatalog() {}

  @Override
  public void initialize(String name, CaseInsensitiveStringMap options) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Identifier[] listFunctions(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length > 0) {
      throw new NoSuchNamespaceException(namespace);
    }
    return Arrays.stream(ExactFunction.values())
        .map(function -> Identifier.of(namespace, function.sqlName()))
        .toArray(Identifier[]::new);
  }

  @Override
  public UnboundFunction loadFunction(Identifier identifier) throws NoSuchFunctionException {
    if (identifier.namespace().length > 0) {
      throw new NoSuchFunctionException(identifier);
    }
    String wanted = identifier.name().toLowerCase(Locale.ROOT);
    for (ExactFunction function : ExactFunction.values()) {
      if (function.sqlName().equals(wanted)) {
        return function;
      }
    }
    throw new NoSuchFunctionException(identifier);
  }
}
