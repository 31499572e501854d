package org.syncbn.spark.libsvm;

import java.io.OutputStream;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.text.FilePart;
import org.syncbn.spark.text.RowFileFormat;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;
import org.syncbn.spark.text.TextLines;

/**
 * Finds the number of features of all lines, whether they have queries, and what is wrong, in one
 * pass: a row for each part.
 */
final class LibsvmWidth extends RowFileFormat {

  private static final long serialVersionUID = 1L;

  private static final StructType COLUMNS =
      new StructType()
          .add("width", DataTypes.IntegerType)
          .add("file", DataTypes.StringType)
          .add("start", DataTypes.LongType)
          .add("fault", DataTypes.StringType)
          .add("lines", DataTypes.LongType)
          .add("queries", DataTypes.LongType);

  /**
   * What the lines of some files have.
   *
   * @param width the number of features
   * @param hasQueries whether they say of which query they are
   */
  record Found(int width, boolean hasQueries) {}

  private final TextOptions text;
  private final int limit;

  private LibsvmWidth(TextOptions text, int limit) {
    this.text = text;
    this.limit = limit;
  }

  /**
   * The number of features, and whether there are queries.
   *
   * @param limit the number of features that a line may have
   * @throws DataException for the first line of the first file that is wrong
   */
  static Found of(SparkSession session, InputFiles files, TextOptions text, int limit) {
    List<Row> parts =
        files
            .rows(session, new LibsvmWidth(text, limit), COLUMNS, Map.of())
            .selectExpr(COLUMNS.fieldNames())
            .collectAsList();
    List<String> order =
        files.files().stream().map(DataFile::path).map(Path::toString).distinct().toList();
    Optional<Row> wrong =
        parts.stream()
            .filter(part -> !part.isNullAt(3))
            .min(
                Comparator.comparingInt((Row part) -> order.indexOf(part.getString(1)))
                    .thenComparingLong(part -> part.getLong(2)));
    if (wrong.isPresent()) {
      throw new DataException(wrong.get().getString(3));
    }
    long lines = parts.stream().mapToLong(part -> part.getLong(4)).sum();
    long queries = parts.stream().mapToLong(part -> part.getLong(5)).sum();
    if (queries > 0 && queries < lines) {
      throw new DataException(
          "%d of %d lines of %s have a qid and the others none; give one to all, or to none."
              .formatted(queries, lines, files));
    }
    return new Found(parts.stream().mapToInt(part -> part.getInt(0)).max().orElse(0), queries > 0);
  }

  @Override
  protected PartReader reader(StructType columns) {
    return part -> List.of(row(part)).iterator();
  }

  /** A fault is told in the row: Spark would try the task again. */
  private InternalRow row(FilePart part) {
    int width = 0;
    long found = 0;
    long queries = 0;
    String fault = null;
    TextFile file = file(part.configuration(), part.path());
    try (TextLines lines = file.lines(part.start(), part.end())) {
      LibsvmLine line = new LibsvmLine(limit, text.zeroBased());
      while (lines.next()) {
        if (line.parse(lines)) {
          width = Math.max(width, line.width());
          found++;
          queries += line.query().isPresent() ? 1 : 0;
        }
      }
    } catch (TextFault wrong) {
      fault = file.sentence(wrong).getMessage();
    } catch (DataException damaged) {
      fault = damaged.getMessage();
    }
    Object[] row = {
      width,
      UTF8String.fromString(part.path().toString()),
      part.start(),
      UTF8String.fromString(fault),
      found,
      queries
    };
    return new GenericInternalRow(row);
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
