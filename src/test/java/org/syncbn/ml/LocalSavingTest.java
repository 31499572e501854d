package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.ml.BatchNormalizerModelTest.assertSameValues;
import static org.syncbn.ml.BatchNormalizerTest.normal;
import static org.syncbn.ml.BatchNormalizerTest.stage;

import java.nio.file.Path;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.spark.LocalSpark;

/**
 * Saves to the local disk whatever the default file system is, as Spark Connect does with each
 * fitted model. Spark 4.0 has no such saves.
 */
class LocalSavingTest {

  @Test
  void theDefaultFileSystemIsNotAsked(@TempDir Path folder) throws Exception {
    Dataset<Row> rows = normal(0, 10);
    BatchNormalizerModel model = stage().fit(rows);
    NeuralNetworkRegressionModel network =
        NeuralNetworkRegressorTest.stage().setMaxIter(1).fit(NeuralNetworkClassifierTest.ROWS);
    String path = folder.resolve("local").toString();
    var hadoop = LocalSpark.SESSION.sparkContext().hadoopConfiguration();
    String before = hadoop.get("fs.defaultFS");
    hadoop.set("fs.defaultFS", "hdfs://nowhere.invalid:1");
    try {
      model.write().saveToLocal(path);
      assertThat(folder.resolve("local/data/statistics.json")).exists();
      assertSameValues(model, BatchNormalizerModel.read().loadFromLocal(path), rows);
      network.write().saveToLocal(path + "-network");
      assertThat(
              NeuralNetworkRegressionModel.read()
                  .loadFromLocal(path + "-network")
                  .summary()
                  .history())
          .isEqualTo(network.summary().history());
    } finally {
      hadoop.set("fs.defaultFS", before);
    }
  }

  @Test
  void stagesOfAPipelineAreThereToo(@TempDir Path folder) throws Exception {
    PipelineModel model =
        new Pipeline().setStages(new PipelineStage[] {stage()}).fit(normal(9, 30));

    model.write().saveToLocal(folder.resolve("pipeline").toString());

    assertThat(folder.resolve("pipeline/stages")).isDirectory();
  }
}
