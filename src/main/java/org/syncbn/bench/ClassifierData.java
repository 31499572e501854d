package org.syncbn.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.Block;
import org.syncbn.data.GeneratedImages;
import org.syncbn.data.ImageFolder;
import org.syncbn.spark.inference.Predictions;

/**
 * Rows of classes for classifiers of Spark ML, with the columns {@code features} (of one scale) and
 * {@code label}, in the executors' memory.
 *
 * @param name for people
 * @param training rows to train on
 * @param test rows to evaluate on
 * @param features how many a row has
 * @param classes how many there are
 */
record ClassifierData(
    String name, Dataset<Row> training, Dataset<Row> test, int features, int classes) {

  private static final String FEATURES = "features";
  private static final String LABEL = "label";
  private static final String CARD_LABEL = "default.payment.next.month";
  private static final int SEED = 4;

  /** Counts the rows, which brings them into memory. */
  ClassifierData {
    training = training.cache();
    test = test.cache();
    training.count();
    test.count();
  }

  /** Images that are drawn, a sixth of which are for evaluation. */
  static ClassifierData generated(SparkSession spark, int images) {
    int held = Math.max(1, images / 6);
    return images(
        "generated images",
        spark,
        GeneratedImages.draw(SEED, 0, images),
        GeneratedImages.draw(SEED, images, held));
  }

  /** A folder of four IDX files with ten classes. */
  static ClassifierData idx(SparkSession spark, Path folder) throws IOException {
    return images(
        folder.getFileName().toString(),
        spark,
        ImageFolder.read(folder, ImageFolder.Split.TRAIN),
        ImageFolder.read(folder, ImageFolder.Split.TEST));
  }

  private static ClassifierData images(
      String name,
      SparkSession spark,
      org.syncbn.data.Dataset training,
      org.syncbn.data.Dataset test) {
    return new ClassifierData(
        name,
        rows(spark, training.rows()),
        rows(spark, test.rows()),
        training.schema().rowSize(),
        GeneratedImages.CLASSES.size());
  }

  private static Dataset<Row> rows(SparkSession spark, Block images) {
    return spark.createDataFrame(
        Predictions.spread(spark, images)
            .flatMap(
                piece ->
                    IntStream.range(0, piece._2.rows())
                        .mapToObj(row -> row(piece._2, row))
                        .iterator()),
        new StructType().add(FEATURES, SQLDataTypes.VectorType()).add(LABEL, DataTypes.DoubleType));
  }

  private static Row row(Block images, int row) {
    double[] values = new double[images.features()];
    Arrays.setAll(values, i -> images.feature(row, i) / 255.0);
    return RowFactory.create(Vectors.dense(values), (double) images.label(row, 0));
  }

  /**
   * The table of credit-card clients, a fifth of which are for evaluation; features are
   * standardized by {@code StandardScaler}.
   *
   * @param file of comma-separated text with a header
   */
  static ClassifierData creditCards(SparkSession spark, Path file) {
    Dataset<Row> table =
        spark
            .read()
            .option("header", true)
            .option("inferSchema", true)
            .csv(file.toUri().toString());
    String[] names =
        Arrays.stream(table.columns())
            .filter(name -> !name.equals("ID") && !name.equals(CARD_LABEL))
            .toArray(String[]::new);
    Dataset<Row> assembled =
        new VectorAssembler()
            .setInputCols(names)
            .setOutputCol("raw")
            .transform(table.withColumnRenamed(CARD_LABEL, LABEL));
    Dataset<Row> training = assembled.where("ID % 5 != 0");
    var scaler =
        new StandardScaler()
            .setInputCol("raw")
            .setOutputCol(FEATURES)
            .setWithMean(true)
            .fit(training);
    return new ClassifierData(
        "credit cards",
        scaler.transform(training).select(FEATURES, LABEL),
        scaler.transform(assembled.where("ID % 5 = 0")).select(FEATURES, LABEL),
        names.length,
        2);
  }

  /** Frees the memory of the executors. */
  void close() {
    training.unpersist();
    test.unpersist();
  }
}
