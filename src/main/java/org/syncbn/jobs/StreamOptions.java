package org.syncbn.jobs;

import java.time.Duration;
import java.util.Optional;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.files.TableFormat;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options for normalizing files as they arrive. */
final class StreamOptions {

  private static final Trigger DEFAULT = new Trigger(Optional.of(Duration.ofSeconds(10)));

  @Option(
      names = "--stream",
      description =
          "Normalize new files of the input folder as they arrive, each once: with the"
              + " statistics of --apply, or with those of all files so far, which are saved to"
              + " --statistics. Ctrl-C or SIGTERM stops it after the current batch.")
  boolean stream;

  @Option(
      names = "--checkpoint",
      paramLabel = "FOLDER",
      description =
          "Folder on a Hadoop file system for the progress of --stream, from which it resumes.")
  String checkpoint;

  @Option(
      names = "--trigger",
      converter = Trigger.Converter.class,
      paramLabel = "WHEN",
      description =
          "Seconds between checks for new files, or available-now: process the existing files,"
              + " then exit. Default: 10.")
  Trigger trigger;

  /** The interval between checks for new files; empty for a single check. */
  record Trigger(Optional<Duration> interval) {

    private static final String ONCE = "available-now";

    /** Reads seconds, or {@code available-now}. */
    static final class Converter implements ITypeConverter<Trigger> {
      @Override
      public Trigger convert(String text) {
        if (text.equals(ONCE)) {
          return new Trigger(Optional.empty());
        }
        try {
          double seconds = Double.parseDouble(text);
          if (seconds > 0 && seconds <= Integer.MAX_VALUE) {
            return new Trigger(Optional.of(Duration.ofMillis((long) Math.ceil(1000 * seconds))));
          }
        } catch (NumberFormatException e) {
          // Falls through to the one sentence.
        }
        throw new TypeConversionException(
            "'%s' is neither a number of seconds above 0 nor %s".formatted(text, ONCE));
      }
    }
  }

  /** How often new files are looked for. */
  Trigger trigger() {
    return trigger == null ? DEFAULT : trigger;
  }

  void check(ArgumentCheck check, NormalizeJob job) {
    check.reject(
        !stream && (checkpoint != null || trigger != null),
        "--checkpoint and --trigger belong to --stream");
    if (!stream) {
      return;
    }
    check.reject(
        job.input.paths.size() != 1 || job.output == null,
        "--stream needs one folder as --input and one as --output");
    check.reject(
        !job.input.table.options.isEmpty() || job.input.format instanceof TableFormat,
        "--stream reads files as they arrive, not tables");
    check.reject(checkpoint == null, "--stream needs a --checkpoint folder");
    check.reject(
        job.apply == null && job.statistics == null,
        "--stream needs statistics: those of --apply, or a file for its own, --statistics");
    check.reject(
        job.apply == null && job.method.kind() == Kind.ROBUST,
        "--stream merges the statistics of its batches, but quartiles (--method robust) cannot"
            + " be merged; fit them first, then use --apply");
    check.reject(
        job.sample != null || job.writing.overwrite,
        "--stream adds to its output, so --sample and --overwrite cannot be combined with it");
  }
}
