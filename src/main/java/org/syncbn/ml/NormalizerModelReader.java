package org.syncbn.ml;

import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;
import org.syncbn.model.SavedStatistics;
import scala.Option;

/** Reads what {@link NormalizerModelWriter} wrote. */
final class NormalizerModelReader extends MLReader<BatchNormalizerModel> {

  @Override
  public BatchNormalizerModel load(String path) {
    DefaultParamsReader.Metadata metadata =
        DefaultParamsReader.loadMetadata(
            path, sparkSession(), BatchNormalizerModel.class.getName());
    SavedStatistics statistics =
        StatisticsText.statistics(
            ModelFiles.in(path, StatisticsText.FILE),
            sparkSession().sparkContext().hadoopConfiguration());
    BatchNormalizerModel model = new BatchNormalizerModel(metadata.uid(), statistics);
    metadata.getAndSetParams(model, Option.empty());
    return model;
  }
}
