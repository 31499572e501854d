package org.syncbn.spark.inference;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.FeatureTransform;
import org.syncbn.spark.Features;
import org.syncbn.spark.ImageFiles;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.TableBlocks;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.sync.JavaSerialized;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.Predictor;
import scala.Tuple2;

/**
 * What a model says about rows, appended to them under the names of Spark's machine learning.
 *
 * <p>{@value #PREDICTION} is the index of the most probable class or the predicted number (a vector
 * where there are several), {@value #PROBABILITY} the vector of the classes' probabilities, {@value
 * #LABEL} the name of the class where the model knows names. Rows keep all their columns, their
 * partition and their order in it. A row's values have the same bits wherever it stands; see {@link
 * InferencePlan}.
 */
public final class Predictions {

  /** The column of class indices or predicted numbers. */
  public static final String PREDICTION = "prediction";

  /** The column of probabilities. */
  public static final String PROBABILITY = "probability";

  /** The column of class names. */
  public static final String LABEL = "predictedLabel";

  private static final int ROWS_AT_ONCE = 1024;
  private static final String KEPT = "all columns of the row";

  private final InferencePlan plan;
  private final Form form;

  /**
   * Predictions of a model.
   *
   * @param schema of the data that it was trained on
   */
  public Predictions(InferencePlan plan, Schema schema) {
    this.plan = plan;
    this.form = Form.of(plan, schema);
  }

  /** The columns that are appended. */
  public StructType columns() {
    return form.columns();
  }

  /** Some rows: what is kept of them, and their features. */
  private record Piece(List<Row> rows, Block features) {}

  /** A function that travels. */
  private interface Reader<T> extends Function<Iterator<T>, Iterator<Piece>>, Serializable {}

  /**
   * Appends predictions to a table.
   *
   * @param data the rows
   * @param features the columns that the model reads, in its order
   * @param scaling by which features are standardized for the model
   * @throws DataException if a column of the data already has a name of these
   */
  public Dataset<Row> ofTable(
      Dataset<Row> data, Features features, Optional<FeatureScaling> scaling) {
    List<Column> columns = ClassicDataset.columnsOf(data);
    List<Column> selected = new ArrayList<>();
    selected.add(functions.struct(columns.toArray(Column[]::new)).as(KEPT));
    features.columns().forEach(column -> selected.add(column.in(columns).as(column.name())));
    Dataset<Row> twice = data.select(selected.toArray(Column[]::new));
    Features read = Features.ofFeatures(twice, features.names());
    Dataset<Row> ready =
        scaling
            .map(it -> FeatureTransform.normalize(twice, read, it, MissingValues.ERROR))
            .orElse(twice);
    TableBlocks blocks = TableBlocks.withoutLabels(Features.ofFeatures(ready, features.names()));
    StructType kept = data.schema();
    return append(
        data.sparkSession(),
        kept,
        blocks.read(ready, ClassicDataset.columnsOf(ready).subList(0, 1)),
        rows -> pieces(blocks, rows, kept));
  }

  /** Appends predictions to the numbers and labels of images. */
  public Dataset<Row> ofImages(SparkSession spark, Block images) {
    return append(
        spark,
        new StructType()
            .add("row", DataTypes.LongType, false)
            .add("label", DataTypes.DoubleType, false),
        spread(spark, images),
        Predictions::pieces);
  }

  /** Appends predictions to the paths of image files. */
  public Dataset<Row> ofImageFiles(SparkSession spark, ImageFiles images) {
    return append(
        spark,
        new StructType().add("path", DataTypes.StringType, false),
        images.files(spark),
        files ->
            ImageFiles.inPieces(
                files, some -> new Piece(paths(some), images.block(some, new float[0]))));
  }

  private static List<Row> paths(List<Row> files) {
    return files.stream().map(file -> RowFactory.create(file.getString(0))).toList();
  }

  /** Pieces of some rows, each with the number of its first row. */
  public static JavaRDD<Tuple2<Integer, Block>> spread(SparkSession spark, Block rows) {
    List<Tuple2<Integer, Block>> numbered = new ArrayList<>();
    for (int from = 0; from < rows.rows(); from += ROWS_AT_ONCE) {
      int to = Math.min(from + ROWS_AT_ONCE, rows.rows());
      numbered.add(new Tuple2<>(from, rows.select(IntStream.range(from, to).toArray())));
    }
    return JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(numbered);
  }

  private static Iterator<Piece> pieces(
      TableBlocks blocks, Iterator<InternalRow> rows, StructType kept) {
    var toRow = CatalystTypeConverters.createToScalaConverter(kept);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Piece next() {
        List<Row> keptRows = new ArrayList<>();
        Iterator<InternalRow> keeping =
            new Iterator<>() {
              @Override
              public boolean hasNext() {
                return rows.hasNext();
              }

              @Override
              public InternalRow next() {
                InternalRow row = rows.next();
                InternalRow all = row.getStruct(row.numFields() - 1, kept.size());
                keptRows.add((Row) toRow.apply(all));
                return row;
              }
            };
        return new Piece(keptRows, blocks.block(keeping, ROWS_AT_ONCE));
      }
    };
  }

  private static Iterator<Piece> pieces(Iterator<Tuple2<Integer, Block>> blocks) {
    Iterable<Tuple2<Integer, Block>> all = () -> blocks;
    return StreamSupport.stream(all.spliterator(), false)
        .map(block -> new Piece(kept(block._1, block._2), block._2))
        .iterator();
  }

  private static List<Row> kept(long first, Block images) {
    return IntStream.range(0, images.rows())
        .mapToObj(row -> RowFactory.create(first + row, (double) images.label(row, 0)))
        .toList();
  }

  private <T> Dataset<Row> append(
      SparkSession spark, StructType kept, JavaRDD<T> rows, Reader<T> reader) {
    StructType schema = kept;
    for (StructField field : form.columns().fields()) {
      for (String name : kept.fieldNames()) {
        if (name.equalsIgnoreCase(field.name())) {
          throw new DataException(
              "The data has a column '%s', which is the name of a column that is appended; rename or drop it."
                  .formatted(name));
        }
      }
      schema = schema.add(field);
    }
    // Not destroyed: whoever uses the result needs it.
    Broadcast<JavaSerialized<InferencePlan>> model =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new JavaSerialized<>(plan));
    Form appended = form;
    return spark.createDataFrame(
        rows.mapPartitions(part -> rows(reader.apply(part), model.value().value(), appended)),
        schema);
  }

  private static Iterator<Row> rows(Iterator<Piece> pieces, InferencePlan plan, Form form) {
    Predictor predictor = plan.open();
    TaskCompletionListener giveBack = task -> predictor.close();
    TaskContext.get().addTaskCompletionListener(giveBack);
    Iterable<Piece> all = () -> pieces;
    return StreamSupport.stream(all.spliterator(), false)
        .flatMap(
            piece -> {
              float[] predicted = predictor.predict(piece.features);
              return IntStream.range(0, piece.rows.size())
                  .mapToObj(
                      row ->
                          form.append(piece.rows.get(row), predicted, row * predictor.outputs()));
            })
        .iterator();
  }
}
