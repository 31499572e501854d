package org.syncbn.ml;

import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLWriter;
import org.syncbn.model.SavedStatistics;

/** Writes a model: Spark's metadata, and the statistics file. */
final class NormalizerModelWriter extends MLWriter {

  private final BatchNormalizerModel model;
  private final SavedStatistics statistics;

  NormalizerModelWriter(BatchNormalizerModel model, SavedStatistics statistics) {
    this.model = model;
    this.statistics = statistics;
  }

  @Override
  public void saveImpl(String path) {
    DefaultParamsWriter.saveMetadata(model, path, sparkSession());
    StatisticsText.write(
        ModelFiles.in(path, StatisticsText.FILE),
        statistics.json(),
        sparkSession().sparkContext().hadoopConfiguration());
  }
}
