package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.Block;
import org.syncbn.model.LocalFolder;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.TrainedModel;

/** A table of trees with columns of many types, and a model that tells their kinds apart. */
final class ModelFixture {

  static final List<String> KINDS = List.of("ash", "oak", "yew");
  static final int ROWS = 700;

  static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType, false)
          .add("height", DataTypes.DoubleType)
          .add("note", DataTypes.StringType)
          .add("a.width", DataTypes.FloatType)
          .add("kind", DataTypes.StringType)
          .add("planted", DataTypes.DateType)
          .add("seen", DataTypes.TimestampType)
          .add("price", DataTypes.createDecimalType(12, 3))
          .add("tags", DataTypes.createArrayType(DataTypes.StringType))
          .add(
              "place",
              new StructType().add("x", DataTypes.IntegerType).add("y", DataTypes.BinaryType));

  private ModelFixture() {}

  static Dataset<Row> table(SparkSession spark) {
    return spark.createDataFrame(
        IntStream.range(0, ROWS).mapToObj(ModelFixture::row).toList(), SCHEMA);
  }

  private static Row row(int i) {
    CounterRandom random = CounterRandom.of(5);
    int kind = i % 3;
    return RowFactory.create(
        (long) i,
        kind + random.gaussian(2L * i),
        i % 4 == 0 ? null : "row \"%d\", it says".formatted(i),
        (float) (10 * kind - 10 * random.gaussian(2L * i + 1)),
        KINDS.get(kind),
        Date.valueOf("2001-02-03"),
        i % 5 == 0 ? null : new Timestamp(1_000_000_007L * i),
        new BigDecimal("7.125").multiply(BigDecimal.valueOf(i)).setScale(3),
        List.of("t" + i, "u"),
        RowFactory.create(i, new byte[] {(byte) i, 1}));
  }

  /** Trains on a file of the table, which is the test set too; the metrics of the test rows. */
  static JsonNode train(Path file, Path model, String... settings) throws IOException {
    return trainOn("in-process", file, model, settings);
  }

  /** The same on an engine. */
  static JsonNode trainOn(String engine, Path file, Path model, String... settings)
      throws IOException {
    Path report = model.resolveSibling("training.json");
    List<String> arguments =
        new ArrayList<>(List.of("train", "--engine", engine, "--model", model.toString()));
    arguments.addAll(List.of("--report", report.toString()));
    Stream.concat(
            Stream.of(
                "network=[{dense=8},batchNorm,relu,{dense=3}]",
                "data={format=parquet,label=kind,features=[height,\"a.width\"],standardize=false,path=\"%s\",testPath=\"%s\"}"
                    .formatted(file, file),
                "training={epochs=3,batchSize=64}",
                "optimizer={momentum{learningRate=0.05}}"),
            Stream.of(settings))
        .forEach(setting -> arguments.addAll(List.of("--set", setting)));
    CommandRun.succeeded(CommandRun.of(arguments.toArray(String[]::new)));
    return json(report).at("/metrics/test");
  }

  /** What a model says about rows of the table, computed here // [rows, classes]. */
  static float[] expected(Path model, List<Row> rows) throws IOException {
    float[] features = new float[rows.size() * 2];
    for (int i = 0; i < rows.size(); i++) {
      features[2 * i] = (float) (double) rows.get(i).<Double>getAs("height");
      features[2 * i + 1] = rows.get(i).<Float>getAs("a.width");
    }
    InferencePlan plan = TrainedModel.load(new LocalFolder(model)).inference();
    Block block = Block.ofFloats(rows.size(), features, new float[0], new float[0]);
    float[] outputs = plan.open().outputs(block);
    int classes = plan.outputs();
    for (int row = 0; row < rows.size(); row++) {
      float[] probabilities = Arrays.copyOfRange(outputs, row * classes, (row + 1) * classes);
      plan.measures().loss().predict(probabilities);
      System.arraycopy(probabilities, 0, outputs, row * classes, classes);
    }
    return outputs;
  }

  static CommandRun succeeded(CommandRun run) {
    assertThat(CommandRun.succeeded(run).err()).isEmpty();
    return run;
  }

  /** The metrics of {@code evaluate}. */
  static JsonNode evaluate(Path folder, Object... arguments) throws IOException {
    Path report = folder.resolve("evaluation.json");
    succeeded(
        run(
            "evaluate",
            Stream.concat(Stream.of("--report", report), Stream.of(arguments)).toArray()));
    return json(report).get("metrics");
  }

  static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(Files.readString(file));
  }
}
