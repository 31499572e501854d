package org.syncbn.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.DocumentedCode;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.EpochResult;

/** The code of {@code docs/api.md}, line by line, here and where models are tested. */
class DocumentedApiTest {

  @Test
  void theExamplesForNormalizationRun(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("statistics.json");
    Dataset<Row> sales =
        SESSION.createDataFrame(
            List.of(
                RowFactory.create(1, "north", 1.0, 10.0),
                RowFactory.create(2, "north", 3.0, 30.0),
                RowFactory.create(3, "south", 5.0, 20.0)),
            new StructType()
                .add("id", DataTypes.IntegerType)
                .add("shop", DataTypes.StringType)
                .add("price", DataTypes.DoubleType)
                .add("amount", DataTypes.DoubleType));
    Dataset<Row> north = sales.where("shop = 'north'");
    Dataset<Row> south = sales.where("shop = 'south'");

    FittedNormalizer fitted = Normalizer.batchNorm().withoutColumns("id").fit(sales);
    Dataset<Row> normalized = fitted.transform(sales);

    Normalizer wanted = Normalizer.batchNorm().withColumns("price", "amount");
    FittedNormalizer yesterday = wanted.fit(north);
    FittedNormalizer both = wanted.fit(south).mergedWith(yesterday.statistics());

    Files.writeString(file, both.statistics().json());
    SavedStatistics saved = SavedStatistics.parse(Files.readString(file), file.toString());
    FittedNormalizer again = wanted.with(saved);

    again.verify(sales, again.transform(sales)).requireAsExpected();
    Dataset<Row> raw = again.inverse().transform(again.transform(sales));

    Dataset<Row> byShop =
        Normalizer.of(Kind.BATCH_NORM.method().withEps(1e-3))
            .withColumns("price")
            .withWeight("amount")
            .by("shop")
            .with(UnseenGroups.GLOBAL)
            .fit(sales)
            .transform(sales);

    assertThat(normalized.collectAsList()).isEqualTo(again.transform(sales).collectAsList());
    assertThat(raw.collectAsList()).isEqualTo(sales.collectAsList());
    assertThat(byShop.select("price").collectAsList().get(2)).isEqualTo(RowFactory.create(0.0));
  }

  @Test
  void theExamplesForTrainingRun(@TempDir Path folder) {
    SparkSession spark = SESSION;
    String location = folder.resolve("model").toUri().toString();
    Dataset<Row> visits =
        spark
            .range(200)
            .selectExpr("id % 7 AS pages", "id % 3 AS hour", "int(id % 7 > 3) AS bought");
    Dataset<Row> laterVisits = visits.where("hour = 2");

    NetworkTrainer trainer =
        NetworkTrainer.parse(
            """
            network = [{ dense { units = 8, bias = false } }, batchNorm, relu, { dense = 2 }]
            data.label = bought
            training { epochs = 4, batchSize = 32 }
            """);
    FittedNetwork trained = trainer.fit(visits, laterVisits);

    List<EpochResult> history = trained.history();
    double loss = trained.metrics().get("validation").get("loss");
    trained.save(spark, location);
    assertThat(history).hasSize(4);
    assertThat(loss).isEqualTo(history.get(3).validation().get("loss"));

    try (NetworkTraining training = trainer.with(EngineKind.TREE).prepare(visits)) {
      if (training.run()) { // another thread may call training.stop()
        training.network().save(spark, location);
        training.evaluate();
      }
      assertThat(training.network().metrics()).containsOnlyKeys("train");
    }
    assertThat(FittedNetwork.load(spark, location).predict(visits).columns())
        .containsExactly("pages", "hour", "bought", "prediction", "probability", "predictedLabel");
  }

  @Test
  void thePageHasNoOtherCode() throws IOException {
    DocumentedCode.requireTested(
        "api.md", "api/DocumentedApiTest.java", "jobs/EvaluateAndPredictTest.java");
  }
}
