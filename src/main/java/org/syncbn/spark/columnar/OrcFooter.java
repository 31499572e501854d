package org.syncbn.spark.columnar;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.orc.OrcFile;
import org.apache.orc.Reader;
import org.apache.orc.TypeDescription;
import org.apache.orc.TypeDescription.Category;
import org.apache.spark.sql.execution.datasources.orc.OrcUtils;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;

/**
 * Reads the footers of ORC files. A file of no bytes has no rows: Hive and Spark write such.
 *
 * <p>Thread-safe.
 */
final class OrcFooter implements FileColumns.Footer {

  /** In the metadata of a column whose timestamps are times of day without a zone. */
  private static final String LOCAL = "syncbn.local";

  private static final Magic MAGIC = new Magic("ORC", "ORC");

  private final Configuration configuration;

  OrcFooter(Configuration configuration) {
    this.configuration = configuration;
  }

  /** Whether the timestamps in a column are the same time of day in every zone. */
  static boolean isLocal(StructField field) {
    return field.metadata().contains(LOCAL);
  }

  @Override
  public FileColumns of(DataFile file) {
    if (file.status().getLen() == 0) {
      return FileColumns.NONE;
    }
    TypeDescription schema = schema(file);
    if (schema.getCategory() != Category.STRUCT) {
      throw new DataException(
          "The rows of %s are %s and have no columns; write them as a struct."
              .formatted(file, schema));
    }
    List<StructField> readable = new ArrayList<>();
    Map<String, String> unreadable = new LinkedHashMap<>();
    boolean plain = !schema.getFieldNames().stream().allMatch(name -> name.startsWith("_col"));
    for (int i = 0; i < schema.getChildren().size(); i++) {
      String name = schema.getFieldNames().get(i);
      TypeDescription type = schema.getChildren().get(i);
      if (has(type, Category.UNION)) {
        unreadable.put(name, type.toString());
      } else {
        readable.add(column(name, type));
      }
      plain &= !has(type, Category.UNION) && !has(type, Category.TIMESTAMP_INSTANT);
    }
    return new FileColumns(DataTypes.createStructType(readable), unreadable, plain).distinct(file);
  }

  private TypeDescription schema(DataFile file) {
    try {
      MAGIC.requireBegin(file, configuration);
      try (Reader reader =
          OrcFile.createReader(file.path(), OrcFile.readerOptions(configuration))) {
        return reader.getSchema();
      }
    } catch (DataException known) {
      throw known;
    } catch (IOException | RuntimeException damaged) {
      throw Magic.damaged(file, "ORC", damaged);
    }
  }

  private static StructField column(String name, TypeDescription type) {
    TypeDescription alone = TypeDescription.createStruct().addField(name, withoutZones(type));
    StructField field = OrcUtils.toCatalystSchema(alone).asNullable().apply(0);
    boolean isLocal = has(type, Category.TIMESTAMP) && !has(type, Category.TIMESTAMP_INSTANT);
    Metadata metadata =
        isLocal
            ? new MetadataBuilder().withMetadata(field.metadata()).putBoolean(LOCAL, true).build()
            : field.metadata();
    return new StructField(name, field.dataType(), true, metadata);
  }

  /** The type with instants as timestamps, which Spark takes for instants. */
  private static TypeDescription withoutZones(TypeDescription type) {
    return has(type, Category.TIMESTAMP_INSTANT)
        ? TypeDescription.fromString(
            type.toString().replace("timestamp with local time zone", "timestamp"))
        : type.clone();
  }

  private static boolean has(TypeDescription type, Category category) {
    return type.getCategory() == category
        || type.getChildren() != null
            && type.getChildren().stream().anyMatch(child -> has(child, category));
  }
}
