package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.tensor.CounterRandom;

/** A folder of image files for each class trains a model, which is evaluated on other folders. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class TrainOnImageFilesTest {

  private static final int ROWS = 24; // of each class

  private static CommandRun.Session session;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    session = CommandRun.session();
  }

  @AfterAll
  static void stop() {
    session.close();
  }

  @Test
  void imagesTrainOneModelOnAnyEngineAndArePredictedByTheirPaths() throws IOException {
    Path images = images("images [1] {é}");
    Files.writeString(images.resolve("day/.hidden"), "no image");
    succeeded(train(images, "gang"));
    String gang = CommandRun.sha256(folder.resolve("gang/model.safetensors"));
    CommandRun run = succeeded(train(images, "in-process"));
    assertThat(CommandRun.sha256(folder.resolve("in-process/model.safetensors"))).isEqualTo(gang);
    assertThat(run.out()).containsPattern("test +loss .* accuracy 1.0000");

    Path model = folder.resolve("gang");
    assertThat(succeeded(run("evaluate", "--model", model, "--input", images)).out())
        .startsWith("rows " + 2 * ROWS)
        .contains("accuracy 1.0000");
    Path output = folder.resolve("predicted");
    succeeded(run("predict", "--model", model, "--input", images, "--output", output));
    List<Row> predicted =
        session
            .spark()
            .read()
            .parquet(output.toString())
            .select("path", "predictedLabel")
            .collectAsList();
    assertThat(predicted).hasSize(2 * ROWS);
    for (Row row : predicted) {
      assertThat(row.getString(0)).contains("/" + row.getString(1) + "/");
    }
  }

  @Test
  void filesThatAreNoImagesOrOfNoClassAreNamed() throws IOException {
    Path images = images("images");
    Path text = Files.writeString(images.resolve("day/readme.txt"), "no image");
    failed(train(images, "gang"), text + " is not an image that can be read");
    Files.delete(text);
    Path beside = Files.copy(images.resolve("day/0.png"), images.resolve("0.png"));
    failed(train(images, "gang"), beside + " lies beside the folders of the classes");
    failed(train(folder.resolve("none"), "gang"), "There is no folder " + folder.resolve("none"));
    failed(
        train(Files.createDirectory(folder.resolve("empty")), "gang"),
        "the images of each class lie in a folder of its name");
  }

  private CommandRun train(Path images, String engine) throws IOException {
    Path conf = folder.resolve("run.conf");
    Files.writeString(
        conf,
        """
        network = [{conv2d{filters = 2, kernel = 3}}, batchNorm, relu, flatten, {dense = 2}]
        data {
          format = images, path = "%s", testPath = "%s"
          image { height = 5, width = 4, channels = 3 }
        }
        training { epochs = 8, batchSize = 7 }
        """
            .formatted(images, images));
    return run("train", conf, "--model", folder.resolve(engine), "--engine", engine);
  }

  /** Dark images of one size, bright ones of another; in PNG and JPEG. */
  private Path images(String name) throws IOException {
    Path root = Files.createDirectory(folder.resolve(name));
    for (String label : List.of("night", "day")) {
      Path ofClass = Files.createDirectory(root.resolve(label));
      boolean isDay = label.equals("day");
      CounterRandom random = CounterRandom.of(4).fork(label);
      for (int i = 0; i < ROWS; i++) {
        BufferedImage image =
            new BufferedImage(isDay ? 4 : 9, isDay ? 5 : 7, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < image.getWidth() * image.getHeight(); pixel++) {
          int grey = (int) (90 * random.uniform(100L * i + pixel)) + (isDay ? 160 : 0);
          image.setRGB(
              pixel % image.getWidth(), pixel / image.getWidth(), grey << 16 | grey << 8 | grey);
        }
        String format = i % 2 == 0 ? "png" : "jpg";
        ImageIO.write(image, format, ofClass.resolve(i + "." + format).toFile());
      }
    }
    return root;
  }
}
