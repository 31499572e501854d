package org.syncbn.spark.files;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The file formats that data are read from. */
public enum DataFormat implements RowFormat {
  /** Apache Parquet, read column by column. */
  PARQUET("parquet", "parq", "pq"),
  /** Apache ORC, read column by column. */
  ORC("orc"),
  /** Comma-separated values with a header. */
  CSV("csv", "tsv", "psv"),
  /** One JSON object per line. */
  JSON("json", "jsonl", "ndjson"),
  /** A label and the sparse vector of features on each line. */
  LIBSVM("libsvm", "svm", "svmlight");

  private static final List<String> COMPRESSIONS =
      List.of("gz", "gzip", "bz2", "zst", "zstd", "snappy", "lz4", "deflate");

  private final List<String> extensions;

  DataFormat(String... extensions) {
    this.extensions = List.of(extensions);
  }

  @Override
  public String sparkName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format that a file's name ends with, before the name of a compression. */
  public static Optional<DataFormat> ofFileName(String name) {
    String plain =
        compression(name)
            .map(compression -> name.substring(0, name.length() - compression.length() - 1))
            .orElse(name);
    String extension = extension(plain);
    return Arrays.stream(values()).filter(f -> f.extensions.contains(extension)).findFirst();
  }

  /** The compression of a whole file that its name ends with. */
  static Optional<String> compression(String name) {
    return Optional.of(extension(name)).filter(COMPRESSIONS::contains);
  }

  private static String extension(String name) {
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(dot + 1).toLowerCase(Locale.ROOT) : "";
  }
}
