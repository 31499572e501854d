package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.DocumentedCode;
import org.syncbn.api.FittedNetwork;
import org.syncbn.nn.ActivationSpec;
import org.syncbn.nn.LinearSpec;
import org.syncbn.nn.NormalizationSpec;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.spark.LocalSpark;
import org.syncbn.train.EpochResult;

/** The code of {@code docs/pipeline.md}, line by line. */
class DocumentedPipelineTest {

  @Test
  void theExamplesRun(@TempDir Path folder) {
    String file = folder.resolve("statistics.json").toString();
    Dataset<Row> rows = BatchNormalizerTest.normal(5, 20);
    Dataset<Row> newRows = BatchNormalizerTest.normal(7, 10);

    BatchNormalizer normalizer =
        new BatchNormalizer().setInputCol("features").setOutputCol("normalized");
    BatchNormalizerModel model = normalizer.fit(rows);
    Dataset<Row> normalized = model.transform(rows);

    Dataset<Row> statistics = model.statistics();
    BatchNormalizerModel updated = model.update(newRows);
    BatchNormalizerModel merged = model.merge(updated);
    Dataset<Row> raw = model.inverse().setOutputCol("raw").transform(normalized);
    model.saveStatistics(file);
    BatchNormalizerModel read = BatchNormalizerModel.fromStatistics(file);

    assertThat(statistics.collectAsList()).isEqualTo(read.statistics().collectAsList());
    assertThat(merged.statistics().head().<Long>getAs("count")).isEqualTo(50);
    List<double[]> restored = BatchNormalizerTest.values(raw, "raw");
    List<double[]> expected = BatchNormalizerTest.values(rows, "features");
    for (int i = 0; i < expected.size(); i++) {
      assertThat(restored.get(i)).containsExactly(expected.get(i), within(1e-12));
    }
  }

  @Test
  void theExamplesOfNetworksRun(@TempDir Path folder) {
    SparkSession spark = LocalSpark.SESSION;
    String location = folder.resolve("network").toUri().toString();
    Dataset<Row> flowers = NeuralNetworkClassifierTest.ROWS;

    NeuralNetworkClassifier classifier =
        new NeuralNetworkClassifier()
            .setNetwork("[{ dense = 64 }, batchNorm, relu, { dense = 3 }]")
            .setMaxIter(20)
            .setBatchSize(32);
    NeuralNetworkClassificationModel network = classifier.fit(flowers);
    Dataset<Row> predicted = network.transform(flowers);
    double accuracy = new MulticlassClassificationEvaluator().evaluate(predicted);

    classifier.setNetwork(
        LinearSpec.Dense.of(64),
        new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH),
        new ActivationSpec.Relu(),
        LinearSpec.Dense.of(3));

    classifier
        .setSolver("adamW")
        .setOptions("optimizer.adamW.weightDecay = 0.1, training { clipNorm = 1 }");

    List<EpochResult> history = network.summary().history();
    NeuralNetworkClassificationModel further = classifier.setInitialModel(network).fit(flowers);
    network.fittedNetwork().save(spark, location);

    assertThat(accuracy).isGreaterThan(0.6);
    assertThat(history).hasSize(20).isEqualTo(FittedNetwork.load(spark, location).history());
    assertThat(further.summary().history().get(0).train().get("loss"))
        .isLessThan(history.get(0).train().get("loss"));
  }

  @Test
  void thePageHasNoOtherCode() throws IOException {
    DocumentedCode.requireTested("pipeline.md", "ml/DocumentedPipelineTest.java");
  }
}
