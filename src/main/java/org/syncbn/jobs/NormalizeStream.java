package org.syncbn.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.cli.JobFailure;
import org.syncbn.cli.Terminal;
import org.syncbn.jobs.StopSignals.StopSignal;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.Location;
import org.syncbn.spark.files.TextFiles;

/**
 * Normalizes the files of a folder as they arrive: each batch of new files is a {@link
 * Normalization} of its own, whose output is the folder {@code batch=N}.
 *
 * <p>Spark's Structured Streaming finds the new files and keeps in the checkpoint which batch they
 * belong to. A batch that was cut off is done again, from the statistics after the batch before it,
 * with the same result: so each file counts once, whatever happens.
 */
final class NormalizeStream {

  private static final Pattern STATISTICS = Pattern.compile("(\\d+)\\.json");

  /** Spark's source of whole files; only the paths are asked for. */
  private static final StructType FILES =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("modificationTime", DataTypes.TimestampType)
          .add("length", DataTypes.LongType)
          .add("content", DataTypes.BinaryType);

  private final NormalizeJob options;
  private final SparkSession spark;
  private final Terminal terminal;
  private final String output;
  private final List<String> firstStatistics;
  private final FileSystem checkpointFiles;
  private final Path checkpoint;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private Optional<RuntimeException> failure = Optional.empty();

  NormalizeStream(NormalizeJob options, SparkSession spark, Terminal terminal) {
    this.options = options;
    this.spark = spark;
    this.terminal = terminal;
    output = options.output;
    firstStatistics = options.merge;
    options.writing.fixFormat(output); // not that of batch=N
    try {
      Location place =
          Location.of(options.streaming.checkpoint, spark.sparkContext().hadoopConfiguration());
      checkpointFiles = place.fileSystem();
      checkpoint = checkpointFiles.makeQualified(place.path());
      requireOwnOutput();
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  /** The files in the output of another stream are not to be replaced. */
  private void requireOwnOutput() throws IOException {
    Location place = Location.of(output, spark.sparkContext().hadoopConfiguration());
    if (!checkpointFiles.exists(checkpoint) && place.fileSystem().exists(place.path())) {
      throw new JobFailure(
          "The output %s exists, but %s does not know of it; name another --output, or the --checkpoint that belongs to it."
              .formatted(output, checkpoint));
    }
  }

  /** Goes on until a signal comes, or all is done; which signal it was. */
  Optional<StopSignal> run() {
    try (StopSignals signals = new StopSignals(stopped::countDown)) {
      Optional<Duration> interval = options.streaming.trigger().interval();
      do {
        normalizeNewFiles();
      } while (interval.isPresent()
          && !stopped.await(interval.get().toMillis(), TimeUnit.MILLISECONDS));
      return signals.received();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JobFailure("The job was interrupted.", e);
    }
  }

  private void normalizeNewFiles() {
    try {
      spark
          .readStream()
          .format("binaryFile")
          .schema(FILES)
          .option("recursiveFileLookup", true)
          .load(Location.literal(options.input.paths.get(0)))
          .select("path")
          .writeStream()
          .option("checkpointLocation", Location.child(checkpoint, "files").toString())
          .trigger(Trigger.AvailableNow())
          .foreachBatch((VoidFunction2<Dataset<Row>, Long>) this::normalize)
          .start()
          .awaitTermination();
    } catch (StreamingQueryException | TimeoutException e) {
      throw failure.orElseGet(() -> DataException.of(e));
    }
  }

  private void normalize(Dataset<Row> files, long batch) {
    List<String> paths = files.as(Encoders.STRING()).collectAsList();
    if (paths.isEmpty()) {
      return;
    }
    options.input.batch = Set.copyOf(paths);
    options.output = output + "/batch=" + batch;
    options.writing.overwrite = true;
    try {
      if (options.apply == null) {
        options.merge = statisticsBefore(batch).map(List::of).orElse(firstStatistics);
      }
      new Normalization(options, spark, terminal).run();
      if (options.apply == null) {
        keepStatistics(batch);
      }
    } catch (IOException e) {
      failure = Optional.of(DataException.of(e));
      throw failure.get();
    } catch (RuntimeException e) {
      failure = Optional.of(e);
      throw e;
    }
  }

  /** The statistics of all files of the batches before one. */
  private Optional<String> statisticsBefore(long batch) throws IOException {
    return Optional.ofNullable(kept().lowerEntry(batch)).map(entry -> entry.getValue().toString());
  }

  /** The files of statistics in the checkpoint, by their batches. */
  private TreeMap<Long, Path> kept() throws IOException {
    TreeMap<Long, Path> kept = new TreeMap<>();
    if (checkpointFiles.exists(statistics())) {
      for (FileStatus file : checkpointFiles.listStatus(statistics())) {
        Matcher name = STATISTICS.matcher(file.getPath().getName());
        if (name.matches()) {
          kept.put(Long.valueOf(name.group(1)), file.getPath());
        }
      }
    }
    return kept;
  }

  private Path statistics() {
    return Location.child(checkpoint, "statistics");
  }

  /** Copies the statistics into the checkpoint, where those of two batches stay. */
  private void keepStatistics(long batch) throws IOException {
    Path pending = Location.child(statistics(), "." + batch);
    String text = TextFiles.read(options.statistics, spark.sparkContext().hadoopConfiguration());
    try (OutputStream out = checkpointFiles.create(pending, true)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    Path file = Location.child(statistics(), batch + ".json");
    checkpointFiles.delete(file, false);
    if (!checkpointFiles.rename(pending, file)) {
      throw new IOException("%s cannot be renamed to %s".formatted(pending, file));
    }
    for (Path old : kept().headMap(batch - 1).values()) {
      checkpointFiles.delete(old, false);
    }
  }
}
