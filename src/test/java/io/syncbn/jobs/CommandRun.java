package io.syncbn.jobs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.SparkContext$;
import org.apache.spark.sql.SparkSession;

/**
 * What a command did when it ran in this JVM.
 *
 * @param exitCode 0, 1 or 2
 * @param out its standard output
 * @param err its standard error
 */
record CommandRun(int exitCode, String out, String err) {

  static CommandRun of(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = SyncBatchNorm.run(arguments, new PrintStream(out), new PrintStream(err));
    return new CommandRun(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static CommandRun normalize(Object... arguments) {
    return of(
        Stream.concat(Stream.of("normalize"), Arrays.stream(arguments).map(Object::toString))
            .toArray(String[]::new));
  }

  /** The hash of a file, which a failed comparison can print. */
  static String sha256(Path file) throws IOException {
    return DigestUtils.sha256Hex(Files.readAllBytes(file));
  }

  /** The session that commands in this JVM use: the one that runs, or a new strict local one. */
  static Session session() {
    boolean runs = SparkContext$.MODULE$.getActive().isDefined();
    SparkSession.Builder builder = SparkSession.builder().appName("tests");
    Map.of(
            "spark.master", "local[2,4]",
            "spark.ui.enabled", "false",
            "spark.driver.host", "127.0.0.1",
            "spark.driver.bindAddress", "127.0.0.1",
            "spark.sql.shuffle.partitions", "2",
            "spark.serializer", "org.apache.spark.serializer.KryoSerializer",
            "spark.kryo.registrator", "io.syncbn.spark.SyncBatchNormRegistrator",
            "spark.kryo.registrationRequired", "true")
        .forEach(builder::config);
    return new Session(builder.getOrCreate(), !runs);
  }

  /** A session of the tests, and whether they have to stop it. */
  record Session(SparkSession spark, boolean own) implements AutoCloseable {
    @Override
    public void close() {
      if (own) {
        spark.stop();
      }
    }
  }
}
