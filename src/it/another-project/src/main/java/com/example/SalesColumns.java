package com.example;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.syncbn.api.Normalizer;

/** Prepares the columns of sales for training. */
public final class SalesColumns {

  private SalesColumns() {}

  /** The rows with a price of mean 0 and variance 1. */
  public static Dataset<Row> normalized(Dataset<Row> sales) {
    return Normalizer.batchNorm().withColumns("price").fit(sales).transform(sales);
  }
}
