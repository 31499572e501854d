package org.syncbn.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.syncbn.data.ClassLabels;
import org.syncbn.data.Dataset;
import org.syncbn.data.GeneratedImages;
import org.syncbn.data.ImageFolder;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Loss;

/**
 * The rows of a run.
 *
 * @param training rows to train on; the validation rows are still among them, if a share is held
 *     out
 * @param test rows for the last word
 */
public record RunData(Dataset training, Optional<Dataset> test) {

  /**
   * Reads or draws the data that options name, without Spark.
   *
   * @param seed of the run, for drawn images
   * @throws IOException in a sentence, if a file is missing or damaged
   * @throws IllegalArgumentException if the format needs Spark
   */
  public static RunData read(DataOptions options, long seed) throws IOException {
    return switch (options.format()) {
      case GENERATED ->
          new RunData(
              GeneratedImages.draw(seed, 0, options.generatedRows()), readTest(options, seed));
      case IDX -> {
        Dataset training = images(options, ImageFolder.Split.TRAIN);
        Optional<Dataset> test = readTest(options, seed);
        test.ifPresent(rows -> checkSameShape(training.schema(), rows.schema()));
        yield new RunData(training, test);
      }
      case PARQUET, ORC, CSV, JSON, LIBSVM, DELTA, ICEBERG, TABLE, DATASET, IMAGES ->
          throw elsewhere();
    };
  }

  /**
   * Reads or draws the test rows alone.
   *
   * @param seed of the run, for drawn images
   * @throws IOException in a sentence, if a file is missing or damaged
   * @throws IllegalArgumentException if the format needs Spark
   */
  public static Optional<Dataset> readTest(DataOptions options, long seed) throws IOException {
    int drawn = options.generatedTestRows();
    return switch (options.format()) {
      case GENERATED ->
          drawn == 0
              ? Optional.empty()
              : Optional.of(GeneratedImages.draw(seed, options.generatedRows(), drawn));
      case IDX -> Optional.of(images(options, ImageFolder.Split.TEST));
      case PARQUET, ORC, CSV, JSON, LIBSVM, DELTA, ICEBERG, TABLE, DATASET, IMAGES ->
          throw elsewhere();
    };
  }

  private static void checkSameShape(Schema training, Schema test) {
    if (!training.shape().equals(test.shape())) {
      throw new IllegalArgumentException(
          "training images have the shape %s, test images %s"
              .formatted(training.shape(), test.shape()));
    }
  }

  private static Dataset images(DataOptions options, ImageFolder.Split split) throws IOException {
    return named(ImageFolder.read(Path.of(options.path().orElseThrow().only()), split), options);
  }

  private static IllegalArgumentException elsewhere() {
    return new IllegalArgumentException("tables and image files are read by Spark, not here");
  }

  /**
   * Checks labels against the loss.
   *
   * @param outputs of the network
   * @throws IllegalArgumentException in a sentence that names the first wrong row
   */
  public static void check(Dataset data, Loss loss, int outputs) {
    if (loss.target() == Loss.Target.CLASS) {
      if (data.rows().labels() != 1) {
        throw new IllegalArgumentException(
            "a class is one label, but rows have " + data.rows().labels());
      }
      data.checkClassLabels(outputs);
    } else if (!takesAnyNumber(loss)) {
      check(ClassLabels.of(data.rows(), outputs), loss);
    }
  }

  /** Whether no label can be wrong for the loss, so that labels need not be read to check them. */
  public static boolean takesAnyNumber(Loss loss) {
    return loss.target() == Loss.Target.NUMBER;
  }

  /**
   * Checks labels against the loss.
   *
   * @throws IllegalArgumentException in a sentence that names a label that does not fit
   */
  public static void check(ClassLabels labels, Loss loss) {
    switch (loss.target()) {
      case CLASS -> labels.check();
      case PROBABILITY -> labels.checkProbabilities();
      case COUNT -> labels.checkCounts();
      case NUMBER -> {}
    }
  }

  /**
   * Checks how many classes there are.
   *
   * @param schema of the data, with its classes, or none
   * @param outputs of the network
   * @throws IllegalArgumentException in a sentence that says what the data has
   */
  public static void checkClassCount(Schema schema, Loss loss, int outputs) {
    int count = schema.classes().size();
    if (count == 0) {
      return;
    }
    String found =
        "%d %s: %s".formatted(count, count == 1 ? "class" : "classes", schema.listedClasses());
    if (!loss.isOfClasses()) {
      throw new IllegalArgumentException(
          "the loss is for numbers, but the labels are %s; softmaxCrossEntropy is for classes"
              .formatted(found));
    }
    if (loss.target() == Loss.Target.PROBABILITY) {
      if (count != 2) {
        throw new IllegalArgumentException(
            "binaryCrossEntropy takes two classes or numbers from 0 to 1, but the labels are %s; softmaxCrossEntropy takes any number of classes"
                .formatted(found));
      }
    } else if (count != outputs) {
      throw new IllegalArgumentException(
          "the network has %d outputs, but the labels are %s; give its last layer %d units"
              .formatted(outputs, found, count));
    }
  }

  /**
   * Checks how many numbers of a row are predicted.
   *
   * @param labels of a row
   * @param outputs of the network
   * @throws IllegalArgumentException in a sentence that says how many units are wanted
   */
  public static void checkLabelCount(int labels, Loss loss, int outputs) {
    if (loss.targetSize(outputs) != labels) {
      throw new IllegalArgumentException(
          "the network has %d outputs, but data.label names %d %s; give its last layer %d units"
              .formatted(outputs, labels, labels == 1 ? "column" : "columns", labels));
    }
  }

  /** The labels of the rows that weights are fitted to. */
  public static ClassLabels trainingLabels(List<ShardData> shards, int classes) {
    return shards.stream()
        .map(shard -> ClassLabels.of(shard.training(), classes))
        .reduce(ClassLabels::merge)
        .orElseThrow();
  }

  /**
   * Checks that training rows show every class.
   *
   * @throws IllegalArgumentException in a sentence that names the first one missing
   */
  public static void checkEachClass(ClassLabels labels, int outputs, Schema schema) {
    labels
        .missing()
        .ifPresent(
            missing -> {
              throw new IllegalArgumentException(
                  "the network has %d outputs, but no training row is of class %s"
                      .formatted(outputs, schema.className(missing)));
            });
  }

  /** Partitions the rows as the options say. */
  public List<ShardData> partition(DataOptions.Validation validation, int shards, long seed) {
    return validation instanceof DataOptions.Validation.Test
        ? new RowPartitioner(shards, seed, 0).partition(training.rows(), test.orElseThrow().rows())
        : new RowPartitioner(shards, seed, validation.fraction()).partition(training.rows());
  }

  /** How many training rows each shard has. */
  public static long[] trainingRows(List<ShardData> shards) {
    return shards.stream().mapToLong(shard -> shard.training().rows()).toArray();
  }

  /** How many validation rows all shards have. */
  public static long validationRows(List<ShardData> shards) {
    return shards.stream().mapToLong(shard -> shard.validation().rows()).sum();
  }

  private static Dataset named(Dataset data, DataOptions options) {
    if (options.classes().isEmpty()) {
      return data;
    }
    Schema schema = data.schema();
    return new Dataset(
        data.rows(),
        new Schema(schema.shape(), schema.features(), options.classes(), schema.embedded()));
  }
}
