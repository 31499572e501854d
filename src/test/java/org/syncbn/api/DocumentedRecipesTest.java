package org.syncbn.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.syncbn.DocumentedCode;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;

/** The code of docs/recipes.md. */
class DocumentedRecipesTest {

  @Test
  void textsAreEncodedAndTrainedOn() {
    Dataset<Row> sales =
        SESSION
            .range(64)
            .selectExpr(
                "double(id % 5) AS price",
                "IF(id % 3 = 0, 'north', 'south') AS shop",
                "IF(id % 3 = 0, 'yes', 'no') AS returned");

    NetworkTrainer trainer =
        NetworkTrainer.parse(
            """
            network = [{ dense { units = 8, bias = false } }, batchNorm, relu, { dense = 2 }]
            data { label = returned, features = [price, shop] }
            training { epochs = 2, batchSize = 16 }
            """);
    FittedNetwork network = trainer.fit(sales);
    Dataset<Row> predicted = network.predict(sales);

    assertThat(predicted.columns()).endsWith("prediction", "probability", "predictedLabel");
    assertThat(predicted.select("predictedLabel").distinct().collectAsList())
        .isNotEmpty()
        .allMatch(row -> row.getString(0).equals("yes") || row.getString(0).equals("no"));
  }

  @Test
  void theRunFileOfThePageIsRead() throws IOException {
    String page = Files.readString(Path.of("docs/recipes.md"));
    String text = page.substring(page.indexOf("\n    network = [") + 1);
    RunOptions options = RunFile.parse(text.substring(0, text.indexOf("\n\n")), List.of());
    assertThat(options.network()).hasSize(5);
    assertThat(options.training().earlyStopping()).isPresent();
  }

  @Test
  void thePageHasNoOtherCode() throws IOException {
    DocumentedCode.requireTested(
        "recipes.md",
        "api/DocumentedRecipesTest.java",
        "../../../../it/another-project/src/test/java/com/example/SalesColumnsTest.java");
  }
}
