package org.syncbn.spark.inference;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.data.TargetScale;
import org.syncbn.spark.ImageFiles;
import org.syncbn.spark.PackedFeatures;
import org.syncbn.spark.TableEncoder;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Sized;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.Predictor;
import scala.Tuple2;

/**
 * What a model says about rows, appended to them under the names of Spark's machine learning.
 *
 * <p>{@value #PREDICTION} is the index of the most probable class or the predicted number (a vector
 * where there are several), {@value #PROBABILITY} the vector of the classes' probabilities, {@value
 * #LABEL} the name of the class where the model knows names. Where several columns are predicted,
 * each has a {@code prediction_NAME}, and with binary cross-entropy a {@code probability_NAME}.
 * Rows keep all their columns, their partition and their order in it. A row's values have the same
 * bits wherever it stands; see {@link InferencePlan}.
 */
public final class Predictions {

  /** The column of class indices or predicted numbers. */
  public static final String PREDICTION = "prediction";

  /** The column of probabilities. */
  public static final String PROBABILITY = "probability";

  /** The column of class names. */
  public static final String LABEL = "predictedLabel";

  private static final int ROWS_AT_ONCE = 1024;

  private final InferencePlan plan;
  private final OutputColumns appended;

  /**
   * Predictions of a model.
   *
   * @param schema of the data that it was trained on
   * @param labels the columns that it predicts; none of images
   * @param targets how the numbers to predict were standardized, one for each; none if they were
   *     not
   */
  public Predictions(
      InferencePlan plan, Schema schema, List<String> labels, List<TargetScale> targets) {
    this(plan, Form.of(plan, schema, labels, targets));
  }

  /** Predictions of a model in columns of another form than the one above. */
  public Predictions(InferencePlan plan, OutputColumns appended) {
    this.plan = plan;
    this.appended = appended;
  }

  /**
   * Some rows.
   *
   * @param rows whose first columns are kept
   * @param kept how many columns that are
   * @param features of the rows
   */
  private record Piece(List<Row> rows, int kept, Block features) {}

  /**
   * Appends predictions to a table. Lazy; works on streams.
   *
   * @param data the rows
   * @param encoder makes the features that the model reads from the columns of the rows; rows that
   *     it leaves out have no prediction and are left out
   * @throws DataException if a column of the data already has a name of these
   */
  public Dataset<Row> ofTable(Dataset<Row> data, TableEncoder encoder) {
    StructType schema = appendedTo(data.schema());
    PackedFeatures packing = new PackedFeatures(encoder);
    Dataset<Row> complete = encoder.complete(data);
    List<Column> columns = new ArrayList<>(ClassicDataset.columnsOf(complete));
    columns.add(packing.in(complete));
    Travelling travelling = travelling(data.sparkSession());
    MapPartitionsFunction<Row, Row> predict = rows -> travelling.rows(pieces(rows, packing));
    Dataset<Row> predicted =
        complete
            .select(columns.toArray(Column[]::new))
            .mapPartitions(predict, Encoders.row(schema));
    return described(predicted, schema);
  }

  /** The rows with the nullability and metadata of a schema, which functions of rows lose. */
  private static Dataset<Row> described(Dataset<Row> rows, StructType schema) {
    List<Column> columns = ClassicDataset.columnsOf(rows);
    Column[] named = new Column[columns.size()];
    for (int i = 0; i < named.length; i++) {
      StructField field = schema.fields()[i];
      named[i] = columns.get(i).as(field.name(), field.metadata());
    }
    return rows.select(named);
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
                files, some -> new Piece(paths(some), 1, images.block(some, new float[0]))));
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

  private static Iterator<Piece> pieces(Iterator<Row> rows, PackedFeatures packing) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Piece next() {
        List<Row> some = new ArrayList<>();
        List<byte[]> features = new ArrayList<>();
        while (some.size() < ROWS_AT_ONCE && rows.hasNext()) {
          Row row = rows.next();
          some.add(row);
          features.add(row.getAs(row.size() - 1));
        }
        return new Piece(some, some.get(0).size() - 1, packing.unpacked(features));
      }
    };
  }

  private static Iterator<Piece> pieces(Iterator<Tuple2<Integer, Block>> blocks) {
    Iterable<Tuple2<Integer, Block>> all = () -> blocks;
    return StreamSupport.stream(all.spliterator(), false)
        .map(block -> new Piece(kept(block._1, block._2), 2, block._2))
        .iterator();
  }

  private static List<Row> kept(long first, Block images) {
    return IntStream.range(0, images.rows())
        .mapToObj(row -> RowFactory.create(first + row, (double) images.label(row, 0)))
        .toList();
  }

  private StructType appendedTo(StructType kept) {
    StructType schema = kept;
    for (StructField field : appended.columns().fields()) {
      for (String name : kept.fieldNames()) {
        if (name.equalsIgnoreCase(field.name())) {
          throw new DataException(
              "The data has a column '%s', which is the name of a column that is appended; rename or drop it."
                  .formatted(name));
        }
      }
      schema = schema.add(field);
    }
    return schema;
  }

  private Travelling travelling(SparkSession spark) {
    // Not destroyed: whoever uses the result needs it.
    return new Travelling(
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new Sized<>(plan, plan.bytes())),
        appended);
  }

  private <T> Dataset<Row> append(
      SparkSession spark, StructType kept, JavaRDD<T> rows, Reader<T> reader) {
    Travelling travelling = travelling(spark);
    return spark.createDataFrame(
        rows.mapPartitions(part -> travelling.rows(reader.apply(part))), appendedTo(kept));
  }

  /** A function that travels. */
  private interface Reader<T> extends Function<Iterator<T>, Iterator<Piece>>, Serializable {}

  /**
   * What tasks need to predict.
   *
   * @param model that predicts
   * @param appended what becomes of its outputs
   */
  private record Travelling(Broadcast<Sized<InferencePlan>> model, OutputColumns appended)
      implements Serializable {

    /** The kept columns of rows, and behind them those of the outputs. */
    Iterator<Row> rows(Iterator<Piece> pieces) {
      Predictor predictor = model.value().value().open();
      TaskCompletionListener giveBack = task -> predictor.close();
      TaskContext.get().addTaskCompletionListener(giveBack);
      Iterable<Piece> all = () -> pieces;
      return StreamSupport.stream(all.spliterator(), false)
          .flatMap(piece -> rows(piece, predictor))
          .iterator();
    }

    private Stream<Row> rows(Piece piece, Predictor predictor) {
      float[] outputs = predictor.outputs(piece.features);
      int each = predictor.outputs();
      return IntStream.range(0, piece.rows.size())
          .mapToObj(i -> row(piece, i, Arrays.copyOfRange(outputs, i * each, (i + 1) * each)));
    }

    private Row row(Piece piece, int i, float[] outputs) {
      Row row = piece.rows.get(i);
      List<Object> more = appended.values(outputs);
      Object[] values = new Object[piece.kept + more.size()];
      for (int c = 0; c < piece.kept; c++) {
        values[c] = row.get(c);
      }
      for (int c = 0; c < more.size(); c++) {
        values[piece.kept + c] = more.get(c);
      }
      return RowFactory.create(values);
    }
  }
}
