package org.syncbn.spark.columnar;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;

/** Reads the footers of Parquet files. Thread-safe. */
final class ParquetFooter implements FileColumns.Footer {

  private static final String WRITTEN_BY_SPARK = "org.apache.spark.sql.parquet.row.metadata";

  private static final Magic MAGIC = new Magic("Parquet", "PAR1");
  private static final Magic ENCRYPTED = new Magic("Parquet", "PARE");

  private final Configuration configuration;

  ParquetFooter(Configuration configuration) {
    this.configuration = configuration;
  }

  @Override
  public FileColumns of(DataFile file) {
    ParquetMetadata footer = read(file);
    Map<String, StructField> written = writtenBySpark(footer);
    List<StructField> readable = new ArrayList<>();
    Map<String, String> unreadable = new LinkedHashMap<>();
    for (Type type : footer.getFileMetaData().getSchema().getFields()) {
      try {
        Optional<StructField> known = Optional.ofNullable(written.get(type.getName()));
        readable.add(ParquetTypes.column(type, known));
      } catch (Exception odd) { // Scala throws checked exceptions undeclared.
        unreadable.put(type.getName(), ParquetTypes.described(type));
      }
    }
    return new FileColumns(
            DataTypes.createStructType(readable), unreadable, isReadInBatches(footer, file))
        .distinct(file);
  }

  private ParquetMetadata read(DataFile file) {
    try {
      if (file.status().getLen() == 0) {
        throw new DataException(
            "%s is empty, so it is not a Parquet file; write it again or remove it."
                .formatted(file));
      }
      if (ENCRYPTED.ends(file, configuration)) {
        throw new DataException(
            "The footer of %s is encrypted; decrypt the file first.".formatted(file));
      }
      MAGIC.requireBegin(file, configuration);
      if (!MAGIC.ends(file, configuration)) {
        throw new DataException(
            ("%s ends without the footer of a Parquet file: it was truncated or is not complete"
                    + " yet; copy it again.")
                .formatted(file));
      }
      HadoopInputFile input = HadoopInputFile.fromStatus(file.status(), configuration);
      // Options of its own would have Parquet read all configuration files of Hadoop each time.
      ParquetReadOptions options = HadoopReadOptions.builder(configuration).build();
      try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
        return reader.getFooter();
      }
    } catch (DataException known) {
      throw known;
    } catch (IOException | RuntimeException damaged) {
      throw Magic.damaged(file, "Parquet", damaged);
    }
  }

  /** The columns as Spark wrote them, if it wrote the file and their types are known here. */
  private static Map<String, StructField> writtenBySpark(ParquetMetadata footer) {
    String json = footer.getFileMetaData().getKeyValueMetaData().get(WRITTEN_BY_SPARK);
    Map<String, StructField> fields = new HashMap<>();
    try {
      if (json != null && DataType.fromJson(json) instanceof StructType struct) {
        Arrays.stream(struct.fields()).forEach(field -> fields.put(field.name(), field));
      }
    } catch (Exception unknown) { // A type of another program, or of another version of Spark.
      return Map.of();
    }
    return fields;
  }

  private static boolean isReadInBatches(ParquetMetadata footer, DataFile file) {
    boolean inBatches = true;
    for (var block : footer.getBlocks()) {
      for (var chunk : block.getColumns()) {
        CompressionCodecName codec = chunk.getCodec();
        if (codec == CompressionCodecName.LZO || codec == CompressionCodecName.BROTLI) {
          throw new DataException(
              "%s is compressed by %s, which Spark lacks; write it with zstd, snappy or gzip."
                  .formatted(file, codec));
        }
        inBatches &= !chunk.getEncodings().contains(Encoding.BYTE_STREAM_SPLIT);
      }
    }
    return inBatches;
  }
}
