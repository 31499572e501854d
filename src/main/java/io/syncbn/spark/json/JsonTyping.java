package io.syncbn.spark.json;

import io.syncbn.spark.files.ClassicDataset;
import io.syncbn.spark.files.DataFile;
import io.syncbn.spark.files.InputFiles;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.lang3.SerializationUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/**
 * Looks at all values of all files, in one pass on the cluster: one row for each part of a file.
 */
final class JsonTyping extends JsonSource {

  private static final long serialVersionUID = 1L;

  private static final StructType COLUMNS = new StructType().add("shapes", DataTypes.BinaryType);

  private final HashMap<String, Integer> numbers = new HashMap<>(); // of the files
  private final boolean nested;
  private final HashSet<String> whole = new HashSet<>();

  private JsonTyping(List<DataFile> files, boolean nested) {
    files.forEach(file -> numbers.putIfAbsent(file.path().toString(), numbers.size()));
    this.nested = nested;
  }

  /**
   * The shapes of all values of all files.
   *
   * @param nested whether to look into objects
   */
  static JsonShapes run(SparkSession session, InputFiles files, boolean nested) {
    JsonTyping typing = new JsonTyping(files.files(), nested);
    JsonShapes shapes = typing.run(session, files);
    Set<Integer> unread = shapes.unread();
    if (unread.isEmpty()) {
      return shapes;
    }
    typing.whole.addAll(typing.numbers.keySet());
    List<DataFile> again =
        files.files().stream()
            .filter(file -> unread.contains(typing.numbers.get(file.path().toString())))
            .toList();
    return shapes.withRead(typing.run(session, files.with(again)));
  }

  private JsonShapes run(SparkSession session, InputFiles files) {
    Dataset<Row> parts = files.rows(session, this, COLUMNS, Map.of());
    QueryExecution query = ClassicDataset.of(parts.select("shapes")).queryExecution();
    return SQLExecution.withNewExecutionId(
        query,
        Option.apply("types of JSON values"),
        () -> {
          JavaRDD<byte[]> found = query.toRdd().toJavaRDD().map(row -> row.getBinary(0));
          return found.isEmpty() ? new JsonShapes() : read(found.treeReduce(JsonTyping::merged));
        });
  }

  private static byte[] merged(byte[] a, byte[] b) {
    return SerializationUtils.serialize(read(a).merge(read(b)));
  }

  private static JsonShapes read(byte[] bytes) {
    return SerializationUtils.deserialize(bytes);
  }

  @Override
  Set<String> whole() {
    return whole;
  }

  @Override
  Iterator<InternalRow> rows(JsonPart part, StructType schema, Configuration conf)
      throws IOException {
    int file = numbers.get(part.path().toString());
    JsonShapes shapes = JsonShapes.of(part, file, nested, conf);
    Object[] row = {SerializationUtils.serialize(shapes)};
    return List.<InternalRow>of(new GenericInternalRow(row)).iterator();
  }
}
