package org.syncbn.spark.internals;

import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils;
import org.apache.spark.sql.execution.datasources.CodecStreams;

/**
 * How Spark names folders and opens files.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class Files {

  private Files() {}

  /** The value of a partition folder that stands for null. */
  public static String nullFolder() {
    return ExternalCatalogUtils.DEFAULT_PARTITION_NAME();
  }

  /** A text as part of the name of a partition folder. */
  public static String escaped(String text) {
    return ExternalCatalogUtils.escapePathName(text);
  }

  /** The bytes of a file, decompressed where its name says so. */
  public static InputStream open(Configuration configuration, Path file) {
    return CodecStreams.createInputStream(configuration, file);
  }
}
