package org.syncbn.spark.json;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.lang3.SerializationUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.spark.text.RowFileFormat;
import org.syncbn.spark.text.TextFile;

/**
 * Looks at all values of all files, in one pass on the cluster: one row for each part of a file.
 */
final class JsonTyping extends RowFileFormat {

  private static final long serialVersionUID = 1L;

  private static final StructType COLUMNS = new StructType().add("shapes", DataTypes.BinaryType);

  private final HashMap<String, Integer> numbers = new HashMap<>(); // of the files
  private final boolean nested;
  private final HashSet<String> whole = new HashSet<>();

  private final TextOptions text;

  private JsonTyping(List<DataFile> files, TextOptions text, boolean nested) {
    files.forEach(file -> numbers.putIfAbsent(file.path().toString(), numbers.size()));
    this.text = text;
    this.nested = nested;
  }

  /**
   * The shapes of all values of all files.
   *
   * @param nested whether to look into objects
   */
  static JsonShapes run(SparkSession session, InputFiles files, TextOptions text, boolean nested) {
    JsonTyping typing = new JsonTyping(files.files(), text, nested);
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
    return Sessions.run(
        ClassicDataset.of(parts.select("shapes")),
        "types of JSON values",
        shapes -> {
          JavaRDD<byte[]> found = shapes.map(row -> row.getBinary(0));
          return found.isEmpty() ? new JsonShapes() : read(found.treeReduce(JsonTyping::merged));
        });
  }

  private static byte[] merged(byte[] a, byte[] b) {
    return SerializationUtils.serialize(read(a).merge(read(b)));
  }

  private static JsonShapes read(byte[] bytes) {
    // Ours, for the stream looks for classes where the code that made it is.
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return (JsonShapes) in.readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected PartReader reader(StructType columns) {
    return part -> {
      JsonShapes shapes =
          JsonShapes.of(JsonPart.of(part, text), numbers.get(part.path().toString()), nested);
      Object[] row = {SerializationUtils.serialize(shapes)};
      return List.<InternalRow>of(new GenericInternalRow(row)).iterator();
    };
  }

  @Override
  protected boolean isSplittable(TextFile file, Path path) {
    return file.isSplittable() && !whole.contains(path.toString());
  }

  @Override
  protected TextFile file(Configuration configuration, Path path) {
    return new TextFile(configuration, path, text);
  }

  @Override
  protected String extension() {
    throw new UnsupportedOperationException("this only reads");
  }

  @Override
  protected RowWriter writer(OutputStream out, StructType columns) {
    throw new UnsupportedOperationException("this only reads");
  }
}
