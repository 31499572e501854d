package org.syncbn.spark;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.data.TableEncoding;
import org.syncbn.model.SavedMethod;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.sums.Group;
import org.syncbn.train.DataOptions;
import org.syncbn.train.LabelColumns;
import org.syncbn.train.TableForm;

/**
 * What the columns of a table are to a run: features, a label, a weight.
 *
 * @param data what the run says of its data
 */
public record TrainingColumns(DataOptions data) {

  private static final String LIBSVM_LABEL = "label";

  /**
   * Pieces of a table, still to be read, and what their columns mean.
   *
   * @param rdd the pieces
   * @param schema of each
   */
  public record Blocks(JavaRDD<Block> rdd, Schema schema) {}

  /**
   * Pieces of a table, still to be read, some of whose rows are held out.
   *
   * @param rdd the pieces
   * @param schema of each
   */
  public record Pieces(JavaRDD<ShardData> rdd, Schema schema) {}

  /** The columns to predict. */
  public List<String> labels() {
    return data.label().map(LabelColumns::names).orElse(List.of(LIBSVM_LABEL));
  }

  /** Which columns are features. */
  public FeatureSelection selection() {
    return data.features().isEmpty()
        ? FeatureSelection.allNumericExcept(
            Stream.concat(labels().stream(), data.weight().stream()).toList())
        : FeatureSelection.named(data.features());
  }

  /**
   * The columns beside the features that are read as numbers.
   *
   * @param classes whether labels are names of classes
   */
  public List<String> numbers(boolean classes) {
    return Stream.concat(classes ? Stream.of() : labels().stream(), data.weight().stream())
        .toList();
  }

  /**
   * How the files of the training rows are read.
   *
   * @param classes whether labels are names of classes
   */
  public ReadOptions reading(boolean classes) {
    return ReadOptions.of(selection()).withNumbers(numbers(classes)).with(data.text());
  }

  /**
   * How other files with the same columns are read.
   *
   * @param encoding that was found in the training table
   * @param classes whether labels are names of classes
   */
  public ReadOptions readingAgain(TableEncoding encoding, boolean classes) {
    return DataReader.again(encoding).withNumbers(numbers(classes)).with(data.text());
  }

  /**
   * What makes the features from the columns of a table.
   *
   * @param form that was found in the training table
   */
  public TableEncoder encoder(Dataset<Row> rows, TableForm form) {
    List<String> numbers = form.encoding().numbers();
    return new TableEncoder(
        rows, form.encoding(), form.statistics().map(text -> scaling(numbers, text, data.eps())));
  }

  /**
   * Which rows of a table are held out.
   *
   * @param encoding of the table
   * @param seed of the run
   */
  public RowSplit split(Dataset<Row> rows, TableEncoding encoding, long seed) {
    return new RowSplit(rows, encoding, seed, data.testFraction(), data.validation().fraction());
  }

  /**
   * Encodes the rows of a table.
   *
   * @param form how its columns become features
   * @param classes names of the classes; none where labels are numbers
   */
  public Blocks blocks(Dataset<Row> rows, TableForm form, List<String> classes) {
    TableEncoder encoder = encoder(rows, form);
    TableBlocks blocks = blocks(rows, encoder, form, classes);
    return new Blocks(blocks.blocks(encoder.complete(rows)), blocks.schema());
  }

  private TableBlocks blocks(
      Dataset<Row> rows, TableEncoder encoder, TableForm form, List<String> classes) {
    return new TableBlocks(rows, encoder, labels(), classes, form.targets(), data.weight());
  }

  /**
   * Encodes the rows of one part of a table or of two, in one pass.
   *
   * @param form how its columns become features
   * @param classes names of the classes; none where labels are numbers
   * @param split which rows are in which part
   * @param training the part whose rows weights are fitted to
   * @param validation the part whose rows are held out, if they are wanted
   */
  public Pieces pieces(
      Dataset<Row> rows,
      TableForm form,
      List<String> classes,
      RowSplit split,
      RowSplit.Part training,
      Optional<RowSplit.Part> validation) {
    TableEncoder encoder = encoder(rows, form);
    TableBlocks blocks = blocks(rows, encoder, form, classes);
    return new Pieces(
        blocks.pieces(encoder.complete(rows), split, training, validation), blocks.schema());
  }

  /**
   * By what features of these names are normalized: the method that the statistics were found for.
   *
   * @param statistics the text of a statistics file
   * @param eps instead of that of the file or the method
   * @throws DataException if this release does not have the method, or it has no eps
   */
  public static FeatureScaling scaling(
      List<String> names, String statistics, Optional<Double> eps) {
    SavedStatistics saved = SavedStatistics.parse(statistics, "data.statistics").inOrder(names);
    NormalizationMethod method =
        saved.method().map(TrainingColumns::method).orElseGet(Kind.BATCH_NORM::method);
    if (eps.isPresent() && !method.kind().hasEps()) {
      throw new DataException(
          "data.eps is set, but data.statistics were found for the method %s, which has no eps."
              .formatted(method.kind().written()));
    }
    FeatureScaling scaling =
        eps.map(method::withEps)
            .orElse(method)
            .scaling(names, saved.moments(), saved.quartiles().getOrDefault(Group.ALL, List.of()));
    boolean keeps = saved.method().filter(SavedMethod::keepsConstants).isPresent();
    return (keeps ? ConstantColumns.KEEP : ConstantColumns.ZERO).in(scaling, names);
  }

  private static NormalizationMethod method(SavedMethod saved) {
    return NormalizationMethod.of(saved)
        .orElseThrow(
            () ->
                new DataException(
                    "data.statistics were found for the method %s, which this release does not have; use a newer one."
                        .formatted(saved.name())));
  }
}
