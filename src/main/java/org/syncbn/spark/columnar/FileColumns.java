package org.syncbn.spark.columnar;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;

/**
 * What the footer of one file says.
 *
 * @param readable the columns that can be read, all nullable
 * @param unreadable the types of the others, by name
 * @param inBatches whether Spark reads the file's encodings column by column
 */
record FileColumns(StructType readable, Map<String, String> unreadable, boolean inBatches) {

  /** Reads the footer of one file of a format. */
  interface Footer {

    /**
     * Reads it.
     *
     * @throws DataException if the file is not a file of the format, or is damaged
     */
    FileColumns of(DataFile file);
  }

  /** A file without columns, which has no rows either. */
  static final FileColumns NONE = new FileColumns(new StructType(), Map.of(), true);

  boolean isEmpty() {
    return readable.isEmpty() && unreadable.isEmpty();
  }

  /** Checks that no two columns have one name. */
  FileColumns distinct(DataFile file) {
    Set<String> names = new HashSet<>(unreadable.keySet());
    for (StructField field : readable.fields()) {
      if (!names.add(field.name())) {
        throw new DataException(
            "%s has two columns '%s'; rename one.".formatted(file, field.name()));
      }
    }
    return this;
  }
}
