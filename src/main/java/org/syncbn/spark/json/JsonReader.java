package org.syncbn.spark.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.FormatReader;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.LiteralNames;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.spark.json.JsonShape.Place;
import org.syncbn.spark.text.TextFile;

/**
 * Reads JSON objects: one or several on a line, over several lines, or in arrays. All of every file
 * is read once to find the types, which {@link JsonColumns} decides, and the faults; Spark's own
 * reader passes over whatever follows the first object of a line.
 *
 * <p>Files are read in parts where each of their lines holds whole objects.
 */
public final class JsonReader implements FormatReader {

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options) {
    JsonShapes shapes =
        JsonTyping.run(session, files, options.text(), JsonColumns.looksInside(options));
    List<Path> distinct = files.files().stream().map(DataFile::path).distinct().toList();
    Configuration conf = Sessions.hadoop(session);
    Function<Place, String> places =
        place ->
            JsonPart.behind(conf, distinct.get(place.file()), options.text(), place.start())
                .place(place.line());
    shapes
        .fault()
        .ifPresent(
            fault -> {
              throw new DataException(fault);
            });
    Map<String, JsonShape> keys = shapes.keys();
    if (keys.isEmpty()) {
      throw new DataException(
          "There are no rows in %s, or none that has a field.".formatted(files));
    }
    if (options.featureNames().isEmpty() && options.selection().named().isEmpty()) {
      requireRows(files, keys);
    }
    JsonColumns columns = JsonColumns.of(keys, options, places);
    Set<String> whole =
        shapes.whole().stream()
            .map(file -> distinct.get(file).toString())
            .collect(Collectors.toSet());
    List<String> notes = new ArrayList<>(columns.notes());
    if (!whole.isEmpty()) {
      notes.add(
          "%d of %d files, %s first, hold objects over several lines, so each is read by one task."
              .formatted(
                  whole.size(),
                  distinct.size(),
                  TextFile.name(distinct.get(shapes.whole().iterator().next()))));
    }
    return new InputTable(
        files.rows(
            LiteralNames.session(session, List.of(columns.schema().fieldNames())),
            new JsonFormat(whole, columns.paths(), options.text()),
            columns.schema(),
            Map.of()),
        files.files(),
        files.partitionColumns(),
        notes);
  }

  /** Throws if one object holds a whole table, as rows in an array or as columns in objects. */
  private static void requireRows(InputFiles files, Map<String, JsonShape> keys) {
    boolean isAlone =
        keys.values().stream().allMatch(shape -> shape.count(JsonShape.Kind.values()) == 1);
    if (!isAlone) {
      return;
    }
    Optional<String> table =
        JsonShape.inOrder(keys).entrySet().stream()
            .filter(entry -> holdsRows(entry.getValue()))
            .map(Map.Entry::getKey)
            .findFirst();
    boolean isByColumns =
        keys.values().stream().allMatch(shape -> shape.isAll(JsonShape.Kind.OBJECT));
    if (table.isPresent()) {
      throw new DataException(
          "%s holds one object, with a table under its key '%s'; write an object for each row, as jq -c '.%s[]' or pandas' to_json(orient='records', lines=True) do."
              .formatted(files, table.get(), table.get()));
    } else if (isByColumns) {
      throw new DataException(
          "%s holds one object, whose keys are columns or names of rows; write an object for each row, as pandas' to_json(orient='records', lines=True) does."
              .formatted(files));
    }
  }

  private static boolean holdsRows(JsonShape shape) {
    return shape.isAll(JsonShape.Kind.ARRAY)
        && shape
            .elements()
            .filter(
                elements ->
                    elements.isAll(JsonShape.Kind.OBJECT) || elements.isAll(JsonShape.Kind.ARRAY))
            .isPresent();
  }
}
