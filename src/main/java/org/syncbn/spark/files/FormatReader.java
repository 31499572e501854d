package org.syncbn.spark.files;

import java.io.IOException;
import org.apache.spark.sql.SparkSession;

/** Makes rows of files of one format. */
@FunctionalInterface
public interface FormatReader {

  /**
   * Opens the files; types and faults that only content tells may take a pass over all of it.
   *
   * @throws DataException in a sentence, if a file is not what it should be
   * @throws IOException if a file cannot be read
   */
  InputTable read(SparkSession session, InputFiles files, ReadOptions options) throws IOException;
}
