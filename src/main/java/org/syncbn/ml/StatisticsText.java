package org.syncbn.ml;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FileSystems;

/** Statistics files in Hadoop's file systems. */
final class StatisticsText {

  /** The name of the file in a saved model. */
  static final String FILE = "statistics.json";

  private StatisticsText() {}

  /** Writes or replaces a file; without a scheme on the default file system. */
  static void write(String location, String json, Configuration configuration) {
    Path path = new Path(location);
    try (OutputStream out = FileSystems.withoutChecksums(path, configuration).create(path, true)) {
      out.write(json.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  /** Reads what {@link #write} or {@code jobs/normalize} wrote. */
  static SavedStatistics statistics(String location, Configuration configuration) {
    Path path = new Path(location);
    try (InputStream in = FileSystems.withoutChecksums(path, configuration).open(path)) {
      return SavedStatistics.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), location);
    } catch (FileNotFoundException e) {
      throw new DataException("There is no file %s.".formatted(location));
    } catch (FileFormatException e) {
      throw new DataException(e.getMessage());
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }
}
